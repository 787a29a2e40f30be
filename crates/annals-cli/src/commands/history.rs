//! The command `history`: all events of an item.

use futures_util::TryStreamExt;
use shared_kernel::store::StreamQuery;
use shared_kernel::{DomainEvent, EventEnvelope, EventStoreExt};
use work_item::WorkItemEvent;
use work_tracking::{ItemRef, TrackingError};

use crate::cli::Format;
use crate::log_document::log_document;
use crate::print::{cell, table, time};
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::HistoryView;
use crate::wording::{self, describe};

pub(crate) async fn run(item: ItemRef, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let tracker = session.tracker.clone();
    if session.format == Format::Toon {
        return write_document(item, session).await;
    }
    let history: Vec<_> = tracker.history(item).await?.try_collect().await?;
    let views: Result<Vec<_>, _> = history.iter().map(HistoryView::new).collect();
    let width = session.environment.width;
    session.answer(&views.map_err(std::io::Error::from)?, || {
        as_table(&history, width)
    })
}

/// Writes the events of an item as TOON tables, which are built from stored events.
async fn write_document(item: ItemRef, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let stream = session.tracker.stream(item).await?;
    let store = session.store.events.clone();
    let events = store.read_stream(StreamQuery::new(stream));
    let events: Vec<_> = events.try_collect().await?;
    if events.is_empty() {
        return Err(TrackingError::NotFound { item }.into());
    }
    session.write(log_document(&events)?)
}

pub(super) fn as_table(history: &[EventEnvelope<WorkItemEvent>], width: Option<u16>) -> String {
    event_table(history, |envelope| describe(&envelope.event), width)
}

/// A table with one row for each event.
pub(super) fn event_table<'e>(
    events: impl IntoIterator<Item = &'e EventEnvelope<WorkItemEvent>>,
    details: impl Fn(&EventEnvelope<WorkItemEvent>) -> String,
    width: Option<u16>,
) -> String {
    let mut table = table(&["version", "when", "who", "event", "details"], width);
    for envelope in events {
        let actor = envelope.metadata.actor.as_ref();
        table.add_row([
            cell(envelope.version),
            cell(time(envelope.recorded_at)),
            cell(actor.map_or_else(String::new, wording::actor)),
            cell(envelope.event.event_type()),
            cell(details(envelope)),
        ]);
    }
    table.trim_fmt()
}
