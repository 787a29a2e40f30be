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
mod import_beads;
pub(crate) mod init;
mod keep_text;
mod lines;
pub(crate) mod list;
mod merge;
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

use futures_util::FutureExt;

use crate::cli::Command;
use crate::run_error::RunError;
use crate::session::Session;

/// Runs a command on an open store.
pub(crate) async fn run(command: Command, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    // Each command is boxed: the future of a run is as large as the largest of them otherwise.
    let running = match command {
        Command::Change(change) => change::run(change, session).boxed(),
        Command::WhatIf(arguments) => what_if::run(arguments, session).boxed(),
        Command::List(arguments) => list::run(arguments, session).boxed(),
        Command::Ready(arguments) => ready::run(arguments, session).boxed(),
        Command::Next(arguments) => next::run(arguments, session).boxed(),
        Command::Search(arguments) => search::run(arguments, session).boxed(),
        Command::Board(arguments) => board::run(arguments, session).boxed(),
        Command::Stats(arguments) => stats::run(arguments, session).boxed(),
        Command::Show(arguments) => show::run(arguments, session).boxed(),
        Command::History(arguments) => history::run(arguments.item, session).boxed(),
        Command::Tree(arguments) => tree::run(arguments, session).boxed(),
        Command::Why(arguments) => why::run(arguments.item, session).boxed(),
        Command::Diff(arguments) => diff::run(arguments, session).boxed(),
        Command::Context(arguments) => context::run(arguments, session).boxed(),
        Command::Streams(arguments) => streams::run(arguments, session).boxed(),
        Command::Events(arguments) => events::run(arguments, session).boxed(),
        Command::Check => check::run(session).boxed(),
        Command::Views(arguments) => views::run(arguments, session).boxed(),
        Command::Backup(arguments) => {
            async move { backup::run(&arguments.path, session).await }.boxed()
        }
        Command::Export(arguments) => export::run(arguments, session).boxed(),
        Command::Freeze(arguments) => freeze::run(arguments, session).boxed(),
        Command::Unfreeze(arguments) => freeze::call_off(arguments, session).boxed(),
        Command::Completions(_) => list::write_completions(session).boxed(),
        Command::Restore(_)
        | Command::Import(_)
        | Command::Init(_)
        | Command::Mcp(_)
        | Command::Prime(_)
        | Command::Schema(_)
        | Command::Toon(_)
        | Command::Tour => return Ok(()),
    };
    running.await
}
