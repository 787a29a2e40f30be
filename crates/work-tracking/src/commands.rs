//! Owns the commands that rest on one item alone: load, decide, save, and decide again after a conflict.

use jiff::Timestamp;
use shared_kernel::{ActorName, AggregateRoot, ExecuteError, Executed};
use work_item::{
    Description, Note, Priority, Reason, TestRun, Title, WorkItem, WorkItemError, WorkItemEvent,
};

use crate::attempts::Attempts;
use crate::error::Refusal;
use crate::{CommandContext, CommandOutcome, ItemRef, TrackingError, WorkTracker};

/// Defines a use case that hands a command on to the item, with the time where it needs one.
macro_rules! commands {
    ($(
        $(#[$doc:meta])*
        $name:ident($($argument:ident: $type:ty),*) => |$item:ident, $at:pat_param| $decide:expr;
    )+) => {
        impl WorkTracker {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with what the item said.
                pub async fn $name(
                    &self,
                    item: impl Into<ItemRef> + Send,
                    $($argument: $type,)*
                    context: &CommandContext,
                ) -> Result<CommandOutcome, TrackingError> {
                    self.command(item.into(), context, |$item, $at| $decide).await
                }
            )+
        }
    };
}

commands! {
    /// Begins work on a pending item.
    start() => |item, at| item.start(at);

    /// Lets an item that is in progress wait for something.
    block(reason: Reason) => |item, at| item.block(reason.clone(), at);

    /// Goes on with a blocked item.
    unblock() => |item, at| item.unblock(at);

    /// Gives up an item that is neither done nor cancelled. What lies in it stays as it is.
    cancel(reason: Reason) => |item, at| item.cancel(reason.clone(), at);

    /// Gives an item to somebody.
    assign(assignee: ActorName) => |item, _| item.assign(assignee.clone());

    /// Takes an item from whoever has it.
    unassign() => |item, _| item.unassign();

    /// Makes an item more or less urgent.
    change_priority(priority: Priority) => |item, _| item.change_priority(priority);

    /// Calls an item something else.
    retitle(title: Title) => |item, _| item.retitle(title.clone());

    /// Describes an item anew; `None` takes its description away.
    describe(description: Option<Description>) => |item, _| item.describe(description.clone());

    /// Records a run of the tests of an item.
    record_test_run(run: TestRun) => |item, _| item.record_test_run(run);

    /// Approves that an item may be completed.
    approve(approver: ActorName) => |item, _| item.approve(approver.clone());

    /// Writes something down about an item, wherever it stands.
    note(text: Note) => |item, _| item.note(text.clone());
}

impl WorkTracker {
    /// Makes an item depend on another one no more.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) where it does not depend on it,
    /// [`DependencyNotFound`](TrackingError::DependencyNotFound) where there is no such item.
    pub async fn remove_dependency(
        &self,
        item: impl Into<ItemRef> + Send,
        on: impl Into<ItemRef> + Send,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        let (item, on) = (item.into(), on.into());
        let missing = || TrackingError::DependencyNotFound { on };
        let stream = self.find_stream(on).await?.ok_or_else(missing)?;
        let other = self.items.load(&stream).await?.ok_or_else(missing)?;
        let on = other.state().id();
        self.command(item, context, |item, _| item.remove_dependency(on))
            .await
    }

    async fn command(
        &self,
        item: ItemRef,
        context: &CommandContext,
        decide: impl Fn(&WorkItem, Timestamp) -> Result<Vec<WorkItemEvent>, WorkItemError> + Send,
    ) -> Result<CommandOutcome, TrackingError> {
        let stream = self.stream(item).await?;
        // One command, one id and one time, whatever it takes.
        let metadata = self.with_command_id(context.metadata.clone())?;
        let items = self.items.clone().with_metadata(metadata);
        let at = self.now();
        let mut decide = |root: &mut AggregateRoot<WorkItem>| {
            let events = decide(root.state(), at).map_err(Refusal::Refused)?;
            let recorded = events.len();
            root.raise_all(events)
                .map_err(|source| Refusal::Inapplicable {
                    stream: root.stream().clone(),
                    source,
                })?;
            Ok(recorded)
        };
        let mut attempts = Attempts::default();
        let executed = loop {
            let executed = match context.expected {
                None => items.execute(&stream, &mut decide).await,
                Some(version) => items.execute_at(&stream, version, &mut decide).await,
            };
            match executed {
                // Many may change one item at once; each time, somebody gets on.
                Err(ExecuteError::Conflict { source, .. }) if context.expected.is_none() => {
                    attempts.overtaken(self, Some(item), source).await?;
                }
                executed => break executed,
            }
        };
        let Executed { root, value, .. } =
            executed.map_err(|error| TrackingError::of_command(error, item))?;
        Ok(CommandOutcome::of(root, value))
    }
}
