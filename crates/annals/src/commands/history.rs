//! Owns all that happened to one item.

use futures_util::TryStreamExt;
use shared_kernel::{DomainEvent, EventEnvelope};
use work_item::WorkItemEvent;
use work_tracking::ItemRef;

use crate::cli::Format;
use crate::failure::Failure;
use crate::print::{cell, table, time};
use crate::session::Session;
use crate::view::HistoryView;
use crate::wording::what;

pub(crate) async fn run(item: ItemRef, session: &mut Session<'_, '_>) -> Result<(), Failure> {
    let tracker = session.tracker.clone();
    let history: Vec<_> = tracker.history(item).await?.try_collect().await?;
    match session.format {
        Format::Json => {
            let views: Result<Vec<_>, _> = history.iter().map(HistoryView::new).collect();
            session.write_json(&views.map_err(std::io::Error::from)?)
        }
        Format::Human => {
            let text = as_table(&history, session.surroundings.width);
            session.write(text)
        }
    }
}

pub(super) fn as_table(history: &[EventEnvelope<WorkItemEvent>], width: Option<u16>) -> String {
    let mut table = table(&["version", "when", "who", "event", "what"], width);
    for envelope in history {
        let actor = envelope.metadata.actor.as_ref();
        table.add_row([
            cell(envelope.version),
            cell(time(envelope.recorded_at)),
            cell(actor.map_or("", |actor| actor.name.as_str())),
            cell(envelope.event.event_type()),
            cell(what(&envelope.event)),
        ]);
    }
    table.trim_fmt()
}
