//! The command `why`: the events that led to an item's status, and the hindrances to its
//! completion.

use serde::Serialize;
use shared_kernel::{EventEnvelope, Metadata};
use work_item::{Link, Status, WorkItemEvent};
use work_tracking::{ItemRef, Why};

use super::history::event_table;
use crate::hindrance::{HindranceView, hindrances};
use crate::print::{STRONG, indented};
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::{HistoryView, ItemView};
use crate::wording::describe;

/// The answer of `why`.
#[derive(Debug, Serialize)]
struct WhyView<'a> {
    item: ItemView<'a>,
    /// The events that led to the status, oldest first.
    chain: Vec<LinkView<'a>>,
    /// The hindrances to its completion; `null` if it is done or cancelled.
    hindrances: Option<Vec<HindranceView>>,
}

/// An event that led to the status.
#[derive(Debug, Serialize)]
struct LinkView<'a> {
    /// The reason why the event is listed: `status` or `evidence`.
    bearing: &'static str,
    #[serde(flatten)]
    event: HistoryView<'a>,
}

pub(crate) async fn run(item: ItemRef, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let why = session.tracker.why(item).await?;
    let chain: Result<Vec<_>, _> = why.chain.iter().map(LinkView::new).collect();
    let view = WhyView {
        item: ItemView::new(&why.tracked.item, why.tracked.version),
        chain: chain.map_err(std::io::Error::from)?,
        hindrances: why.hindrances.as_ref().map(hindrances),
    };
    let width = session.environment.width;
    session.answer(&view, || for_people(&why, &view, width))
}

impl<'a> LinkView<'a> {
    fn new(link: &'a Link<EventEnvelope<WorkItemEvent>>) -> Result<Self, serde_json::Error> {
        Ok(Self {
            bearing: link.bearing.as_str(),
            event: HistoryView::new(&link.event)?,
        })
    }
}

fn for_people(why: &Why, view: &WhyView<'_>, width: Option<u16>) -> String {
    let item = &why.tracked.item;
    let heading = format!("{} {}: {}", item.id().number(), item.title(), item.status());
    let heading = indented(&heading, 0, width);
    let mut text = format!("{STRONG}{heading}{STRONG:#}\n");
    text.push_str(&chain(why, width));
    let Some(hindrances) = &view.hindrances else {
        return text;
    };
    let not_in_progress = match item.status() {
        Status::InProgress => None,
        status => Some(format!("it is {status}")),
    };
    let hindrances = hindrances.iter().map(ToString::to_string);
    let all: Vec<_> = not_in_progress.into_iter().chain(hindrances).collect();
    if all.is_empty() {
        return format!("{text}\n\nnothing prevents its completion");
    }
    text.push_str("\n\nit cannot be completed yet:");
    for one in all {
        text.push_str("\n  - ");
        text.push_str(&indented(&one, 4, width));
    }
    text
}

fn chain(why: &Why, width: Option<u16>) -> String {
    let details = |event: &EventEnvelope<WorkItemEvent>| {
        format!("{}{}", describe(&event.event), cause(&event.metadata))
    };
    event_table(why.chain.iter().map(|link| &link.event), details, width)
}

/// The cause of an event, if it is another one than the command that recorded the event.
fn cause(metadata: &Metadata) -> String {
    let command = metadata.correlation.as_ref().map(|id| id.as_str());
    match metadata.causation.as_ref().map(|id| id.as_str()) {
        Some(cause) if Some(cause) != command => format!(", caused by {cause}"),
        _ => String::new(),
    }
}
