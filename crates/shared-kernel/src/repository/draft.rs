//! A command over several aggregates: its draft, and the saved draft.

use std::fmt;

use super::SaveReceipt;
use crate::{Aggregate, AggregateRoot, Append};

/// The changes of one command, for one append.
///
/// ```
/// use shared_kernel::aggregate::DecideError;
/// use shared_kernel::repository::Draft;
/// use shared_kernel::{Aggregate, EventSourcedRepository};
/// use shared_kernel::{RepositoryError, StreamId};
///
/// /// Moves something from one aggregate to another: the store records both events, or neither.
/// async fn transfer<A: Aggregate + Clone>(
///     repository: &EventSourcedRepository<A>,
///     (from, take): (&StreamId, fn(&A) -> A::Event),
///     (to, give): (&StreamId, fn(&A) -> A::Event),
/// ) -> Result<(), RepositoryError> {
///     let moved = repository.execute_across(|_| async {
///         let (mut from, mut to) = (repository.get(from).await?, repository.get(to).await?);
///         from.decide(take).map_err(DecideError::into_error)?;
///         to.decide(give).map_err(DecideError::into_error)?;
///         Ok(Draft::of([from, to]))
///     });
///     moved.await.map(drop)
/// }
/// ```
pub struct Draft<A: Aggregate, T = ()> {
    /// The aggregates whose pending events are saved, in this order. An aggregate without pending
    /// events is neither saved nor checked.
    pub roots: Vec<AggregateRoot<A>>,
    /// Further writes and checks for the same append.
    pub also: Append,
    /// A value for the caller, returned once the draft is saved.
    pub value: T,
}

impl<A: Aggregate> Draft<A> {
    /// A draft of the pending events of these aggregates.
    #[must_use]
    pub fn of(roots: impl IntoIterator<Item = AggregateRoot<A>>) -> Self {
        Self {
            roots: roots.into_iter().collect(),
            also: Append::new(),
            value: (),
        }
    }
}

impl<A: Aggregate> From<AggregateRoot<A>> for Draft<A> {
    fn from(root: AggregateRoot<A>) -> Self {
        Self::of([root])
    }
}

impl<A: Aggregate, T> Draft<A, T> {
    /// The same, with further writes and checks in the append, after those already there.
    #[must_use]
    pub fn and(self, also: Append) -> Self {
        Self {
            also: self.also.and(also),
            ..self
        }
    }

    /// The same, with a value for the caller.
    #[must_use]
    pub fn with_value<U>(self, value: U) -> Draft<A, U> {
        Draft {
            roots: self.roots,
            also: self.also,
            value,
        }
    }
}

/// A saved draft.
pub struct SavedDraft<A: Aggregate, T = ()> {
    /// The aggregates of the draft, saved.
    pub roots: Vec<AggregateRoot<A>>,
    /// The value of the draft.
    pub value: T,
    /// The receipt of the save; its append is `None` if the draft was empty.
    pub saved: SaveReceipt,
    /// The number of attempts.
    pub attempts: u32,
}

impl<A: Aggregate, T: fmt::Debug> fmt::Debug for SavedDraft<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedDraft")
            .field("roots", &self.roots)
            .field("value", &self.value)
            .field("saved", &self.saved)
            .field("attempts", &self.attempts)
            .finish()
    }
}
