//! Owns all that happened to one item.

use futures_util::TryStreamExt;
use shared_kernel::{DomainEvent, EventEnvelope};
use work_item::{DependencyKind, WorkItemEvent};
use work_tracking::ItemRef;

use crate::cli::Format;
use crate::failure::Failure;
use crate::print::{cell, table, time};
use crate::session::Session;
use crate::view::HistoryView;

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

/// What an event says, in a few words.
fn what(event: &WorkItemEvent) -> String {
    use WorkItemEvent as E;
    match event {
        E::WorkItemCreated {
            id,
            title,
            item_type,
            ..
        } => {
            format!("{} {item_type}: {title}", id.number())
        }
        E::StatusChanged {
            from,
            to,
            reason: Some(reason),
            ..
        } => {
            format!("{from} → {to}: {reason}")
        }
        E::StatusChanged {
            from,
            to,
            reason: None,
            ..
        } => format!("{from} → {to}"),
        E::TestSuiteExecuted {
            coverage,
            positive,
            negative,
            edge_case,
        } => {
            let coverage = coverage.map_or_else(String::new, |c| format!("coverage {c}, "));
            format!("{coverage}{positive} positive, {negative} negative, {edge_case} edge case")
        }
        E::CompletionApproved { approver } => format!("by {approver}"),
        E::WorkItemCompleted {
            cycle_time,
            resolution,
        } => {
            let resolution = resolution
                .as_ref()
                .map_or_else(String::new, |r| format!(": {r}"));
            format!(
                "after {:#}{resolution}",
                crate::print::whole_seconds(*cycle_time)
            )
        }
        E::WorkItemRetitled { title } => title.to_string(),
        E::WorkItemDescribed { description } => description
            .as_ref()
            .map_or_else(|| "removed".to_owned(), ToString::to_string),
        E::PriorityChanged { from, to } => format!("{from} → {to}"),
        E::WorkItemAssigned { assignee } => format!("to {assignee}"),
        E::WorkItemUnassigned { assignee } => format!("from {assignee}"),
        E::ChildAdded { child } => child.to_string(),
        E::DependencyAdded { on, kind } | E::DependencyRemoved { on, kind } => match kind {
            DependencyKind::Blocks => format!("blocked by {on}"),
            DependencyKind::Relates => format!("related to {on}"),
        },
        E::NoteAdded { text } => text.to_string(),
    }
}
