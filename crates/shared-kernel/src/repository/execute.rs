//! The execution of commands: load, decide, save, and decide again after a conflict.

use std::fmt;

use super::attempts::Attempts;
use super::command::Command;
use super::{AsOf, EventSourcedRepository, RepositoryError, SaveReceipt};
use crate::aggregate::root::Vacancy;
use crate::repository::{Draft, ErrorOf, Rejection, SavedDraft};
use crate::{
    Aggregate, AggregateRoot, Decision, ExpectedVersion, GlobalPosition, Inapplicable, Metadata,
    StreamId, StreamVersion,
};

/// A command that was executed.
pub struct Executed<A: Aggregate> {
    /// The aggregate after the command, saved.
    pub root: AggregateRoot<A>,
    /// The receipt of the save; its append is `None` if the command returned no event.
    pub saved: SaveReceipt,
    /// The number of attempts.
    pub attempts: u32,
}

impl<A: Aggregate> Executed<A> {
    /// The state after the command.
    #[must_use]
    pub fn state(&self) -> &A {
        self.root.state()
    }

    /// The number of events that the command recorded.
    #[must_use]
    pub fn recorded(&self) -> usize {
        let append = self.saved.append.as_ref();
        append.map_or(0, |receipt| receipt.positions.len())
    }

    /// The position of the last event; `None` if the command returned no event. A read model that
    /// has considered this position shows the command.
    #[must_use]
    pub fn last_position(&self) -> Option<GlobalPosition> {
        self.saved.last_position()
    }
}

impl<A: Aggregate> fmt::Debug for Executed<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executed")
            .field("root", &self.root)
            .field("saved", &self.saved)
            .field("attempts", &self.attempts)
            .finish()
    }
}

impl<A: Aggregate> EventSourcedRepository<A> {
    /// Creates an aggregate from its first event or events. `first` may be the `Result` of a
    /// constructor that can refuse.
    ///
    /// # Errors
    /// [`RepositoryError`], in the error type of the [decision](Decision):
    /// [`Conflict`](RepositoryError::Conflict) if the aggregate exists;
    /// [`OnlyEmptyRecords`](RepositoryError::OnlyEmptyRecords) if the stream has records and they
    /// decode to no event, in which case [`execute_or_create`](Self::execute_or_create) creates
    /// the aggregate after them; [`NothingCreated`](RepositoryError::NothingCreated) for a decision
    /// without an event; or the refusal in `first`.
    pub async fn create<D>(
        &self,
        stream: &StreamId,
        first: D,
    ) -> Result<Executed<A>, ErrorOf<D, A::Event>>
    where
        D: Decision<A::Event>,
        D::Rejection: Rejection,
    {
        let events = first.into_events().map_err(Rejection::into_error)?;
        let root = create(stream, EMPTY, events)?;
        match Command::begin(self)?.save(Draft::from(root)).await {
            Ok(saved) => Ok(executed(saved, stream)?),
            Err(error) => Err(self.explain_vacancy(stream, error).await)?,
        }
    }

    /// The error of a creation. A conflict on a stream without an aggregate is an error of its own.
    async fn explain_vacancy(&self, stream: &StreamId, error: RepositoryError) -> RepositoryError {
        let RepositoryError::Conflict { source, .. } = error else {
            return error;
        };
        // If the load fails too, the conflict is still the reason.
        match self.load_once(stream, AsOf::NOW).await {
            Ok(Err(vacancy)) if vacancy.has_skipped_events => skipped_beginning(stream),
            Ok(Err(_)) => RepositoryError::OnlyEmptyRecords { source },
            _ => RepositoryError::of_conflict(source),
        }
    }

    /// Executes a command on an existing aggregate: loads it, calls `decide` with its state, and
    /// saves the events that `decide` returns.
    ///
    /// - **Conflict** ([law 31](crate::laws#law-31)): the aggregate is loaded and `decide` is
    ///   called again until the events are saved or the
    ///   [time limit](crate::repository::RetryPolicy) has passed, 10 s unless configured. So
    ///   `decide` must have no side effects. After a conflict, the commands of this repository and
    ///   its clones on this stream take turns: they wait and do not collide again.
    /// - **Unknown outcome, busy store**: the same events are saved again, with the same ids, so
    ///   the store records them once. `decide` is not called again.
    /// - **No event**: succeeds without an append.
    ///
    /// To return a value besides the events, assign it to a captured variable in `decide`.
    ///
    /// # Errors
    /// The refusal of `decide`, at once and with nothing written. Otherwise a [`RepositoryError`]
    /// in the error type of `decide`. If `decide` never refuses, the error type is
    /// `RepositoryError`.
    pub async fn execute<D>(
        &self,
        stream: &StreamId,
        mut decide: impl FnMut(&A) -> D,
    ) -> Result<Executed<A>, ErrorOf<D, A::Event>>
    where
        D: Decision<A::Event>,
        D::Rejection: Rejection,
    {
        self.decide_on(stream, None, |state| match state {
            Some(state) => Ok(decide(state)),
            None => Err(not_found(stream)),
        })
        .await
    }

    /// Executes a command on an aggregate at the version that the caller has seen.
    ///
    /// After a conflict `decide` is never called again, because the caller decided on that version.
    /// For example, a form shows version 3; its command must not change version 4. All else is as
    /// in [`execute`](Self::execute).
    ///
    /// # Errors
    /// As [`execute`](Self::execute); [`Conflict`](RepositoryError::Conflict) if the stream has
    /// another version.
    pub async fn execute_at<D>(
        &self,
        stream: &StreamId,
        version: StreamVersion,
        mut decide: impl FnMut(&A) -> D,
    ) -> Result<Executed<A>, ErrorOf<D, A::Event>>
    where
        D: Decision<A::Event>,
        D::Rejection: Rejection,
    {
        self.decide_on(stream, Some(version), |state| match state {
            Some(state) => Ok(decide(state)),
            None => Err(not_found(stream)),
        })
        .await
    }

    /// Executes a command on an aggregate that may not exist yet. In that case `decide` gets
    /// `None`, and its first event creates the aggregate. All else is as in
    /// [`execute`](Self::execute).
    ///
    /// A stream may have records and no aggregate, because all of them decode to no event
    /// ([law 54](crate::laws#law-54)). For example, after three dropped records the aggregate
    /// begins with version 4.
    ///
    /// # Errors
    /// As [`execute`](Self::execute); [`NothingCreated`](RepositoryError::NothingCreated) if the
    /// aggregate does not exist and `decide` returns no event;
    /// [`SkippedBeginning`](RepositoryError::SkippedBeginning) if the codec skipped the records
    /// because it does not know them.
    pub async fn execute_or_create<D>(
        &self,
        stream: &StreamId,
        mut decide: impl FnMut(Option<&A>) -> D,
    ) -> Result<Executed<A>, ErrorOf<D, A::Event>>
    where
        D: Decision<A::Event>,
        D::Rejection: Rejection,
    {
        self.decide_on(stream, None, |state| Ok(decide(state)))
            .await
    }

    async fn decide_on<D>(
        &self,
        stream: &StreamId,
        expected: Option<StreamVersion>,
        mut decide: impl FnMut(Option<&A>) -> Result<D, RepositoryError>,
    ) -> Result<Executed<A>, ErrorOf<D, A::Event>>
    where
        D: Decision<A::Event>,
        D::Rejection: Rejection,
    {
        let mut command = Command::begin(self)?;
        if expected.is_none() {
            command.queue_up(stream).await;
        }
        loop {
            let attempts = &mut command.attempts;
            let loaded = self.load_within(stream, AsOf::NOW, attempts).await?;
            if let (Ok(root), Some(version)) = (&loaded, expected) {
                check_version(root, version).map_err(|e| e.after_attempts(attempts.made))?;
            }
            let decision = decide(loaded.as_ref().ok().map(AggregateRoot::state))?;
            let events = decision.into_events().map_err(Rejection::into_error)?;
            let root = match loaded {
                Err(vacancy) => create(stream, vacancy, events)?,
                Ok(mut root) => {
                    raise(&mut root, events)?;
                    root
                }
            };
            let draft = Draft::from(root);
            let saved = match expected {
                None => command.save_or_decide_again(draft).await?,
                Some(_) => Some(command.save(draft).await?),
            };
            if let Some(saved) = saved {
                return Ok(executed(saved, stream)?);
            }
        }
    }

    /// Loads an aggregate, or creates it from the events of `first` if it does not exist. They are
    /// pending then, for a [draft](Self::execute_across) or a [save](Self::save).
    ///
    /// # Errors
    /// As [`load`](Self::load), and as [`create`](Self::create) if it does not exist.
    pub async fn load_or_create<D>(
        &self,
        stream: &StreamId,
        first: impl FnOnce() -> D,
    ) -> Result<AggregateRoot<A>, ErrorOf<D, A::Event>>
    where
        D: Decision<A::Event>,
        D::Rejection: Rejection,
    {
        let mut attempts = Attempts::begin(self);
        match self.load_within(stream, AsOf::NOW, &mut attempts).await? {
            Ok(root) => Ok(root),
            Err(vacancy) => {
                let events = first().into_events().map_err(Rejection::into_error)?;
                Ok(create(stream, vacancy, events)?)
            }
        }
    }

    /// Executes a command over several aggregates: `draft` loads them, runs their decisions and
    /// returns all changes for one append.
    ///
    /// [`load_or_create`](Self::load_or_create) is for aggregates that may not exist yet. After a
    /// conflict on any of the streams `draft` is called again, as `decide` is in
    /// [`execute`](Self::execute); it must have no side effects. It gets the metadata of the
    /// command, which is the same in all attempts, for events of other types in [`Draft::also`].
    ///
    /// # Errors
    /// The error of `draft`, at once and with nothing written. Otherwise a [`RepositoryError`] in
    /// the error type of `draft`.
    pub async fn execute_across<T, E, F>(
        &self,
        mut draft: impl FnMut(Metadata) -> F,
    ) -> Result<SavedDraft<A, T>, E>
    where
        E: From<RepositoryError>,
        F: Future<Output = Result<Draft<A, T>, E>>,
    {
        let mut command = Command::begin(self)?;
        loop {
            let drafted = draft(command.metadata.clone()).await?;
            if let Some(saved) = command.save_or_decide_again(drafted).await? {
                return Ok(saved);
            }
        }
    }
}

const EMPTY: Vacancy = Vacancy {
    version: StreamVersion::EMPTY,
    has_skipped_events: false,
};

/// A new aggregate with its first events pending, in a stream without one.
fn create<A: Aggregate>(
    stream: &StreamId,
    vacancy: Vacancy,
    events: Vec<A::Event>,
) -> Result<AggregateRoot<A>, RepositoryError> {
    let mut events = events.into_iter();
    let Some(first) = events.next() else {
        let stream = stream.clone();
        return Err(RepositoryError::NothingCreated { stream });
    };
    if vacancy.has_skipped_events {
        return Err(skipped_beginning(stream));
    }
    let root = AggregateRoot::create_after(stream.clone(), vacancy.version, first);
    let mut root = root.map_err(|source| inapplicable(stream, source))?;
    raise(&mut root, events)?;
    Ok(root)
}

fn raise<A: Aggregate>(
    root: &mut AggregateRoot<A>,
    events: impl IntoIterator<Item = A::Event>,
) -> Result<(), RepositoryError> {
    let raised = root.raise_all(events);
    raised.map_err(|source| inapplicable(root.stream(), source))
}

fn inapplicable(stream: &StreamId, source: Inapplicable) -> RepositoryError {
    RepositoryError::Inapplicable {
        stream: stream.clone(),
        source,
    }
}

fn skipped_beginning(stream: &StreamId) -> RepositoryError {
    RepositoryError::SkippedBeginning {
        stream: stream.clone(),
    }
}

pub(super) fn not_found(stream: &StreamId) -> RepositoryError {
    RepositoryError::NotFound {
        stream: stream.clone(),
    }
}

pub(super) fn check_version<A: Aggregate>(
    root: &AggregateRoot<A>,
    expected: StreamVersion,
) -> Result<(), RepositoryError> {
    let checked = ExpectedVersion::Exact(expected).check(root.stream(), root.version());
    checked.map_err(RepositoryError::of_conflict)
}

/// The one aggregate of a draft that had one.
fn executed<A: Aggregate>(
    draft: SavedDraft<A>,
    stream: &StreamId,
) -> Result<Executed<A>, RepositoryError> {
    let root = draft.roots.into_iter().next();
    Ok(Executed {
        root: root.ok_or_else(|| not_found(stream))?,
        saved: draft.saved,
        attempts: draft.attempts,
    })
}
