//! Owns the append of what was decided over several streams: what is done when nobody knows whether it
//! landed, and what all of it is marked with.

use shared_kernel::{
    AggregateRoot, Append, AppendError, Conflict, EventSourcedRepository, Metadata, SaveError,
};
use work_item::WorkItem;

use crate::attempts::Attempts;
use crate::{TrackingError, WorkTracker};

impl WorkTracker {
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

    /// Metadata with which all that a command does, in whatever attempts, is one command.
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
