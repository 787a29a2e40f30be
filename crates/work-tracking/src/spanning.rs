//! Owns the commands whose decision rests on other items than the one that they change: completing,
//! reopening, coming to depend on another item.
//!
//! No item is locked and no read model is asked. The items that a decision rests on are loaded, and
//! the append that records it holds each of them to the version that was seen: whoever changes one
//! of them in between has it refused, and it is decided anew. A refusal is held to what was seen in
//! the same way, by an append that writes nothing. Why no pair of commands slips through is told in
//! `docs/decisions/0009-rules-that-span-items.md`.

use jiff::Timestamp;
use shared_kernel::{AggregateRoot, Append, Conflict, ExpectedVersion};
use work_item::{
    BlockerGraph, DependencyKind, Reason, KnownStatuses, WorkItem, WorkItemError, WorkItemEvent,
    WorkItemId,
};

use crate::attempts::Attempts;
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
        // One command, one id and one time, whatever it takes.
        let metadata = self.with_command_id(context.metadata.clone())?;
        let items = self.items.clone().with_metadata(metadata);
        let at = self.now();
        let mut attempts = Attempts::default();
        loop {
            let drafted = self.draft_change(item, &command, context, at, &attempts);
            let (mut root, decided) = match drafted.await {
                Ok(draft) => draft,
                Err(error) => {
                    attempts.undrafted(self, error).await?;
                    continue;
                }
            };
            let Decided { verdict, seen } = decided;
            let landed = self
                .land(&items, &mut [&mut root], seen, &mut attempts)
                .await?;
            match landed {
                Ok(()) => {
                    let recorded = verdict?.len();
                    return Ok(CommandOutcome::of(root, recorded));
                }
                Err(conflict) => attempts.overtaken(self, Some(item), conflict).await?,
            }
        }
    }

    /// The item with what it decides now pending, and what has to hold when that lands.
    async fn draft_change(
        &self,
        item: ItemRef,
        command: &Command,
        context: &CommandContext,
        at: Timestamp,
        attempts: &Attempts,
    ) -> Result<(AggregateRoot<WorkItem>, Decided), TrackingError> {
        let stream = self.stream(item).await?;
        let root = self.items.load(&stream).await?;
        let mut root = root.ok_or(TrackingError::NotFound { item })?;
        hold_to_expected(item, &root, context, attempts)?;

        let mut decided = self.decide(command, root.state(), at).await?;
        match &decided.verdict {
            Ok(events) => {
                root.raise_all(events.iter().cloned()).map_err(|source| {
                    TrackingError::Inapplicable {
                        stream: stream.clone(),
                        source,
                    }
                })?;
            }
            // A refusal for what the item knows itself holds as of the moment of its load.
            Err(_) if decided.seen.checks().is_empty() => {}
            Err(_) => decided.seen = decided.seen.check(stream, root.version()),
        }
        Ok((root, decided))
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
                verdict: alone,
                seen: Append::new(),
            });
        }
        let others = self.load_all(others).await?;
        let around = others.iter().map(AggregateRoot::state).collect();
        Ok(Decided {
            verdict: decide(&around),
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
                verdict: alone,
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
            verdict: item.add_dependency(on_id, kind, &graph),
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

/// What an item decided, and the versions of the other items that the decision rests on.
struct Decided {
    verdict: Result<Vec<WorkItemEvent>, WorkItemError>,
    seen: Append,
}

/// Where the caller named a version, nothing is decided on any other.
fn hold_to_expected(
    item: ItemRef,
    root: &AggregateRoot<WorkItem>,
    context: &CommandContext,
    attempts: &Attempts,
) -> Result<(), TrackingError> {
    let expected = context
        .expected
        .map_or(ExpectedVersion::Any, ExpectedVersion::Exact);
    expected
        .check(root.stream(), root.version())
        .map_err(|source: Conflict| TrackingError::Conflict {
            item: Some(item),
            attempts: attempts.made() + 1,
            source,
        })
}

/// Holds another item to the version that was seen.
fn hold(seen: Append, other: &AggregateRoot<WorkItem>) -> Append {
    seen.check(other.stream().clone(), other.version())
}
