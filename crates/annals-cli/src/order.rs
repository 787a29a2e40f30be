//! A command on items with all of its texts: it can be executed several times, and compared.

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use shared_kernel::repository::AsOf;
use shared_kernel::{DomainEvent, EventStore, GlobalPosition, Metadata, StreamVersion};
use work_item::{
    ClaimLength, DependencyKind, Description, NewWorkItem, Note, Participant, Priority, Reason,
    TestRun, Title, WorkItemId,
};
use work_tracking::{CommandContext, CommandOutcome, ItemRef, TrackingError, WorkTracker};

use crate::cli::Guard;
use crate::command_error::{CommandError, RefusedItem, SeenChange};
use crate::handle::Handle;
use crate::run_error::RunError;
use crate::wording;

/// A command on items.
pub(crate) struct Order {
    pub(crate) action: Action,
    /// The items, in the given order; none for a new item and for the first of the queue.
    pub(crate) items: Vec<ItemRef>,
    pub(crate) guard: Guard,
    /// Whether the text of a command that is refused because of a claim is kept as a note.
    pub(crate) keeps_text: bool,
}

/// The change of each item.
pub(crate) enum Action {
    Add(Box<Addition>),
    Start,
    Claim(Option<ClaimLength>),
    /// The claim of the first of these items that is ready; nothing if none of them is.
    ClaimFirst {
        length: Option<ClaimLength>,
        ready: Vec<WorkItemId>,
    },
    Release,
    Block(Reason),
    Unblock,
    Done(Option<Reason>),
    Cancel(Reason),
    Reopen(Reason),
    Assign(Option<Participant>),
    TestRun(TestRun),
    Approve,
    Depend {
        on: ItemRef,
        kind: DependencyKind,
    },
    Undepend {
        on: ItemRef,
    },
    Note(Note),
    Retitle(Title),
    Describe(Option<Description>),
    Prioritise(Priority),
}

/// A new item, the items that it waits for, and its assignee.
pub(crate) struct Addition {
    pub(crate) new: NewWorkItem,
    pub(crate) parent: Option<ItemRef>,
    pub(crate) on: Vec<ItemRef>,
    pub(crate) assignee: Option<Participant>,
}

impl Order {
    /// Whether the command needs more than one command of the tracker.
    pub(crate) fn is_compound(&self) -> bool {
        match &self.action {
            Action::Add(it) => !it.on.is_empty() || it.assignee.is_some(),
            _ => self.items.len() > 1,
        }
    }

    /// The canonical text of the command and its actor. Two commands are the same if and only if
    /// their texts are.
    pub(crate) fn canonical(&self, metadata: &Metadata) -> String {
        let text = |item: &ItemRef| item.to_string();
        json!({
            "actor": metadata.actor.as_ref().map(wording::actor),
            "action": self.action.canonical(),
            "items": self.items.iter().map(text).collect::<Vec<_>>(),
            "expect": self.guard.expect,
            "seen": self.guard.seen.map(|seen| seen.to_string()),
        })
        .to_string()
    }

    /// Executes the command, item after item. If some of them refuse it, the error names each.
    pub(crate) async fn execute(
        &self,
        tracker: &WorkTracker,
        events: &dyn EventStore,
        metadata: &Metadata,
    ) -> Result<Vec<CommandOutcome>, RunError> {
        if let Action::Add(addition) = &self.action {
            return Ok(vec![addition.execute(tracker, metadata).await?]);
        }
        if let Action::ClaimFirst { length, ready } = &self.action {
            let context = CommandContext::from(metadata.clone());
            for item in ready {
                let claimed = tracker.claim_if_ready(*item, *length, &context);
                if let Some(outcome) = claimed.await? {
                    return Ok(vec![outcome]);
                }
            }
            return Ok(Vec::new());
        }
        if self.guard.expect.is_some() && self.items.len() > 1 {
            return Err(CommandError::ExpectWithSeveral.into());
        }
        if let Some(handle) = self.guard.seen {
            let end = events.head().await?.unwrap_or(GlobalPosition::START);
            if handle.0 > end {
                let end = end.get();
                return Err(CommandError::HandleAhead { handle, end }.into());
            }
        }
        let (mut outcomes, mut refused) = (Vec::new(), Vec::new());
        for item in &self.items {
            match self.execute_one(*item, tracker, metadata).await {
                Ok(outcome) => outcomes.push(outcome),
                Err(error) if self.items.len() > 1 && matches!(error.exit_code(), 3 | 4) => {
                    let mut object = error.object();
                    refused.push(RefusedItem {
                        item: item.to_string(),
                        exit_code: error.exit_code(),
                        lines: error.lines(),
                        error: object["error"].take(),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        if refused.is_empty() {
            return Ok(outcomes);
        }
        let of = self.items.len();
        Err(CommandError::SeveralRefused { of, refused }.into())
    }

    async fn execute_one(
        &self,
        item: ItemRef,
        tracker: &WorkTracker,
        metadata: &Metadata,
    ) -> Result<CommandOutcome, RunError> {
        let mut context = CommandContext::from(metadata.clone());
        if let Some(version) = self.guard.expect {
            context = context.at_version(StreamVersion::new(version)?);
        }
        if let Some(Handle(position)) = self.guard.seen {
            let then = tracker.show_as_of(item, AsOf::Position(position)).await?;
            context = context.at_version(then.version);
        }
        let outcome = self.action.execute(item, tracker, &context).await;
        match (outcome, self.guard.seen, context.expected) {
            (Err(TrackingError::Conflict { .. }), Some(seen), Some(from)) => {
                Err(changed_since(item, seen, from, tracker).await?.into())
            }
            (outcome, ..) => Ok(outcome?),
        }
    }
}

/// The refusal because an item has changed since a handle.
async fn changed_since(
    item: ItemRef,
    seen: Handle,
    from: StreamVersion,
    tracker: &WorkTracker,
) -> Result<CommandError, RunError> {
    let mut history = tracker.history(item).await?;
    let (mut changes, mut to) = (Vec::new(), from);
    while let Some(envelope) = history.try_next().await? {
        to = envelope.version;
        if envelope.version > from {
            changes.push(SeenChange {
                version: envelope.version.get(),
                actor: envelope.metadata.actor.as_ref().map(wording::actor),
                event_type: envelope.event.event_type(),
                what: wording::describe(&envelope.event),
            });
        }
    }
    let item = item.to_string();
    Ok(CommandError::changed_since(item, seen, (from, to), changes))
}

impl Addition {
    async fn execute(
        &self,
        tracker: &WorkTracker,
        metadata: &Metadata,
    ) -> Result<CommandOutcome, RunError> {
        let created = tracker.create(self.new.clone(), self.parent, metadata.clone());
        let mut outcome = created.await?;
        let context = CommandContext::from(metadata.clone());
        let id = outcome.item.id();
        for on in &self.on {
            let kind = DependencyKind::Blocks;
            let depends = tracker.add_dependency(id, *on, kind, &context).await?;
            outcome = followed(outcome, depends);
        }
        if let Some(assignee) = &self.assignee {
            let assigned = tracker.assign(id, assignee.clone(), &context).await?;
            outcome = followed(outcome, assigned);
        }
        Ok(outcome)
    }
}

/// The outcome of two commands on an item, one after the other.
fn followed(mut first: CommandOutcome, next: CommandOutcome) -> CommandOutcome {
    first.events.extend(next.events);
    CommandOutcome {
        item: next.item,
        version: next.version,
        ..first
    }
}

impl Action {
    async fn execute(
        &self,
        item: ItemRef,
        tracker: &WorkTracker,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        match self {
            // These two have no item as their target.
            Self::Add(_) | Self::ClaimFirst { .. } => Err(TrackingError::NotFound { item }),
            Self::Start => tracker.start(item, context).await,
            Self::Claim(length) => tracker.claim(item, *length, context).await,
            Self::Release => tracker.release(item, context).await,
            Self::Block(reason) => tracker.block(item, reason.clone(), context).await,
            Self::Unblock => tracker.unblock(item, context).await,
            Self::Done(resolution) => tracker.complete(item, resolution.clone(), context).await,
            Self::Cancel(reason) => tracker.cancel(item, reason.clone(), context).await,
            Self::Reopen(reason) => tracker.reopen(item, reason.clone(), context).await,
            Self::Assign(Some(who)) => tracker.assign(item, who.clone(), context).await,
            Self::Assign(None) => tracker.unassign(item, context).await,
            Self::TestRun(run) => tracker.record_test_run(item, run.clone(), context).await,
            Self::Approve => tracker.approve(item, context).await,
            Self::Depend { on, kind } => tracker.add_dependency(item, *on, *kind, context).await,
            Self::Undepend { on } => tracker.remove_dependency(item, *on, context).await,
            Self::Note(text) => tracker.note(item, text.clone(), context).await,
            Self::Retitle(title) => tracker.retitle(item, title.clone(), context).await,
            Self::Describe(text) => tracker.describe(item, text.clone(), context).await,
            Self::Prioritise(to) => tracker.change_priority(item, *to, context).await,
        }
    }

    /// The text that says why the status of an item changes.
    pub(crate) fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Block(reason) | Self::Cancel(reason) | Self::Reopen(reason) => Some(reason),
            Self::Done(resolution) => resolution.as_ref(),
            _ => None,
        }
    }

    /// The length of the claims that the command makes.
    pub(crate) fn claim_length(&self) -> Option<ClaimLength> {
        match self {
            Self::Claim(length) | Self::ClaimFirst { length, .. } => *length,
            _ => None,
        }
    }

    /// Whether the command closes its items.
    pub(crate) fn closes(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Cancel(_))
    }

    fn canonical(&self) -> Value {
        let text = |item: &ItemRef| item.to_string();
        match self {
            Self::Add(it) => json!({
                "add": it.new.title.as_str(),
                "type": it.new.item_type.as_str(),
                "priority": it.new.priority.as_str(),
                "risk": it.new.risk_tier.as_str(),
                "description": it.new.description.as_ref().map(|text| text.as_str()),
                "parent": it.parent.as_ref().map(text),
                "on": it.on.iter().map(text).collect::<Vec<_>>(),
                "assignee": it.assignee.as_ref().map(ToString::to_string),
            }),
            Self::Start => json!("start"),
            Self::Claim(length) => json!({ "claim": length.map(|length| length.to_string()) }),
            // The queue may be another one at the repetition.
            Self::ClaimFirst { length, .. } => {
                json!({ "claim_first": length.map(|length| length.to_string()) })
            }
            Self::Release => json!("release"),
            Self::Block(reason) => json!({ "block": reason.as_str() }),
            Self::Unblock => json!("unblock"),
            Self::Done(resolution) => {
                json!({ "done": resolution.as_ref().map(|text| text.as_str()) })
            }
            Self::Cancel(reason) => json!({ "cancel": reason.as_str() }),
            Self::Reopen(reason) => json!({ "reopen": reason.as_str() }),
            Self::Assign(who) => json!({ "assign": who.as_ref().map(ToString::to_string) }),
            Self::TestRun(run) => json!({ "test_run": run }),
            Self::Approve => json!("approve"),
            Self::Depend { on, kind } => json!({ "depend": text(on), "kind": kind.as_str() }),
            Self::Undepend { on } => json!({ "undepend": text(on) }),
            Self::Note(note) => json!({ "note": note.as_str() }),
            Self::Retitle(title) => json!({ "retitle": title.as_str() }),
            Self::Describe(about) => {
                json!({ "describe": about.as_ref().map(|text| text.as_str()) })
            }
            Self::Prioritise(to) => json!({ "prioritise": to.as_str() }),
        }
    }
}
