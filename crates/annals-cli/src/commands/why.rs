//! The command `why`: the events that led to an item's status, and the hindrances to its
//! completion.

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::{EventEnvelope, Metadata};
use work_item::{DependencyKind, Link, WorkItemEvent};
use work_tracking::{Dependent, ItemRef, Why};

use super::history::event_table;
use crate::claims::{Claims, renew_by_look};
use crate::hindrance::{HindranceView, hindrances};
use crate::print::{STRONG, indented};
use crate::read_model;
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::{HistoryView, IdView, ItemView};
use crate::wording::describe;

/// The answer of `why`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct WhyView<'a> {
    item: ItemView<'a>,
    /// The events that led to the status, oldest first.
    chain: Vec<LinkView<'a>>,
    /// The hindrances to its completion; `null` if it is done or cancelled.
    hindrances: Option<Vec<HindranceView>>,
    /// The items that depend on it.
    dependents: Vec<DependentView<'a>>,
    /// The streams of other items that cannot be read: it may wait for those items, or they may
    /// depend on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable_streams: Vec<&'a str>,
}

/// An item that depends on it.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct DependentView<'a> {
    #[serde(flatten)]
    item: IdView,
    /// `blocks` or `relates`.
    kind: &'static str,
    /// Whether the item waits for this one: the kind is `blocks`, and both are open.
    waits: bool,
    status: &'static str,
    title: &'a str,
}

/// An event that led to the status.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct LinkView<'a> {
    /// The reason why the event is listed: `status`, `evidence` or `dependency`.
    bearing: &'static str,
    #[serde(flatten)]
    event: HistoryView<'a>,
}

pub(crate) async fn run(item: ItemRef, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let known = read_model::dependents(item, session).await?;
    let why = session.tracker.why_knowing(item, known).await?;
    let chain: Result<Vec<_>, _> = why.chain.iter().map(LinkView::new).collect();
    renew_by_look(&why.tracked.item, session).await;
    let claims = Claims::of([&why.tracked.item], session).await?;
    let view = WhyView {
        item: ItemView::new(&why.tracked.item, why.tracked.version)
            .with_claim(claims.view(&why.tracked.item)),
        chain: chain.map_err(std::io::Error::from)?,
        hindrances: why.hindrances.as_ref().map(hindrances),
        dependents: why.dependents.iter().map(DependentView::from).collect(),
        unreadable_streams: why.unreadable.iter().map(|id| id.as_str()).collect(),
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
    let heading = indented(&heading, 4, width);
    let mut text = format!("{STRONG}{heading}{STRONG:#}\n");
    text.push_str(&chain(why, width));
    if let Some(hindrances) = &view.hindrances {
        text.push_str(match hindrances.is_empty() {
            true => "\n\nnothing prevents its completion",
            false => "\n\nit cannot be completed yet:",
        });
        for one in hindrances {
            let one = one.to_string();
            text.push_str(&format!("\n  - {}", indented(&one, 4, width)));
        }
    }
    for (kind, waits, heading) in [
        (DependencyKind::Blocks, true, "these items wait for it:"),
        (DependencyKind::Blocks, false, "these items depended on it:"),
        (
            DependencyKind::Relates,
            false,
            "these items are related to it:",
        ),
    ] {
        let dependents = view.dependents.iter();
        let dependents = dependents.filter(|one| (one.kind, one.waits) == (kind.as_str(), waits));
        let lines =
            dependents.map(|one| format!("{} {}: {}", one.item.number, one.title, one.status));
        text.push_str(&list(heading, lines, width));
    }
    let heading = "these streams of other items cannot be read:";
    let streams = view.unreadable_streams.iter();
    text.push_str(&list(heading, streams.map(ToString::to_string), width));
    text
}

/// A list below its heading; empty without lines.
fn list(heading: &str, lines: impl Iterator<Item = String>, width: Option<u16>) -> String {
    let lines = lines.map(|line| format!("\n  - {}", indented(&line, 4, width)));
    let lines: String = lines.collect();
    match lines.is_empty() {
        true => lines,
        false => format!("\n\n{}{lines}", indented(heading, 0, width)),
    }
}

impl<'a> From<&'a Dependent> for DependentView<'a> {
    fn from(dependent: &'a Dependent) -> Self {
        let item = &dependent.tracked.item;
        Self {
            item: item.id().into(),
            kind: dependent.kind.as_str(),
            waits: dependent.waits,
            status: item.status().as_str(),
            title: item.title().as_str(),
        }
    }
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
