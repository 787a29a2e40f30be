//! The command `what-if`: the effect of a command on a view of the store in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use persistence_memory::{MemoryOverlay, MemoryWorkerLeases};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::RecordedEvent;
use work_item::{Participant, WorkItemId};
use work_tracking::{CommandOutcome, FailureKind, TrackedItem, WorkTracker};

use super::change::{NowReadyView, for_people};
use super::settle;
use crate::claims::Claims;
use crate::cli::WhatIf;
use crate::command_error::CommandError;
use crate::composition::{Creator, item_codec, overlaid_tracker};
use crate::environment::OpenedStore;
use crate::hindrance::{HindranceView, hindrances};
use crate::print::indented;
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::{ItemView, OUTCOME_DEFAULTS};
use crate::wording;

/// The answer of `what-if`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct WhatIfView<'a> {
    /// The events that the command would write, in the order of the log.
    would_record: Vec<NewEventView>,
    /// The items as they would be.
    items: Vec<ItemAfterView<'a>>,
    /// The items that would be ready then, and are not now.
    now_ready: Vec<NowReadyView<'a>>,
    /// The items that are ready now, and would not be then.
    no_longer_ready: Vec<NowReadyView<'a>>,
}

/// An event that a command would write.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct NewEventView {
    stream: String,
    version: u64,
    event_type: String,
    /// The event of an item in words.
    what: Option<String>,
}

/// An item after a command, and the hindrances to its completion.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ItemAfterView<'a> {
    item: ItemView<'a>,
    /// The hindrances to its completion; `null` if it is done or cancelled.
    hindrances: Option<Vec<HindranceView>>,
}

pub(crate) async fn run(arguments: WhatIf, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let metadata = session.metadata();
    let order = settle::order(arguments.change, session).await?;
    if order.guard.key.is_some() {
        return Err(CommandError::KeyOfNothing.into());
    }
    let clock = Arc::clone(&session.environment.clock);
    let overlay = MemoryOverlay::over(Arc::clone(&session.store.events), Arc::clone(&clock));
    let overlay = overlay.await?;
    // Nothing of this store reaches the file or the server.
    let store = OpenedStore {
        events: Arc::new(overlay.clone()),
        snapshots: Arc::clone(&session.store.snapshots),
        combined: None,
        transfer: Arc::clone(&session.store.transfer),
        leases: Arc::new(MemoryWorkerLeases::with_clock(Arc::clone(&clock))),
        named_leases: Arc::clone(&session.store.named_leases),
        file: None,
        server: None,
    };
    let creator = Creator::lease(&store, &clock).await?;
    let tracker = overlaid_tracker(&store, &overlay, &clock, Some(&creator.ids()))?;
    let outcomes = order.execute(&tracker, &overlay, &metadata).await?;

    let codec = item_codec()?;
    let events = overlay.own_events();
    let claims = Claims::on(&tracker, outcomes.iter().map(|outcome| &outcome.item)).await?;
    let (mut items, mut affected) = (Vec::new(), BTreeMap::new());
    for outcome in &outcomes {
        let why = tracker.why(outcome.item.id()).await?;
        let waiting = why.dependents.iter().map(|it| it.tracked.item.id());
        for id in waiting
            .chain(outcome.item.parent())
            .chain([outcome.item.id()])
        {
            affected.insert(id.number(), id);
        }
        items.push(ItemAfterView {
            item: ItemView::new(&outcome.item, outcome.version)
                .with_claim(claims.view(&outcome.item)),
            hindrances: why.hindrances.as_ref().map(hindrances),
        });
    }
    let asker = session.asker()?;
    let (mut now_ready, mut no_longer_ready) = (Vec::new(), Vec::new());
    for id in affected.into_values() {
        let before = ready(id, &session.tracker, asker.as_ref()).await?;
        let after = ready(id, &tracker, asker.as_ref()).await?;
        match (before, after) {
            (None, Some(item)) => now_ready.push(item),
            (Some(item), None) => no_longer_ready.push(item),
            _ => {}
        }
    }
    let view = WhatIfView {
        would_record: events
            .iter()
            .map(|event| new_event(event, &codec))
            .collect(),
        items,
        now_ready: now_ready.iter().map(NowReadyView::from).collect(),
        no_longer_ready: no_longer_ready.iter().map(NowReadyView::from).collect(),
    };
    let width = session.environment.width;
    session.answer_in_short(&view, &["items", "item"], &OUTCOME_DEFAULTS, || {
        people(&outcomes, &claims, &view, width)
    })
}

/// An item that is ready for an actor; `None` if it is not, or does not exist.
async fn ready(
    id: WorkItemId,
    tracker: &WorkTracker,
    asker: Option<&Participant>,
) -> Result<Option<TrackedItem>, RunError> {
    match tracker.explain(id, asker).await {
        Ok(explained) if explained.reasons.is_empty() => Ok(Some(explained.tracked)),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == FailureKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn new_event(
    event: &RecordedEvent,
    codec: &impl shared_kernel::codec::EventCodec<work_item::WorkItemEvent>,
) -> NewEventView {
    let decoded = match event.stream.category_str() == WorkItemId::category().as_str() {
        true => codec.decode(event).ok(),
        false => None,
    };
    let decoded = decoded.and_then(|events| events.into_single());
    NewEventView {
        stream: event.stream.to_string(),
        version: event.version.get(),
        event_type: event.event_type.to_string(),
        what: decoded.as_ref().map(wording::describe),
    }
}

fn people(
    outcomes: &[CommandOutcome],
    claims: &Claims,
    view: &WhatIfView<'_>,
    width: Option<u16>,
) -> String {
    let mut lines = vec![format!(
        "nothing is written; the command would record {} event(s):",
        view.would_record.len()
    )];
    for event in &view.would_record {
        let what = event.what.as_deref().unwrap_or_default();
        let line = format!("  - {} {} {what}", event.stream, event.event_type);
        lines.push(indented(line.trim_end(), 4, width));
    }
    for (outcome, after) in outcomes.iter().zip(&view.items) {
        lines.push(for_people(outcome, &[], claims, width));
        for one in after.hindrances.iter().flatten() {
            let one = format!("  - not done yet: {one}");
            lines.push(indented(&one, 4, width));
        }
    }
    for (heading, items) in [
        ("ready then", &view.now_ready),
        ("not ready any more", &view.no_longer_ready),
    ] {
        for item in items {
            let line = format!("{heading}: {} {}", item.number(), item.title());
            lines.push(indented(&line, 4, width));
        }
    }
    lines.join("\n")
}
