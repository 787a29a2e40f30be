//! The command `import`: the events of an export, into the store.

use std::sync::Arc;

use super::lines::{Lines, finish};
use super::{import_beads, merge};
use crate::cli::{self, Global};
use crate::environment::{Environment, Purpose};
use crate::print::printable;
use crate::progress::Progress;
use crate::run_error::{Left, RunError};
use crate::session::Session;
use schemars::JsonSchema;
use serde::Serialize;

/// The answer of `import`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ImportView {
    store: String,
    store_id: String,
    /// The number of events in the export.
    events: u64,
    imported: u64,
    already_there: u64,
    keeps_positions: bool,
    last_position: u64,
}

pub(crate) async fn run(
    arguments: cli::Import,
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    if global.read_only {
        return Err(RunError::OnlyReads);
    }
    if arguments.beads {
        return import_beads::run(arguments.file, global, environment).await;
    }
    if arguments.merge {
        return merge::run(arguments.file, global, environment).await;
    }
    let mut lines = Lines::of(arguments.file, environment)?;
    if lines.can_be_read_again() {
        // Damaged lines are refused before a store is created.
        let mut inspection = log_transfer::Import::inspection();
        let progress = Progress::begin("checking the export", environment);
        lines.feed(&mut inspection, progress).await?;
        finish(&lines.from, inspection).await?;
    }
    let mut session = Session::open(global, Purpose::Create, environment).await?;
    let outcome = import(&mut lines, &mut session).await;
    session.close().await;
    outcome
}

async fn import(lines: &mut Lines, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let store = Arc::clone(&session.store.transfer);
    if lines.can_be_read_again() && store.head().await?.is_some() {
        // Other events are found before anything is written.
        let mut rehearsal = log_transfer::Import::rehearsal(&*store);
        let progress = Progress::begin("comparing", session.environment);
        lines.feed(&mut rehearsal, progress).await?;
        finish(&lines.from, rehearsal).await?;
    }
    let mut import = log_transfer::Import::into(&*store);
    let progress = Progress::begin("importing", session.environment);
    lines.feed(&mut import, progress).await?;
    let done = finish(&lines.from, import).await?;

    let (written, there) = (done.written, done.events - done.written);
    let head = store.head().await?.map_or(0, |head| head.get());
    let view = ImportView {
        store: session.absolute_place(),
        store_id: store.id().await?.to_string(),
        events: done.events,
        imported: written,
        already_there: there,
        keeps_positions: done.keeps_positions,
        last_position: head,
    };
    let answered = session.answer(&view, || {
        let mut text = format!("imported {written} events");
        if there > 0 {
            text.push_str(&format!("; {there} were there already"));
        }
        text.push_str(match done.keeps_positions {
            true => "; the log goes up to position ",
            false => ", with new positions and times; the log goes up to position ",
        });
        printable(&format!("{text}{head}"))
    });
    answered.map_err(|error| error.after_change(Left::Log))
}
