//! Owns the execution of commands: load, decide, save, and what is done when another was faster.

use std::fmt;

use super::{EventSourcedRepository, ExecuteError, SaveError, SaveReceipt};
use crate::aggregate_root::completed;
use crate::{
    Aggregate, AggregateRoot, Append, AppendError, Conflict, ExpectedVersion, Metadata, StreamId,
    StreamVersion,
};

/// A command that was executed.
pub struct Executed<A: Aggregate, R> {
    /// The aggregate after the command, saved.
    pub root: AggregateRoot<A>,
    /// What the decision gave back.
    pub value: R,
    /// What the save gave back; its append is `None` where the command raised nothing.
    pub saved: SaveReceipt,
    /// How many attempts it took.
    pub attempts: u32,
}

impl<A: Aggregate, R: fmt::Debug> fmt::Debug for Executed<A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executed")
            .field("root", &self.root)
            .field("value", &self.value)
            .field("saved", &self.saved)
            .field("attempts", &self.attempts)
            .finish()
    }
}

impl<A: Aggregate> EventSourcedRepository<A> {
    /// Executes a command on an aggregate that has to be there: loads it, has `decide` raise
    /// events, and saves them.
    ///
    /// After a conflict the aggregate is loaded again and `decide` is asked again, so it must have
    /// no effect but on the aggregate that it is given. After an unknown outcome or a transient
    /// failure, `decide` is not asked again: the same events are saved again, with the same ids, so
    /// that they land once. All this up to the [attempts](crate::RetryPolicy) of the repository,
    /// with a random pause between two. A decision that raises nothing succeeds without an append.
    ///
    /// # Errors
    /// [`ExecuteError`]; [`Rejected`](ExecuteError::Rejected) with what `decide` refused with, at
    /// once.
    pub async fn execute<R, E>(
        &self,
        stream: &StreamId,
        decide: impl FnMut(&mut AggregateRoot<A>) -> Result<R, E>,
    ) -> Result<Executed<A, R>, ExecuteError<E>> {
        self.attempt(stream, None, decide).await
    }

    /// Executes a command on an aggregate that has to be at a version that the caller has seen.
    ///
    /// A conflict is never answered by deciding again: the caller decided on what it saw. The rest
    /// is as in [`execute`](Self::execute).
    ///
    /// # Errors
    /// [`ExecuteError`]; [`Conflict`](ExecuteError::Conflict) where the stream has another version.
    pub async fn execute_at<R, E>(
        &self,
        stream: &StreamId,
        expected: StreamVersion,
        decide: impl FnMut(&mut AggregateRoot<A>) -> Result<R, E>,
    ) -> Result<Executed<A, R>, ExecuteError<E>> {
        self.attempt(stream, Some(expected), decide).await
    }

    async fn attempt<R, E>(
        &self,
        stream: &StreamId,
        expected: Option<StreamVersion>,
        mut decide: impl FnMut(&mut AggregateRoot<A>) -> Result<R, E>,
    ) -> Result<Executed<A, R>, ExecuteError<E>> {
        let mut attempts = Attempts {
            made: 1,
            most: self.retry.max_attempts().get(),
        };
        // All attempts are one command, with one id.
        let metadata = completed(&self.metadata, &self.event_ids())
            .map_err(|error| attempts.failed(SaveError::Stage(error.into())))?;
        loop {
            let mut root = match self.get(stream).await {
                Ok(root) => root,
                Err(error) if error.is_transient() && attempts.remain() => {
                    self.pause(&mut attempts).await;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            check_version(&root, expected).map_err(|conflict| attempts.lost(conflict))?;
            let value = decide(&mut root).map_err(ExecuteError::Rejected)?;
            match self.save_decided(&mut root, &metadata, &mut attempts).await {
                Ok(saved) => {
                    return Ok(Executed {
                        root,
                        value,
                        saved,
                        attempts: attempts.made,
                    });
                }
                Err(error) => match conflict_in(error) {
                    Ok(_) if expected.is_none() && attempts.remain() => {
                        self.pause(&mut attempts).await;
                    }
                    Ok(conflict) => return Err(attempts.lost(conflict)),
                    Err(error) => return Err(attempts.failed(error)),
                },
            }
        }
    }

    /// Saves what was decided, again and again as long as a save of the very same can succeed.
    async fn save_decided(
        &self,
        root: &mut AggregateRoot<A>,
        metadata: &Metadata,
        attempts: &mut Attempts,
    ) -> Result<SaveReceipt, SaveError> {
        let mut in_doubt = false;
        loop {
            let saved = self
                .save_under(&mut [&mut *root], Append::new(), metadata)
                .await;
            match saved {
                Err(error) if error.is_transient() && attempts.remain() => {
                    in_doubt |= error.is_outcome_unknown();
                    self.pause(attempts).await;
                }
                Err(error) if in_doubt => return Err(error.after_unknown_outcome()),
                saved => return saved,
            }
        }
    }

    /// Pauses before the next attempt.
    async fn pause(&self, attempts: &mut Attempts) {
        let pause = self.retry.pause(attempts.made, &*self.randomness);
        self.timer.sleep(pause).await;
        attempts.made += 1;
    }
}

/// The attempts of one command, the one under way counted.
struct Attempts {
    made: u32,
    most: u32,
}

impl Attempts {
    fn remain(&self) -> bool {
        self.made < self.most
    }

    fn lost<E>(&self, conflict: Conflict) -> ExecuteError<E> {
        ExecuteError::Conflict {
            attempts: self.made,
            source: conflict,
        }
    }

    fn failed<E>(&self, error: SaveError) -> ExecuteError<E> {
        ExecuteError::Save {
            attempts: self.made,
            source: error,
        }
    }
}

fn check_version<A: Aggregate>(
    root: &AggregateRoot<A>,
    expected: Option<StreamVersion>,
) -> Result<(), Conflict> {
    let expected = expected.map_or(ExpectedVersion::Any, ExpectedVersion::Exact);
    expected.check(root.stream(), root.version())
}

/// The conflict that an error is, or the error itself.
fn conflict_in(error: SaveError) -> Result<Conflict, SaveError> {
    match error {
        SaveError::Append(AppendError::Conflict(conflict)) => Ok(conflict),
        other => Err(other),
    }
}
