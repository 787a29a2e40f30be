//! The commands that need more than the state of their item: start, complete, reopen and add a
//! dependency load other items, approve reads the history of the item.
//!
//! They lock nothing and use no read model. A command loads the other items, and its append checks
//! each of them at the version that was read:
//!
//! ```text
//! complete a story at version 4 with the tasks t1 and t2
//!   read    story at 4, t1 at 6, t2 at 3
//!   append  events to story, expected version 4
//!           check t1 at version 6
//!           check t2 at version 3
//! ```
//!
//! If an item changed in between, the append is a conflict and the command decides again. An append
//! without events checks a refusal in the same way.
//! `docs/decisions/0009-rules-that-span-items.md` shows that this covers every pair of commands.

use jiff::Timestamp;
use shared_kernel::repository::Draft;
use shared_kernel::{AggregateRoot, Append, RepositoryError};
use work_item::{
    BlockerGraph, ClaimLength, DependencyKind, KnownStatuses, OpenItem, Participant, Reason, Touch,
    WorkItem, WorkItemError, WorkItemEvent, WorkItemId, Workers,
};

use crate::{CommandContext, CommandOutcome, ItemRef, TrackingError, WorkTracker};

impl WorkTracker {
    /// Starts a pending item, also if it has open blockers; the outcome lists them. An item without
    /// an assignee is assigned to the actor in the metadata. An agent also claims the item, for
    /// [`ClaimLength::DEFAULT`].
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn start(
        &self,
        item: impl Into<ItemRef> + Send,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        let by = context.metadata.actor.clone().map(Participant::from);
        self.spanning(item.into(), Command::Start { by }, context)
            .await
    }

    /// Completes an item that is in progress. It needs the evidence of its risk tier, and its
    /// children and blockers must be done or cancelled.
    ///
    /// The command loads each child and each blocker and checks their versions in its append. An
    /// item that needs an approval is read from its first event on, to find who worked on it.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with all open children, open blockers
    /// and missing evidence, [`Conflict`](TrackingError::Conflict) if every attempt met a conflict.
    pub async fn complete(
        &self,
        item: impl Into<ItemRef> + Send,
        resolution: Option<Reason>,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.spanning(item.into(), Command::Complete { resolution }, context)
            .await
    }

    /// Approves the completion of an item in the name of the actor in the metadata. The command
    /// reads its history to find the actors that worked on it; their approvals do not count.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item,
    /// [`NoActor`](TrackingError::NoActor) if the metadata has no actor.
    pub async fn approve(
        &self,
        item: impl Into<ItemRef> + Send,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        let actor = context.metadata.actor.clone();
        let approver = Participant::from(actor.ok_or(TrackingError::NoActor)?);
        self.spanning(item.into(), Command::Approve { approver }, context)
            .await
    }

    /// Reopens a done item. Its parent, if any, must be open; the append checks its version.
    ///
    /// # Errors
    /// The errors of [`complete`](Self::complete).
    pub async fn reopen(
        &self,
        item: impl Into<ItemRef> + Send,
        reason: Reason,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.spanning(item.into(), Command::Reopen { reason }, context)
            .await
    }

    /// Adds a dependency of an item on another one.
    ///
    /// For a blocking dependency, the command loads the other item and all its direct and indirect
    /// blockers, and checks their versions in its append. So two concurrent commands cannot close a
    /// circle: if "a waits for b" and "b waits for a" are added at once, one of them is refused.
    ///
    /// # Errors
    /// The errors of [`complete`](Self::complete);
    /// [`DependencyNotFound`](TrackingError::DependencyNotFound).
    pub async fn add_dependency(
        &self,
        item: impl Into<ItemRef> + Send,
        on: impl Into<ItemRef> + Send,
        kind: DependencyKind,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        let on = on.into();
        self.spanning(item.into(), Command::AddDependency { on, kind }, context)
            .await
    }

    /// Claims an item for an actor.
    pub(crate) async fn claim_for(
        &self,
        item: ItemRef,
        by: Participant,
        length: Option<ClaimLength>,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.spanning(item, Command::Claim { by, length }, context)
            .await
    }

    async fn spanning(
        &self,
        item: ItemRef,
        command: Command,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        let items = self.items.clone().with_metadata(context.metadata.clone());
        // All attempts use the same time.
        let at = self.now();
        let command = &command;
        let executed = items.execute_across(|_| self.draft_change(item, command, context, at));
        match executed.await {
            Ok(executed) => Ok(executed.value?),
            Err(error) => {
                let error = error.about(Some(item));
                Err(self.or_lost(error, item, command.touch(), context).await)
            }
        }
    }

    /// Drafts the item with its pending events, and the checks of the other items.
    async fn draft_change(
        &self,
        item: ItemRef,
        command: &Command,
        context: &CommandContext,
        at: Timestamp,
    ) -> Result<Draft<WorkItem, Verdict>, TrackingError> {
        let stream = self.stream(item).await?;
        let mut root = match context.expected {
            None => self.items.get(&stream).await?,
            Some(version) => self.items.get_at(&stream, version).await?,
        };
        let Decided {
            answer,
            mut checks,
            open_blockers,
        } = match root
            .state()
            .check_claim(context.actor().as_ref(), command.touch(), None)
        {
            Ok(()) => self.decide(command, &root, at).await?,
            Err(refusal) => Decided::alone(Err(refusal)),
        };
        self.renew(root.state(), None, context).await;
        let verdict = match answer {
            Ok(events) => {
                let applied = root.raise_all(events.clone());
                applied.map_err(|source| RepositoryError::Inapplicable { stream, source })?;
                Ok(CommandOutcome {
                    open_blockers,
                    ..CommandOutcome::of(&root, events)
                })
            }
            Err(refusal) => {
                // A refusal that depends on this item alone needs no check: it was right when the
                // item was loaded.
                if !checks.checks().is_empty() {
                    checks = checks.check(stream, root.version());
                }
                Err(refusal)
            }
        };
        Ok(Draft::from(root).and(checks).with_value(verdict))
    }

    async fn decide(
        &self,
        command: &Command,
        root: &AggregateRoot<WorkItem>,
        at: Timestamp,
    ) -> Result<Decided, TrackingError> {
        let item = root.state();
        match command {
            Command::Claim { by, length } => {
                Ok(Decided::alone(self.claim_by(item, by, *length, at).await?))
            }
            Command::Start { by } => {
                let blockers = self.load_all(item.blockers().collect()).await?;
                let blockers = blockers.iter().map(AggregateRoot::state);
                let open = blockers.filter(|blocker| blocker.status().is_open());
                let open = open.map(|blocker| OpenItem {
                    id: blocker.id(),
                    status: blocker.status(),
                });
                let open_blockers = open.collect();
                let started = match by.as_ref().filter(|by| by.is_agent()) {
                    None => item.start(by.clone(), at),
                    Some(agent) => {
                        let claimed = self.claim_by(item, agent, Some(ClaimLength::DEFAULT), at);
                        let started = item.start(None, at);
                        match (started, claimed.await?) {
                            // The actor that has the item says more than its status.
                            (_, Err(other)) if !matches!(other, WorkItemError::Closed { .. }) => {
                                Err(other)
                            }
                            (started, claimed) => {
                                started.and_then(|started| Ok([started, claimed?].concat()))
                            }
                        }
                    }
                };
                Ok(Decided {
                    open_blockers,
                    ..Decided::alone(started)
                })
            }
            Command::Complete { resolution } => {
                let workers = match item.risk_tier().needs_approval() {
                    true => self.workers(root).await?,
                    false => Workers::new(),
                };
                let waits_for = item.children().iter().copied().chain(item.blockers());
                self.decide_among(waits_for.collect(), |around| {
                    item.complete(resolution.clone(), around, &workers, at)
                })
                .await
            }
            Command::Approve { approver } => {
                let workers = self.workers(root).await?;
                Ok(Decided::alone(item.approve(approver.clone(), &workers)))
            }
            Command::Reopen { reason } => {
                self.decide_among(item.parent().into_iter().collect(), |around| {
                    item.reopen(reason.clone(), around, at)
                })
                .await
            }
            Command::AddDependency { on, kind } => self.decide_on(item, *on, *kind).await,
        }
    }

    /// Lets an item decide. The other items are loaded only if the decision needs them.
    async fn decide_among(
        &self,
        others: Vec<WorkItemId>,
        decide: impl Fn(&KnownStatuses) -> Result<Vec<WorkItemEvent>, WorkItemError> + Send + Sync,
    ) -> Result<Decided, TrackingError> {
        let alone = decide(&KnownStatuses::new());
        if !matches!(alone, Err(WorkItemError::NotLoaded { .. })) {
            return Ok(Decided::alone(alone));
        }
        let others = self.load_all(others).await?;
        let around = others.iter().map(AggregateRoot::state).collect();
        Ok(Decided {
            checks: others.iter().fold(Append::new(), add_check),
            ..Decided::alone(decide(&around))
        })
    }

    /// Lets an item decide on a dependency.
    async fn decide_on(
        &self,
        item: &WorkItem,
        on: ItemRef,
        kind: DependencyKind,
    ) -> Result<Decided, TrackingError> {
        let missing = || TrackingError::DependencyNotFound { on };
        let stream = self.find_stream(on).await?.ok_or_else(missing)?;
        let on = self.items.load(&stream).await?.ok_or_else(missing)?;
        let on_id = on.state().id();

        let mut graph = BlockerGraph::new();
        let alone = item.add_dependency(on_id, kind, &graph);
        if !matches!(alone, Err(WorkItemError::NotLoaded { .. })) {
            return Ok(Decided::alone(alone));
        }
        let mut checks = Append::new();
        let mut found = vec![on];
        while !found.is_empty() {
            checks = found.iter().fold(checks, add_check);
            let next: Vec<_> = found
                .iter()
                .flat_map(|other| graph.learn(other.state()))
                .collect();
            // The item itself closes the circle, so the items behind it are irrelevant.
            if next.contains(&item.id()) {
                break;
            }
            found = self.load_all(next).await?;
        }
        Ok(Decided {
            checks,
            ..Decided::alone(item.add_dependency(on_id, kind, &graph))
        })
    }
}

/// A command that needs more than the state of its item.
#[derive(Clone)]
enum Command {
    Start {
        by: Option<Participant>,
    },
    Complete {
        resolution: Option<Reason>,
    },
    Approve {
        approver: Participant,
    },
    Reopen {
        reason: Reason,
    },
    AddDependency {
        on: ItemRef,
        kind: DependencyKind,
    },
    Claim {
        by: Participant,
        length: Option<ClaimLength>,
    },
}

impl Command {
    /// The part of the item that it changes.
    fn touch(&self) -> Touch {
        match self {
            Self::Claim { .. } => Touch::Claim,
            // The start of an agent is a claim.
            Self::Start { by: Some(by) } if by.is_agent() => Touch::Claim,
            Self::Start { .. } | Self::Complete { .. } | Self::Reopen { .. } => Touch::Status,
            Self::Approve { .. } | Self::AddDependency { .. } => Touch::Content,
        }
    }
}

/// The outcome of the command after its draft is written, or the refusal.
type Verdict = Result<CommandOutcome, WorkItemError>;

/// The decision of an item, and the checks of the other items that it used.
struct Decided {
    answer: Result<Vec<WorkItemEvent>, WorkItemError>,
    checks: Append,
    /// The open blockers of an item that is started.
    open_blockers: Vec<OpenItem>,
}

impl Decided {
    /// A decision that used no other item.
    fn alone(answer: Result<Vec<WorkItemEvent>, WorkItemError>) -> Self {
        Self {
            answer,
            checks: Append::new(),
            open_blockers: Vec::new(),
        }
    }
}

/// Adds a check of another item at the version that was read.
fn add_check(checks: Append, other: &AggregateRoot<WorkItem>) -> Append {
    checks.check(other.stream().clone(), other.version())
}
