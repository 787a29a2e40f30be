//! The command `history`: all events of an item.

use comfy_table::{ColumnConstraint, Width};
use std::collections::HashMap;

use futures_util::TryStreamExt;
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::store::StreamQuery;
use shared_kernel::{DomainEvent, EventEnvelope, EventStoreExt, StreamId};
use work_item::{WorkItemEvent, WorkItemId};
use work_tracking::{ItemName, ItemRef, NameChanges, TrackingError};

use crate::cli::Format;
use crate::log_document::log_document;
use crate::names::Names;
use crate::print::{STRONG, cell, indented, table, time_cell, when};
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::{HistoryView, NameView};
use crate::wording::{self, describe};

/// An event with the present name of its item.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct NamedEventView<'a> {
    #[serde(flatten)]
    name: NameView<'a>,
    #[serde(flatten)]
    event: HistoryView<'a>,
}

pub(crate) async fn run(item: ItemRef, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let tracker = session.tracker.clone();
    if session.format == Format::Toon {
        return write_document(item, session).await;
    }
    let history: Vec<_> = tracker.history(item).await?.try_collect().await?;
    // The history has the name of its own item. Only people get those of others.
    let own = own_name(&history);
    let own = own.as_ref();
    let others = history.iter().filter_map(|event| other(&event.event));
    let others: Vec<_> = others.map(WorkItemId::stream_id).collect();
    let names = match session.format {
        Format::Human => Names::default().find(others.iter(), session).await?,
        _ => HashMap::new(),
    };
    let views = history.iter().map(|event| {
        let (name, event) = (own.into(), HistoryView::new(event)?);
        Ok(NamedEventView { name, event })
    });
    let views: Result<Vec<_>, serde_json::Error> = views.collect();
    let width = session.environment.width;
    session.answer(&views.map_err(std::io::Error::from)?, || {
        let heading = own.map(|own| {
            let heading = indented(&format!("{} {}", own.number, own.title), 4, width);
            format!("{STRONG}{heading}{STRONG:#}\n")
        });
        heading.unwrap_or_default() + &as_table(&history, &names, width)
    })
}

/// The present name of the item with a history.
fn own_name(history: &[EventEnvelope<WorkItemEvent>]) -> Option<ItemName> {
    let mut changes = NameChanges::default();
    for envelope in history {
        changes.take(&envelope.stream, &envelope.event);
    }
    changes.apply(&history.first()?.stream, None)
}

/// The other item that an event names.
fn other(event: &WorkItemEvent) -> Option<WorkItemId> {
    match event {
        WorkItemEvent::ChildAdded { child } => Some(*child),
        WorkItemEvent::DependencyAdded { on, .. } | WorkItemEvent::DependencyRemoved { on, .. } => {
            Some(*on)
        }
        _ => None,
    }
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
    let mut changes = NameChanges::default();
    for event in &events {
        session.tracker.take_name(event, &mut changes)?;
    }
    let stream = events.first().map(|event| event.stream.clone());
    let name = stream.and_then(|stream| Some((stream.clone(), changes.apply(&stream, None)?)));
    session.write_toon(&log_document(&events, &name.into_iter().collect())?)
}

/// The events as a table. An event about another item has its present title.
pub(super) fn as_table(
    history: &[EventEnvelope<WorkItemEvent>],
    names: &HashMap<StreamId, ItemName>,
    width: Option<u16>,
) -> String {
    let details = |envelope: &EventEnvelope<WorkItemEvent>| {
        let name = other(&envelope.event).and_then(|other| names.get(&other.stream_id()));
        let title = name.map(|name| format!(" {}", name.title));
        describe(&envelope.event) + &title.unwrap_or_default()
    };
    event_table(history, details, width)
}

/// A table with one row for each event. Its text has at least half of the width: in a narrow
/// terminal, it stands below the type of the event.
pub(super) fn event_table<'e>(
    events: impl IntoIterator<Item = &'e EventEnvelope<WorkItemEvent>>,
    details: impl Fn(&EventEnvelope<WorkItemEvent>) -> String,
    width: Option<u16>,
) -> String {
    let events: Vec<_> = events.into_iter().collect();
    let is_narrow = width.is_some_and(|width| width < text_column(&events) * 2);
    let mut headings = vec!["version".to_owned(), when(), "who".to_owned()];
    headings.extend(match is_narrow {
        true => vec!["event and details".to_owned()],
        false => vec!["event".to_owned(), "details".to_owned()],
    });
    let headings: Vec<_> = headings.iter().map(String::as_str).collect();
    let mut table = table(&headings, width);
    for envelope in events {
        let event = envelope.event.event_type();
        let mut row = vec![
            cell(envelope.version),
            time_cell(envelope.recorded_at),
            cell(actor(envelope)),
        ];
        match is_narrow {
            true => row.push(cell(format!("{event}\n{}", details(envelope)))),
            false => row.extend([cell(event), cell(details(envelope))]),
        }
        table.add_row(row);
    }
    if let (Some(width), Some(who)) = (width, table.column_mut(2)) {
        let rest = (width / 2)
            .saturating_sub(VERSION_AND_TIME)
            .max(SHORTEST_NAME);
        who.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(rest)));
    }
    table.trim_fmt()
}

/// The columns of a version and a time, each with a space on both sides.
const VERSION_AND_TIME: u16 = 9 + 21;
/// The columns of the shortest name and its spaces.
const SHORTEST_NAME: u16 = 8;

/// The column at which the text of events begins, if the types of the events have a column.
fn text_column(events: &[&EventEnvelope<WorkItemEvent>]) -> u16 {
    let longest = |text: fn(&EventEnvelope<WorkItemEvent>) -> String| {
        let lengths = events.iter().map(|event| text(event).chars().count() + 2);
        lengths.max().unwrap_or_default()
    };
    let names = longest(|envelope| envelope.event.event_type().to_owned()) + longest(actor);
    u16::try_from(names).map_or(u16::MAX / 2, |names| names.saturating_add(VERSION_AND_TIME))
}

fn actor(envelope: &EventEnvelope<WorkItemEvent>) -> String {
    let actor = envelope.metadata.actor.as_ref();
    actor.map_or_else(String::new, wording::actor)
}
