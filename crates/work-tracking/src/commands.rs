//! The commands on one item: load, decide, save, and decide again after a conflict.

use work_item::{
    Description, Note, Participant, Priority, Reason, TestRun, Title, Touch, WorkItem,
    WorkItemError, WorkItemEvent,
};

use crate::{CommandContext, CommandOutcome, ItemRef, TrackingError, WorkTracker};

/// The decision of an item: its new events, or a refusal.
type ItemDecision = Result<Vec<WorkItemEvent>, WorkItemError>;

impl WorkTracker {
    /// Blocks an item that is in progress, for example with the reason "waits for a license".
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn block(
        &self,
        item: impl Into<ItemRef> + Send,
        reason: Reason,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        let at = self.now();
        self.command(item, context, Touch::Status, |item| {
            item.block(reason.clone(), at)
        })
        .await
    }

    /// Continues a blocked item.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn unblock(
        &self,
        item: impl Into<ItemRef> + Send,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        let at = self.now();
        self.command(item, context, Touch::Status, |item| item.unblock(at))
            .await
    }

    /// Cancels an item that is neither done nor cancelled. Its children keep their status.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn cancel(
        &self,
        item: impl Into<ItemRef> + Send,
        reason: Reason,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        let at = self.now();
        self.command(item, context, Touch::Status, |item| {
            item.cancel(reason.clone(), at)
        })
        .await
    }

    /// Assigns an item.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn assign(
        &self,
        item: impl Into<ItemRef> + Send,
        assignee: Participant,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.command(item, context, Touch::Status, |item| {
            item.assign(assignee.clone())
        })
        .await
    }

    /// Removes the assignee of an item.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn unassign(
        &self,
        item: impl Into<ItemRef> + Send,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.command(item, context, Touch::Status, |item| item.unassign())
            .await
    }

    /// Changes the priority of an item.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn change_priority(
        &self,
        item: impl Into<ItemRef> + Send,
        priority: Priority,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.command(item, context, Touch::Content, |item| {
            item.change_priority(priority)
        })
        .await
    }

    /// Changes the title of an item.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn retitle(
        &self,
        item: impl Into<ItemRef> + Send,
        title: Title,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.command(item, context, Touch::Content, |item| {
            item.retitle(title.clone())
        })
        .await
    }

    /// Changes the description of an item; `None` removes it.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn describe(
        &self,
        item: impl Into<ItemRef> + Send,
        description: Option<Description>,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.command(item, context, Touch::Content, |item| {
            item.describe(description.clone())
        })
        .await
    }

    /// Records a test run of an item.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn record_test_run(
        &self,
        item: impl Into<ItemRef> + Send,
        run: TestRun,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.command(item, context, Touch::Content, |item| {
            item.record_test_run(run.clone())
        })
        .await
    }

    /// Adds a note to an item of any status.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn note(
        &self,
        item: impl Into<ItemRef> + Send,
        text: Note,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        self.command(item, context, Touch::Note, |item| item.note(text.clone()))
            .await
    }

    /// Removes a dependency of an item on another one.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) if the item does not depend on the
    /// other, [`DependencyNotFound`](TrackingError::DependencyNotFound) if the other does not
    /// exist.
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
        self.command(item, context, Touch::Content, |item| {
            item.remove_dependency(on)
        })
        .await
    }

    /// Executes a command on one item, at the version of the context if it has one.
    ///
    /// `touch` is the part that it changes, on which the claims of the item decide. Whatever the
    /// answer is, the command renews the claim of its actor.
    pub(crate) async fn command(
        &self,
        item: impl Into<ItemRef> + Send,
        context: &CommandContext,
        touch: Touch,
        decide: impl Fn(&WorkItem) -> ItemDecision + Send,
    ) -> Result<CommandOutcome, TrackingError> {
        let item = item.into();
        let stream = self.stream(item).await?;
        let items = self.items.clone().with_metadata(context.metadata.clone());
        let (by, mut events, mut claimed) = (context.actor(), Vec::new(), None);
        let decide = |state: &WorkItem| {
            claimed = state.claim().is_some().then(|| state.clone());
            state.check_claim(by.as_ref(), touch, None)?;
            let decided = decide(state).map_err(TrackingError::from)?;
            events.clone_from(&decided);
            Ok::<_, TrackingError>(decided)
        };
        let executed = match context.expected {
            None => items.execute(&stream, decide).await,
            Some(version) => items.execute_at(&stream, version, decide).await,
        };
        if let Some(before) = claimed {
            self.renew(&before, None, context).await;
        }
        match executed {
            Ok(executed) => Ok(CommandOutcome::of(&executed.root, events)),
            Err(error) => {
                let error = error.about(Some(item));
                Err(self.or_lost(error, item, touch, context).await)
            }
        }
    }
}
