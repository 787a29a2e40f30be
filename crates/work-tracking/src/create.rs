//! Owns the creation of items: the id, the number, the parent, all in one append.

use std::iter;

use shared_kernel::{
    AggregateRoot, Append, AppendError, Conflict, EventSourcedRepository, Metadata, SaveError,
};
use work_item::{NewWorkItem, Parent, WorkItem, WorkItemId};

use crate::attempts::Attempts;
use crate::{CommandOutcome, ItemRef, TrackingError, WorkTracker};

impl WorkTracker {
    /// Creates an item, in another one where there is a parent, and gives it the next number.
    ///
    /// The item and its number come into being in one append, and in the same one the parent takes
    /// note of it: at the version that was seen of it, where it was open. Of several who create at once each gets a number of its own, without gaps:
    /// who was too late tries again with the next. Dropping the future leaves both the item and its
    /// number, or neither.
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
            let (mut root, mut parent, also) = match self.draft(&new, parent, &metadata).await {
                Ok(draft) => draft,
                Err(error) => {
                    attempts.undrafted(self, error).await?;
                    continue;
                }
            };
            let mut roots: Vec<_> = iter::once(&mut root).chain(&mut parent).collect();
            let landed = self.land(&items, &mut roots, also, &mut attempts).await?;
            match landed {
                Ok(()) => return Ok(CommandOutcome::of(root, 1)),
                Err(conflict) => attempts.overtaken(self, conflict).await?,
            }
        }
    }

    /// The item as it would be created now, its parent which takes note of it, and what else has to
    /// land with it.
    async fn draft(
        &self,
        new: &NewWorkItem,
        parent: Option<ItemRef>,
        metadata: &Metadata,
    ) -> Result<
        (
            AggregateRoot<WorkItem>,
            Option<AggregateRoot<WorkItem>>,
            Append,
        ),
        TrackingError,
    > {
        let mut parent = match parent {
            Some(parent) => Some(self.parent(parent).await?),
            None => None,
        };
        let next = self.register.next().await?;
        let id = WorkItemId::new(self.ids.generate()?, next.number);

        let lies_in = parent.as_ref().map(|parent| Parent::from(parent.state()));
        let created = WorkItem::create(id, new.clone(), lies_in, self.now())?;
        let root = AggregateRoot::create(id.stream_id(), created).map_err(|source| {
            TrackingError::Inapplicable {
                stream: id.stream_id(),
                source,
            }
        })?;

        if let Some(parent) = &mut parent {
            let noted = parent.state().add_child(id, new.item_type)?;
            parent
                .raise_all(noted)
                .map_err(|source| TrackingError::Inapplicable {
                    stream: parent.stream().clone(),
                    source,
                })?;
        }
        let entry = self.register.entry(next, id, &self.event_ids(), metadata)?;
        Ok((root, parent, entry))
    }

    async fn parent(&self, parent: ItemRef) -> Result<AggregateRoot<WorkItem>, TrackingError> {
        let missing = || TrackingError::ParentNotFound { parent };
        let stream = self.find_stream(parent).await?.ok_or_else(missing)?;
        self.items.load(&stream).await?.ok_or_else(missing)
    }

    /// Saves what was drafted, and the very same again as long as that can succeed: where nobody
    /// knows whether it landed, that finds out. The inner answer says whether another was faster.
    pub(crate) async fn land(
        &self,
        items: &EventSourcedRepository<WorkItem>,
        roots: &mut [&mut AggregateRoot<WorkItem>],
        also: Append,
        attempts: &mut Attempts,
    ) -> Result<Result<(), Conflict>, TrackingError> {
        let mut in_doubt = false;
        loop {
            match items.save_all(roots, also.clone()).await {
                Ok(_) => return Ok(Ok(())),
                Err(SaveError::Append(AppendError::Conflict(conflict))) => {
                    return Ok(Err(conflict));
                }
                Err(error) => {
                    let error = if in_doubt {
                        error.after_unknown_outcome()
                    } else {
                        error
                    };
                    in_doubt |= error.is_outcome_unknown();
                    attempts.unsaved(self, error).await?;
                }
            }
        }
    }

    pub(crate) fn with_command_id(
        &self,
        mut metadata: Metadata,
    ) -> Result<Metadata, TrackingError> {
        if metadata.correlation.is_none() || metadata.causation.is_none() {
            let command = self.event_ids().generate()?;
            metadata.correlation.get_or_insert_with(|| command.into());
            metadata.causation.get_or_insert_with(|| command.into());
        }
        Ok(metadata)
    }
}
