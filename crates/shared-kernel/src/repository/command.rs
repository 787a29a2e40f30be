//! A command under way: its attempts, its metadata, and the landing of a draft.

use super::attempts::Attempts;
use super::turns::Turn;
use super::{Draft, EventSourcedRepository, RepositoryError, SavedDraft};
use crate::aggregate::StageError;
use crate::aggregate::root::completed;
use crate::{Aggregate, Metadata, StreamId};

/// A command under way. All of its attempts share one time limit and one command id.
pub(super) struct Command<'a, A: Aggregate> {
    repository: &'a EventSourcedRepository<A>,
    pub(super) attempts: Attempts<'a>,
    pub(super) metadata: Metadata,
    /// The place in the queue of the stream of the last conflict.
    turn: Option<Turn>,
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
            turn: None,
        })
    }

    /// Saves a draft. `None` after a conflict: decide again on what is stored now.
    ///
    /// This is the one place that answers a conflict with another attempt. A conflict after the
    /// time limit is an error.
    pub(super) async fn land_or_decide_again<T>(
        &mut self,
        draft: Draft<A, T>,
    ) -> Result<Option<SavedDraft<A, T>>, RepositoryError> {
        let error = match self.land(draft).await {
            Ok(landed) => return Ok(Some(landed)),
            Err(error) => error,
        };
        if let Some(conflict) = error.conflict()
            // Only one command of this process tries again at a time. So the pause stays short: if
            // it grew, another process would take all the turns meanwhile.
            && self.attempts.again_after(1).await
            && self.turn_on(&conflict.stream).await
        {
            return Ok(None);
        }
        Err(error)
    }

    /// Waits for this command's turn on a stream; `false` where the time limit passes first.
    ///
    /// Commands of one repository that conflicted on a stream take turns, in the order of their
    /// conflicts: of 50 commands that load, decide and append at once, 49 would do so in vain. A
    /// command waits for one stream at a time, so no two commands wait for each other.
    async fn turn_on(&mut self, stream: &StreamId) -> bool {
        if self
            .turn
            .as_ref()
            .is_some_and(|turn| turn.stream == *stream)
        {
            return true;
        }
        self.turn = None;
        let turn = self.turn.insert(self.repository.turns.queue(stream));
        self.attempts.within_limit(turn.comes()).await
    }

    /// Saves a draft, and the very same draft again after an unknown outcome or a transient
    /// failure: its events keep their ids, so they land once.
    pub(super) async fn land<T>(
        &mut self,
        mut draft: Draft<A, T>,
    ) -> Result<SavedDraft<A, T>, RepositoryError> {
        let mut in_doubt = false;
        let mut failures = 0;
        loop {
            let mut roots: Vec<_> = draft.roots.iter_mut().collect();
            let (also, metadata) = (draft.also.clone(), &self.metadata);
            let saved = self.repository.save_under(&mut roots, also, metadata).await;
            let error = match saved {
                Ok(saved) => {
                    return Ok(SavedDraft {
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
            failures += 1;
            if !(is_transient && self.attempts.again_after(failures).await) {
                return Err(error.after_attempts(self.attempts.made));
            }
        }
    }
}
