//! The command `history`: all events of an item.

use futures_util::TryStreamExt;
use shared_kernel::store::StreamQuery;
use shared_kernel::{DomainEvent, EventEnvelope, EventStoreExt, StreamId};
use work_item::WorkItemEvent;
use work_tracking::ItemRef;

use crate::cli::Format;
use crate::log_document::log_document;
use crate::print::{cell, table, time};
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::HistoryView;
use crate::wording::describe;

pub(crate) async fn run(item: ItemRef, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let tracker = session.tracker.clone();
    let mut history = tracker.history(item).await?;
    if session.format == Format::Toon {
        return match history.try_next().await? {
            Some(first) => write_document(first.stream, session).await,
            None => Ok(()),
        };
    }
    let history: Vec<_> = history.try_collect().await?;
    let views: Result<Vec<_>, _> = history.iter().map(HistoryView::new).collect();
    let width = session.environment.width;
    session.answer(&views.map_err(std::io::Error::from)?, || {
        as_table(&history, width)
    })
}

/// Writes the events of a stream as TOON tables, which are built from stored events.
async fn write_document(stream: StreamId, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let store = session.store.events.clone();
    let events = store.read_stream(StreamQuery::new(stream));
    let events: Vec<_> = events.try_collect().await?;
    session.write(log_document(&events)?)
}

pub(super) fn as_table(history: &[EventEnvelope<WorkItemEvent>], width: Option<u16>) -> String {
    let mut table = table(&["version", "when", "who", "event", "details"], width);
    for envelope in history {
        let actor = envelope.metadata.actor.as_ref();
        table.add_row([
            cell(envelope.version),
            cell(time(envelope.recorded_at)),
            cell(actor.map_or("", |actor| actor.name.as_str())),
            cell(envelope.event.event_type()),
            cell(describe(&envelope.event)),
        ]);
    }
    table.trim_fmt()
}
