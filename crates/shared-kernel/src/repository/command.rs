//! A running command: its attempts, its metadata, and the save of its draft.

use super::attempts::Attempts;
use super::turns::Turn;
use super::{Draft, EventSourcedRepository, RepositoryError, SavedDraft};
use crate::aggregate::StageError;
use crate::aggregate::root::completed;
use crate::{Aggregate, AggregateRoot, Metadata, StreamId};

/// A command loses its turn after 1/5 of the time limit of the next one, because its future may be
/// left unpolled. For example, after 2 s of 10 s.
const LONGEST_TURN: u32 = 5;

/// A running command. All of its attempts share one time limit and one command id.
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

    /// Saves a draft. `None` means: decide again on the current events. That happens after a
    /// conflict, and if other commands wait for a stream of the draft, because they save first.
    ///
    /// Only this function answers a conflict with another attempt. A conflict after the time limit
    /// is an error.
    pub(super) async fn save_or_decide_again<T>(
        &mut self,
        draft: Draft<A, T>,
    ) -> Result<Option<SavedDraft<A, T>>, RepositoryError> {
        let pending = draft.roots.iter().filter(|root| root.has_pending());
        let also = draft.also.expectations().map(|(stream, _)| stream);
        let streams = pending.map(AggregateRoot::stream).chain(also);
        if let Some(stream) = self.queue_among(streams)
            && self.turn_on(&stream).await
        {
            return Ok(None);
        }
        let error = match self.save(draft).await {
            Ok(saved) => return Ok(Some(saved)),
            Err(error) => error,
        };
        if let Some(conflict) = error.conflict()
            // Only one command of this process tries again at a time, so the pause stays short. If
            // it grew, another process would win every time.
            && self.attempts.again_after(1).await
            && self.turn_on(&conflict.stream).await
        {
            return Ok(None);
        }
        Err(error)
    }

    /// Takes a turn on a stream before the first attempt, if other commands wait for it already.
    pub(super) async fn queue_up(&mut self, stream: &StreamId) {
        if let Some(stream) = self.queue_among([stream]) {
            // If the time limit passes first, the command makes its only attempt without a turn.
            self.turn_on(&stream).await;
        }
    }

    /// The first of these streams for which other commands wait. To overtake them would cause a
    /// conflict for one of them.
    fn queue_among<'s>(
        &mut self,
        streams: impl IntoIterator<Item = &'s StreamId>,
    ) -> Option<StreamId> {
        if self.turn.is_some() || self.attempts.left().is_zero() {
            return None;
        }
        let turns = &self.repository.turns;
        let mut streams = streams.into_iter();
        streams.find(|stream| turns.has_queue(stream)).cloned()
    }

    /// Waits for this command's turn on a stream; `false` if the time limit passes first.
    ///
    /// Once a command of a repository has conflicted on a stream, all commands on it take turns, in
    /// the order in which they came. Without turns, 49 of 50 concurrent commands would load and
    /// decide in vain. A command waits for one stream at a time, so no two commands wait for each
    /// other.
    async fn turn_on(&mut self, stream: &StreamId) -> bool {
        if self.turn.as_ref().is_some_and(|turn| turn.is_on(stream)) {
            return true;
        }
        self.turn = None;
        let longest = self.repository.retry.time_limit() / LONGEST_TURN;
        let turn = self.turn.insert(self.repository.turns.queue(stream));
        loop {
            let holder = turn.holder();
            if self.attempts.wait_for(turn.comes(), longest).await {
                return true;
            }
            if self.attempts.left().is_zero() {
                return false;
            }
            turn.pass_over(holder);
        }
    }

    /// Saves a draft, and the same draft again after an unknown outcome or a transient
    /// failure: its events keep their ids, so the store records them once.
    pub(super) async fn save<T>(
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
