//! The commands that change items.

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::DomainEvent;
use work_item::WorkItemEvent;
use work_tracking::{CommandOutcome, TrackedItem};

use super::carry_out::carry_out;
use super::{keep_text, settle};
use crate::claims::Claims;
use crate::cli::Change;
use crate::command_key::{Answer, Done};
use crate::hindrance::OpenItemView;
use crate::order::Order;
use crate::print::{STRONG, indented, printable, time};
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
    /// The items that are ready now because this one is closed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    now_ready: Vec<NowReadyView<'a>>,
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

/// An item that is ready now.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct NowReadyView<'a> {
    #[serde(flatten)]
    item: IdView,
    title: &'a str,
}

impl NowReadyView<'_> {
    pub(super) fn number(&self) -> &str {
        &self.item.number
    }

    pub(super) fn title(&self) -> &str {
        self.title
    }
}

impl<'a> From<&'a TrackedItem> for NowReadyView<'a> {
    fn from(tracked: &'a TrackedItem) -> Self {
        Self {
            item: tracked.item.id().into(),
            title: tracked.item.title().as_str(),
        }
    }
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
    let done = match carry_out(&order, session).await {
        Err(error) => {
            keep_text::keep(&order, &error, session).await;
            return Err(error);
        }
        Ok(done) => done,
    };
    answer(&order, done, session).await
}

/// Answers with what a command has done.
pub(super) async fn answer(
    order: &Order,
    done: Done,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let items = done.answers.iter().map(|answer| &answer.outcome.item);
    let claims = match order.guard.key {
        None => Claims::of(items, session).await?,
        // The answer to a key is that of the first time, so it says nothing of the moment.
        Some(_) => Claims::default(),
    };
    let store = done.created_store.then(|| session.absolute_place());
    write(
        &done.answers,
        &claims,
        store,
        order.items.len() < 2,
        session,
    )
}

/// Writes the outcomes of a command, each with the items that are ready because of it. One item
/// has one answer, and several items have a list of them.
fn write(
    answers: &[Answer],
    claims: &Claims,
    created_store: Option<String>,
    is_one: bool,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let width = session.environment.width;
    let people = || {
        let answers = answers.iter();
        let texts = answers.map(|it| for_people(&it.outcome, &it.now_ready, claims, width));
        let store = created_store.as_ref();
        let store = store.map(|path| format!("new store: {}", printable(path)));
        texts.chain(store).collect::<Vec<_>>().join("\n")
    };
    let (fields, path) = (&OUTCOME_DEFAULTS, &["item"]);
    let views = answers.iter();
    let mut views: Vec<_> = views
        .map(|answer| OutcomeView::new(answer, claims))
        .collect();
    if let Some(first) = views.first_mut() {
        first.created_store.clone_from(&created_store);
    }
    let answered = match &views[..] {
        [view] if is_one => session.answer_in_short(view, path, fields, people),
        views => session.answer_in_short(&views, path, fields, people),
    };
    answered.map_err(|error| error.after_change(Left::Item))
}

impl<'a> OutcomeView<'a> {
    fn new(Answer { outcome, now_ready }: &'a Answer, claims: &Claims) -> Self {
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
            now_ready: now_ready.iter().map(NowReadyView::from).collect(),
            created_store: None,
            item: ItemView::new(&outcome.item, outcome.version)
                .with_claim(claims.view(&outcome.item)),
        }
    }
}

/// The answer for people: `WORK-003 Sum up the figures: done, version 4 (in_progress → done)`.
pub(super) fn for_people(
    outcome: &CommandOutcome,
    now_ready: &[TrackedItem],
    claims: &Claims,
    width: Option<u16>,
) -> String {
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
    for TrackedItem { item, .. } in now_ready {
        let line = format!("ready now: {} {}", item.id().number(), item.title());
        text.push_str(&format!("\n{}", indented(&line, 4, width)));
    }
    if let Some(parent) = &outcome.changed_parent {
        let (version, parent) = (parent.version, parent.item.id().number());
        text.push_str(&format!(
            "\nparent {parent}: version {version} ({number} added)"
        ));
    }
    if let Some(claim) = claims.view(item).filter(|_| tells_claim(outcome)) {
        let until = claim.until.map_or_else(|| "its release".to_owned(), time);
        text.push_str(&format!("\nclaimed until {until}"));
    }
    text
}

/// Whether the command claimed the item, or only renewed its claim.
fn tells_claim(outcome: &CommandOutcome) -> bool {
    let is_claim = |event: &WorkItemEvent| matches!(event, WorkItemEvent::WorkItemClaimed { .. });
    outcome.events.is_empty() || outcome.events.iter().any(is_claim)
}
