//! The commands whose decision rests on other items than the one that they change: complete, reopen,
//! add a dependency.
//!
//! No item is locked and no read model is used. The command loads the items that its decision rests
//! on, and its append checks each of them at the version that was read. A change of one of them in
//! between is a conflict, and the command decides again. A refusal is checked in the same way, by an
//! append without events. `docs/decisions/0009-rules-that-span-items.md` shows that no pair of
//! commands slips through.

use jiff::Timestamp;
use shared_kernel::repository::Draft;
use shared_kernel::{AggregateRoot, Append, RepositoryError, StreamVersion};
use work_item::{
    BlockerGraph, DependencyKind, KnownStatuses, Reason, WorkItem, WorkItemError, WorkItemEvent,
    WorkItemId,
};

use crate::{CommandContext, CommandOutcome, ItemRef, TrackingError, WorkTracker};

impl WorkTracker {
    /// Finishes an item that is in progress, where it has shown what its risk tier asks for and
    /// waits for no other: its children and the items that block it are done or cancelled.
    ///
    /// It loads each child and each blocker, and holds them to what was seen.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with everything that keeps it from
    /// being completed, [`Conflict`](TrackingError::Conflict) where others were faster at every
    /// attempt.
    pub async fn complete(
        &self,
        item: impl Into<ItemRef> + Send,
        resolution: Option<Reason>,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.spanning(item.into(), Command::Complete { resolution }, context)
            .await
    }

    /// Takes up an item again that is done. Where it lies in another one, that one has to be open,
    /// and is held to what was seen.
    ///
    /// # Errors
    /// As of [`complete`](Self::complete).
    pub async fn reopen(
        &self,
        item: impl Into<ItemRef> + Send,
        reason: Reason,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.spanning(item.into(), Command::Reopen { reason }, context)
            .await
    }

    /// Makes an item depend on another one. Where the other one is to block it, it loads that one
    /// and all items that it waits for, near and far, and holds each to what was seen: so no two
    /// dependencies that are added at the same time close a circle.
    ///
    /// # Errors
    /// As of [`complete`](Self::complete);
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

    async fn spanning(
        &self,
        item: ItemRef,
        command: Command,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        let items = self.items.clone().with_metadata(context.metadata.clone());
        // One time for all attempts.
        let at = self.now();
        let (command, expected) = (&command, context.expected);
        let landed = items.execute_across(|_| self.draft_change(item, command, expected, at));
        let landed = landed.await.map_err(|error| error.about(Some(item)))?;
        Ok(landed.value?)
    }

    /// The item with its decision pending, and the checks of all that the decision rests on.
    async fn draft_change(
        &self,
        item: ItemRef,
        command: &Command,
        expected: Option<StreamVersion>,
        at: Timestamp,
    ) -> Result<Draft<WorkItem, Verdict>, TrackingError> {
        let stream = self.stream(item).await?;
        let mut root = match expected {
            None => self.items.get(&stream).await?,
            Some(version) => self.items.get_at(&stream, version).await?,
        };
        let Decided { answer, mut seen } = self.decide(command, root.state(), at).await?;
        let verdict = match answer {
            Ok(events) => {
                let recorded = events.len();
                let raised = root.raise_all(events);
                raised.map_err(|source| RepositoryError::Inapplicable { stream, source })?;
                Ok(CommandOutcome::of(&root, recorded))
            }
            Err(refusal) => {
                // A refusal that rests on the item alone needs no check: it held when the item was
                // loaded.
                if !seen.checks().is_empty() {
                    seen = seen.check(stream, root.version());
                }
                Err(refusal)
            }
        };
        Ok(Draft::from(root).and(seen).with_value(verdict))
    }

    async fn decide(
        &self,
        command: &Command,
        item: &WorkItem,
        at: Timestamp,
    ) -> Result<Decided, TrackingError> {
        match command {
            Command::Complete { resolution } => {
                let waits_for = item.children().iter().copied().chain(item.blockers());
                self.decide_among(waits_for.collect(), |around| {
                    item.complete(resolution.clone(), around, at)
                })
                .await
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

    /// Has an item decide among others, which are loaded only where it asks for them.
    async fn decide_among(
        &self,
        others: Vec<WorkItemId>,
        decide: impl Fn(&KnownStatuses) -> Result<Vec<WorkItemEvent>, WorkItemError> + Send + Sync,
    ) -> Result<Decided, TrackingError> {
        let alone = decide(&KnownStatuses::new());
        if !matches!(alone, Err(WorkItemError::NotLoaded { .. })) {
            return Ok(Decided {
                answer: alone,
                seen: Append::new(),
            });
        }
        let others = self.load_all(others).await?;
        let around = others.iter().map(AggregateRoot::state).collect();
        Ok(Decided {
            answer: decide(&around),
            seen: others.iter().fold(Append::new(), hold),
        })
    }

    /// Has an item decide on a dependency.
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
        let mut seen = Append::new();
        let alone = item.add_dependency(on_id, kind, &graph);
        if !matches!(alone, Err(WorkItemError::NotLoaded { .. })) {
            return Ok(Decided {
                answer: alone,
                seen,
            });
        }
        let mut found = vec![on];
        while !found.is_empty() {
            seen = found.iter().fold(seen, hold);
            let next: Vec<_> = found
                .iter()
                .flat_map(|other| graph.learn(other.state()))
                .collect();
            // The item itself closes the circle; what lies behind it does not matter any more.
            if next.contains(&item.id()) {
                break;
            }
            found = self.load_all(next).await?;
        }
        Ok(Decided {
            answer: item.add_dependency(on_id, kind, &graph),
            seen,
        })
    }
}

/// A command whose decision rests on several items.
#[derive(Clone)]
enum Command {
    Complete { resolution: Option<Reason> },
    Reopen { reason: Reason },
    AddDependency { on: ItemRef, kind: DependencyKind },
}

/// The outcome of the command once its draft has landed, or the refusal.
type Verdict = Result<CommandOutcome, WorkItemError>;

/// The answer of an item, and the checks of the other items that it rests on.
struct Decided {
    answer: Result<Vec<WorkItemEvent>, WorkItemError>,
    seen: Append,
}

/// Checks another item at the version that was read.
fn hold(seen: Append, other: &AggregateRoot<WorkItem>) -> Append {
    seen.check(other.stream().clone(), other.version())
}
