//! A command under way: its attempts, its metadata, and the landing of a draft.

use super::attempts::Attempts;
use super::{Draft, EventSourcedRepository, Landed, RepositoryError};
use crate::aggregate_root::completed;
use crate::{Aggregate, Metadata, StageError};

/// A command under way. All of its attempts share one time limit and one command id.
pub(super) struct Command<'a, A: Aggregate> {
    repository: &'a EventSourcedRepository<A>,
    pub(super) attempts: Attempts<'a>,
    pub(super) metadata: Metadata,
}

impl<'a, A: Aggregate> Command<'a, A> {
    pub(super) fn begin(
        repository: &'a EventSourcedRepository<A>,
    ) -> Result<Self, RepositoryError> {
        let metadata = completed(&repository.metadata, &repository.event_ids());
        Ok(Self {
            repository,
            attempts: Attempts::begin(repository),
            metadata: metadata.map_err(StageError::from)?,
        })
    }

    /// Saves a draft. `None` after a conflict: decide again on what is stored now.
    ///
    /// This is the one place that answers a conflict with another attempt. A conflict after the
    /// time limit is an error.
    pub(super) async fn land_or_decide_again<T>(
        &mut self,
        draft: Draft<A, T>,
    ) -> Result<Option<Landed<A, T>>, RepositoryError> {
        match self.land(draft).await {
            Err(error) if error.conflict().is_some() && self.attempts.again().await => Ok(None),
            landed => landed.map(Some),
        }
    }

    /// Saves a draft, and the very same draft again after an unknown outcome or a transient failure:
    /// its events keep their ids, so they land once.
    pub(super) async fn land<T>(
        &mut self,
        mut draft: Draft<A, T>,
    ) -> Result<Landed<A, T>, RepositoryError> {
        let mut in_doubt = false;
        loop {
            let mut roots: Vec<_> = draft.roots.iter_mut().collect();
            let (also, metadata) = (draft.also.clone(), &self.metadata);
            let saved = self.repository.save_under(&mut roots, also, metadata).await;
            let error = match saved {
                Ok(saved) => {
                    return Ok(Landed {
                        roots: draft.roots,
                        value: draft.value,
                        saved,
                        attempts: self.attempts.made,
                    });
                }
                Err(error) => error,
            };
            let is_transient = error.is_transient();
            let error = if in_doubt {
                error.after_unknown_outcome()
            } else {
                error
            };
            in_doubt |= error.is_outcome_unknown();
            if !(is_transient && self.attempts.again().await) {
                return Err(error.after_attempts(self.attempts.made));
            }
        }
    }
}
