//! The creation of an item: its first event, its number and its entry in the parent, in one append.

use shared_kernel::aggregate::DecideError;
use shared_kernel::repository::Draft;
use shared_kernel::{AggregateRoot, Metadata, RepositoryError};
use work_item::{NewWorkItem, Parent, WorkItem, WorkItemId};

use crate::{CommandOutcome, ItemRef, TrackedItem, TrackingError, WorkTracker};

impl WorkTracker {
    /// Creates an item, as a child of `parent` if one is given, and assigns the next number.
    ///
    /// One append writes the item, its number, and the child in the parent, each at the version
    /// that was read. Concurrent creators get different numbers without gaps: after a conflict, a
    /// creator tries again with the next number. For example, of two creators that both read
    /// `WORK-003` as the last number, one gets `WORK-004` and the other, after a conflict,
    /// `WORK-005`. Dropping the future leaves all of it or nothing.
    ///
    /// # Errors
    /// [`TrackingError`]: [`ParentNotFound`](TrackingError::ParentNotFound),
    /// [`Refused`](TrackingError::Refused) if the kinds of parent and child do not match or the
    /// parent is done or cancelled, [`Conflict`](TrackingError::Conflict) after conflicts until the
    /// time limit.
    pub async fn create(
        &self,
        new: NewWorkItem,
        parent: Option<ItemRef>,
        metadata: Metadata,
    ) -> Result<CommandOutcome, TrackingError> {
        let items = self.items.clone().with_metadata(metadata);
        let created = items.execute_across(|metadata| self.draft(&new, parent, metadata));
        let created = created.await.map_err(|error| error.about(None))?;
        Ok(created.value)
    }

    /// Drafts the item, the change of its parent, and the entry in the register of numbers.
    async fn draft(
        &self,
        new: &NewWorkItem,
        parent: Option<ItemRef>,
        metadata: Metadata,
    ) -> Result<Draft<WorkItem, CommandOutcome>, TrackingError> {
        let mut parent = match parent {
            Some(parent) => Some(self.parent(parent).await?),
            None => None,
        };
        let next = self.register.next().await?;
        let id = WorkItemId::new(self.ids.generate()?, next.number);

        let parent_of_new = parent.as_ref().map(|parent| Parent::from(parent.state()));
        let created = WorkItem::create(id, new.clone(), parent_of_new, self.now())?;
        let stream = id.stream_id();
        let item = AggregateRoot::create(stream.clone(), created.clone());
        let item = item.map_err(|source| RepositoryError::Inapplicable { stream, source })?;

        if let Some(parent) = &mut parent {
            let noted = parent.decide(|parent| {
                let noted = parent.add_child(id, new.item_type);
                noted.map_err(TrackingError::from)
            });
            noted.map_err(DecideError::into_error)?;
        }
        let number = self
            .register
            .entries(next, [id], &self.event_ids(), &metadata)?;
        let changed_parent = parent.as_ref().map(|parent| TrackedItem {
            item: parent.state().clone(),
            version: parent.current_version(),
        });
        let outcome = CommandOutcome {
            changed_parent,
            ..CommandOutcome::of(&item, vec![created])
        };
        let roots = std::iter::once(item).chain(parent);
        Ok(Draft::of(roots).and(number).with_value(outcome))
    }

    async fn parent(&self, parent: ItemRef) -> Result<AggregateRoot<WorkItem>, TrackingError> {
        let missing = || TrackingError::ParentNotFound { parent };
        let stream = self.find_stream(parent).await?.ok_or_else(missing)?;
        self.items.load(&stream).await?.ok_or_else(missing)
    }
}
