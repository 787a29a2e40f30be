//! Dispatch of the commands that work on a store.

mod backup;
mod blocking_read;
mod board;
mod carry_out;
mod change;
mod check;
mod context;
mod diff;
mod document;
mod events;
mod export;
mod freeze;
mod history;
pub(crate) mod import;
pub(crate) mod init;
mod keep_text;
mod list;
mod next;
mod now_ready;
pub(crate) mod prime;
mod ready;
pub(crate) mod restore;
pub(crate) mod schema;
mod search;
mod settle;
mod show;
mod stats;
mod streams;
mod test_run;
pub(crate) mod text;
pub(crate) mod toon;
pub(crate) mod tour;
mod tree;
mod verify;
mod views;
mod what_if;
mod why;

use crate::cli::Command;
use crate::run_error::RunError;
use crate::session::Session;

/// Runs a command on an open store.
pub(crate) async fn run(command: Command, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    match command {
        Command::Change(change) => change::run(change, session).await,
        Command::WhatIf(arguments) => what_if::run(arguments, session).await,
        Command::List(arguments) => list::run(arguments, session).await,
        Command::Ready(arguments) => ready::run(arguments, session).await,
        Command::Next(arguments) => next::run(arguments, session).await,
        Command::Search(arguments) => search::run(arguments, session).await,
        Command::Board(arguments) => board::run(arguments, session).await,
        Command::Stats(arguments) => stats::run(arguments, session).await,
        Command::Show(arguments) => show::run(arguments, session).await,
        Command::History(arguments) => history::run(arguments.item, session).await,
        Command::Tree(arguments) => tree::run(arguments, session).await,
        Command::Why(arguments) => why::run(arguments.item, session).await,
        Command::Diff(arguments) => diff::run(arguments, session).await,
        Command::Context(arguments) => context::run(arguments, session).await,
        Command::Streams(arguments) => streams::run(arguments, session).await,
        Command::Events(arguments) => events::run(arguments, session).await,
        Command::Check => check::run(session).await,
        Command::Views(arguments) => views::run(arguments, session).await,
        Command::Backup(arguments) => backup::run(&arguments.path, session).await,
        Command::Export(arguments) => export::run(arguments, session).await,
        Command::Freeze(arguments) => freeze::run(arguments, session).await,
        Command::Unfreeze(arguments) => freeze::call_off(arguments, session).await,
        Command::Completions(_) => list::write_completions(session).await,
        Command::Restore(_)
        | Command::Import(_)
        | Command::Init(_)
        | Command::Prime(_)
        | Command::Schema(_)
        | Command::Toon(_)
        | Command::Tour => Ok(()),
    }
}
