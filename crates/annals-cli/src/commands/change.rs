//! The commands that change an item.

use serde::Serialize;
use shared_kernel::{DomainEvent, Metadata, StreamVersion};
use work_item::{Description, NewWorkItem, Participant, WorkItemEvent};
use work_tracking::{CommandContext, CommandOutcome, ItemRef};

use super::test_run::test_run;
use super::text;
use crate::cli::{Add, Change, Target, TextArgument, TextFile};
use crate::composition::Creator;
use crate::hindrance::OpenItemView;
use crate::print::{STRONG, indented, printable};
use crate::run_error::{Left, RunError};
use crate::session::Session;
use crate::view::{IdView, ItemView, OUTCOME_DEFAULTS};
use crate::wording;

/// The outcome of a command.
#[derive(Debug, Serialize)]
struct OutcomeView<'a> {
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
#[derive(Debug, Serialize)]
struct ChangedParentView {
    #[serde(flatten)]
    item: IdView,
    version: u64,
}

/// An event that a command recorded.
#[derive(Debug, Serialize)]
struct ChangeView {
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
    let tracker = session.tracker.clone();
    let metadata = session.metadata();
    let under = |target: &Target| context(&metadata, target);
    let outcome = match change {
        Change::Add(it) => add(it, metadata.clone(), session).await?,
        Change::Start(it) => tracker.start(it.item, &under(&it)?).await?,
        Change::Block(it) => {
            let context = under(&it.target)?;
            let reason = text::of_argument(it.reason, "reason", session.environment).await?;
            tracker.block(it.target.item, reason, &context).await?
        }
        Change::Unblock(it) => tracker.unblock(it.item, &under(&it)?).await?,
        Change::Done(it) => {
            let context = under(&it.target)?;
            let resolution = match it.resolution {
                Some(text) => {
                    Some(text::of_argument(text, "resolution", session.environment).await?)
                }
                None => None,
            };
            tracker
                .complete(it.target.item, resolution, &context)
                .await?
        }
        Change::Cancel(it) => {
            let context = under(&it.target)?;
            let reason = text::of_argument(it.reason, "reason", session.environment).await?;
            tracker.cancel(it.target.item, reason, &context).await?
        }
        Change::Reopen(it) => {
            let context = under(&it.target)?;
            let reason = text::of_argument(it.reason, "reason", session.environment).await?;
            tracker.reopen(it.target.item, reason, &context).await?
        }
        Change::Assign(it) => {
            let context = under(&it.target)?;
            match it.who {
                Some(who) => {
                    let who = Participant::from(who.into_actor());
                    tracker.assign(it.target.item, who, &context).await?
                }
                None => tracker.unassign(it.target.item, &context).await?,
            }
        }
        Change::TestRun(it) => {
            let context = under(&it.target)?;
            let run = test_run(&it).await?;
            tracker
                .record_test_run(it.target.item, run, &context)
                .await?
        }
        Change::Approve(it) => {
            let context = under(&it)?;
            tracker.approve(it.item, &context).await?
        }
        Change::Depend(it) => {
            let context = under(&it.target)?;
            tracker
                .add_dependency(it.target.item, it.on, it.kind, &context)
                .await?
        }
        Change::Undepend(it) => {
            let context = under(&it.target)?;
            tracker
                .remove_dependency(it.target.item, it.on, &context)
                .await?
        }
        Change::Note(it) => {
            let context = under(&it.target)?;
            let (text, file) = (it.text, it.source.file);
            let note = text::of_source(text, file, "note", "", session.environment).await?;
            tracker.note(it.target.item, note, &context).await?
        }
        Change::Retitle(it) => {
            let context = under(&it.target)?;
            let title = text::of_argument(it.title, "title", session.environment).await?;
            tracker.retitle(it.target.item, title, &context).await?
        }
        Change::Describe(it) => {
            let context = under(&it.target)?;
            let text = described(it.text, it.source, it.none, it.target.item, session).await?;
            tracker.describe(it.target.item, text, &context).await?
        }
        Change::Prioritise(it) => {
            let context = under(&it.target)?;
            tracker
                .change_priority(it.target.item, it.priority, &context)
                .await?
        }
    };
    let width = session.environment.width;
    let view = OutcomeView {
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
        created_store: session.is_new.then(|| session.absolute_place()),
        item: ItemView::new(&outcome.item, outcome.version),
    };
    let fields = &OUTCOME_DEFAULTS;
    let answered = session.answer_in_short(&view, fields, || for_people(&outcome, &view, width));
    answered.map_err(|error| error.after_change(Left::Item))
}

/// The context of a command: its metadata, and the version that the user expects.
fn context(metadata: &Metadata, target: &Target) -> Result<CommandContext, RunError> {
    let context = CommandContext::from(metadata.clone());
    Ok(match target.expect {
        Some(version) => context.at_version(StreamVersion::new(version)?),
        None => context,
    })
}

/// The new description of an item; `None` to remove it.
async fn described(
    text: Option<TextArgument<Description>>,
    source: TextFile,
    is_removed: bool,
    item: ItemRef,
    session: &mut Session<'_, '_>,
) -> Result<Option<Description>, RunError> {
    if is_removed {
        return Ok(None);
    }
    let present = match (&text, &source.file) {
        (None, None) => {
            let present = session.tracker.show(item).await?.item;
            present.description().map(ToString::to_string)
        }
        _ => None,
    };
    let present = present.unwrap_or_default();
    let environment = &mut *session.environment;
    let text = text::of_source(text, source.file, "description", &present, environment);
    text.await.map(Some)
}

async fn add(
    mut arguments: Add,
    metadata: Metadata,
    session: &mut Session<'_, '_>,
) -> Result<CommandOutcome, RunError> {
    let (title, description) = text::of_new_item(&mut arguments, session.environment).await?;
    let mut new = NewWorkItem::new(title)
        .with_type(arguments.item_type)
        .with_priority(arguments.priority)
        .with_risk_tier(arguments.risk);
    new.description = description;
    let creator = Creator::lease(&session.store, &session.environment.clock).await?;
    let created = creator
        .tracker
        .create(new, arguments.parent, metadata)
        .await;
    creator.release(&session.store).await;
    Ok(created?)
}

/// The answer for people: `WORK-003 Sum up the figures: done, version 4 (in_progress → done)`.
fn for_people(outcome: &CommandOutcome, view: &OutcomeView<'_>, width: Option<u16>) -> String {
    let (item, version) = (&outcome.item, outcome.version);
    let changes: Vec<_> = outcome.events.iter().filter_map(wording::change).collect();
    let changes = match changes.is_empty() {
        true => "unchanged".to_owned(),
        false => changes.join("; "),
    };
    let (number, title, status) = (&view.item.number, item.title(), item.status());
    let text = format!("{number} {title}: {status}, version {version} ({changes})");
    let text = indented(&text, 0, width);
    let mut text = text.replacen(number, &format!("{STRONG}{number}{STRONG:#}"), 1);
    for blocker in &view.open_blockers {
        text.push_str(&format!("\nit waits for a blocker: {blocker}"));
    }
    if let Some(ChangedParentView { item, version }) = &view.changed_parent {
        let parent = &item.number;
        text.push_str(&format!(
            "\nparent {parent}: version {version} ({number} added)"
        ));
    }
    if let Some(path) = &view.created_store {
        text.push_str(&format!("\nnew store: {}", printable(path)));
    }
    text
}
