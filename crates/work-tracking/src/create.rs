//! Owns the creation of items: the id, the number, the parent, all in one append.

use std::iter;

use shared_kernel::{AggregateRoot, Append, Inapplicable, Metadata};
use work_item::{NewWorkItem, Parent, WorkItem, WorkItemId};

use crate::attempts::Attempts;
use crate::{CommandOutcome, ItemRef, TrackingError, WorkTracker};

impl WorkTracker {
    /// Creates an item, in another one where there is a parent, and gives it the next number.
    ///
    /// The item and its number come into being in one append, and in the same one the parent takes
    /// note of it, at the version that was seen of it. Of several who create at once each gets a
    /// number of its own, without gaps: who was too late tries again with the next. Dropping the
    /// future leaves all of it or nothing.
    ///
    /// # Errors
    /// [`TrackingError`]: [`ParentNotFound`](TrackingError::ParentNotFound),
    /// [`Refused`](TrackingError::Refused) where an item of this kind does not lie in such a parent
    /// or the parent is done or cancelled,
    /// [`Conflict`](TrackingError::Conflict) where others were faster at every attempt.
    pub async fn create(
        &self,
        new: NewWorkItem,
        parent: Option<ItemRef>,
        metadata: Metadata,
    ) -> Result<CommandOutcome, TrackingError> {
        // One command, one id, whatever it takes; and the same beside both events.
        let metadata = self.with_command_id(metadata)?;
        let items = self.items.clone().with_metadata(metadata.clone());
        let mut attempts = Attempts::default();
        loop {
            let mut draft = match self.draft(&new, parent, &metadata).await {
                Ok(draft) => draft,
                Err(error) => {
                    attempts.undrafted(self, error).await?;
                    continue;
                }
            };
            let mut roots: Vec<_> = iter::once(&mut draft.item)
                .chain(&mut draft.parent)
                .collect();
            let landed = self.land(&items, &mut roots, draft.number, &mut attempts);
            match landed.await? {
                Ok(()) => return Ok(CommandOutcome::of(draft.item, 1)),
                Err(conflict) => attempts.overtaken(self, None, conflict).await?,
            }
        }
    }

    /// All that would have to land now.
    async fn draft(
        &self,
        new: &NewWorkItem,
        parent: Option<ItemRef>,
        metadata: &Metadata,
    ) -> Result<Draft, TrackingError> {
        let mut parent = match parent {
            Some(parent) => Some(self.parent(parent).await?),
            None => None,
        };
        let next = self.register.next().await?;
        let id = WorkItemId::new(self.ids.generate()?, next.number);

        let lies_in = parent.as_ref().map(|parent| Parent::from(parent.state()));
        let created = WorkItem::create(id, new.clone(), lies_in, self.now())?;
        let item = AggregateRoot::create(id.stream_id(), created)
            .map_err(|source| inapplicable(id, source))?;

        if let Some(parent) = &mut parent {
            let noted = parent.state().add_child(id, new.item_type)?;
            let parent_id = parent.state().id();
            parent
                .raise_all(noted)
                .map_err(|source| inapplicable(parent_id, source))?;
        }
        let number = self.register.entry(next, id, &self.event_ids(), metadata)?;
        Ok(Draft {
            item,
            parent,
            number,
        })
    }

    async fn parent(&self, parent: ItemRef) -> Result<AggregateRoot<WorkItem>, TrackingError> {
        let missing = || TrackingError::ParentNotFound { parent };
        let stream = self.find_stream(parent).await?.ok_or_else(missing)?;
        self.items.load(&stream).await?.ok_or_else(missing)
    }
}

/// What lands together when an item is created.
struct Draft {
    item: AggregateRoot<WorkItem>,
    /// The item that it lies in, which takes note of it.
    parent: Option<AggregateRoot<WorkItem>>,
    /// The entry in the register of numbers.
    number: Append,
}

fn inapplicable(id: WorkItemId, source: Inapplicable) -> TrackingError {
    TrackingError::Inapplicable {
        stream: id.stream_id(),
        source,
    }
}
