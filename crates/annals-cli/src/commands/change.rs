//! The commands that change items.

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::DomainEvent;
use work_item::WorkItemEvent;
use work_tracking::CommandOutcome;

use super::carry_out::carry_out;
use super::settle;
use crate::cli::Change;
use crate::hindrance::OpenItemView;
use crate::print::{STRONG, indented, printable};
use crate::run_error::{Left, RunError};
use crate::session::Session;
use crate::view::{IdView, ItemView, OUTCOME_DEFAULTS};
use crate::wording;

/// The outcome of a command.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct OutcomeView<'a> {
    /// The number of events that it recorded.
    recorded: usize,
    /// The events that it recorded.
    changes: Vec<ChangeView>,
    /// The open blockers of an item that was started.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    open_blockers: Vec<OpenItemView>,
    /// The parent of a new item, which has it as a child now.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_parent: Option<ChangedParentView>,
    /// The path of the store, if the command created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_store: Option<String>,
    item: ItemView<'a>,
}

/// An item that has a new child.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ChangedParentView {
    #[serde(flatten)]
    item: IdView,
    version: u64,
}

/// An event that a command recorded.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ChangeView {
    event_type: &'static str,
    what: String,
}

impl From<&WorkItemEvent> for ChangeView {
    fn from(event: &WorkItemEvent) -> Self {
        Self {
            event_type: event.event_type(),
            what: wording::describe(event),
        }
    }
}

pub(crate) async fn run(change: Change, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let order = settle::order(change, session).await?;
    let done = carry_out(&order, session).await?;
    let width = session.environment.width;
    let store = done.created_store.then(|| session.absolute_place());
    let people = || {
        let outcomes = done.outcomes.iter();
        let mut texts: Vec<_> = outcomes.map(|outcome| for_people(outcome, width)).collect();
        texts.extend(
            store
                .as_ref()
                .map(|path| format!("new store: {}", printable(path))),
        );
        texts.join("\n")
    };
    let (fields, path) = (&OUTCOME_DEFAULTS, &["item"]);
    let views = done.outcomes.iter();
    let mut views: Vec<_> = views.map(OutcomeView::from).collect();
    if let Some(first) = views.first_mut() {
        first.created_store = store.clone();
    }
    // One item has one answer, and several items have a list of them.
    let answered = match &views[..] {
        [view] if order.items.len() < 2 => session.answer_in_short(view, path, fields, people),
        views => session.answer_in_short(&views, path, fields, people),
    };
    answered.map_err(|error| error.after_change(Left::Item))
}

impl<'a> From<&'a CommandOutcome> for OutcomeView<'a> {
    fn from(outcome: &'a CommandOutcome) -> Self {
        Self {
            recorded: outcome.events.len(),
            changes: outcome.events.iter().map(ChangeView::from).collect(),
            open_blockers: outcome
                .open_blockers
                .iter()
                .map(OpenItemView::from)
                .collect(),
            changed_parent: outcome.changed_parent.as_ref().map(|parent| {
                let item = parent.item.id().into();
                let version = parent.version.get();
                ChangedParentView { item, version }
            }),
            created_store: None,
            item: ItemView::new(&outcome.item, outcome.version),
        }
    }
}

/// The answer for people: `WORK-003 Sum up the figures: done, version 4 (in_progress → done)`.
pub(super) fn for_people(outcome: &CommandOutcome, width: Option<u16>) -> String {
    let (item, version) = (&outcome.item, outcome.version);
    let changes: Vec<_> = outcome.events.iter().filter_map(wording::change).collect();
    let changes = match changes.is_empty() {
        true => "unchanged".to_owned(),
        false => changes.join("; "),
    };
    let (number, title, status) = (item.id().number().to_string(), item.title(), item.status());
    let text = format!("{number} {title}: {status}, version {version} ({changes})");
    let text = indented(&text, 0, width);
    let mut text = text.replacen(&number, &format!("{STRONG}{number}{STRONG:#}"), 1);
    for blocker in outcome.open_blockers.iter().map(OpenItemView::from) {
        text.push_str(&format!("\nit waits for a blocker: {blocker}"));
    }
    if let Some(parent) = &outcome.changed_parent {
        let (version, parent) = (parent.version, parent.item.id().number());
        text.push_str(&format!(
            "\nparent {parent}: version {version} ({number} added)"
        ));
    }
    text
}
