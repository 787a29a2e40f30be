//! The port of a store of read models.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use shared_kernel::GlobalPosition;
use shared_kernel::codec::FormatError;
use shared_kernel::lease::{LeaseHolder, LeaseTerm};
use shared_kernel::store::StoreId;
use thiserror::Error;

use crate::{Build, BuildRecord, Checksum, Lease, ModelName, Parked, Progress, Skipped, Step};

/// Keeps the rows of read models, each build with its own progress.
///
/// - **Together or not at all** ([law 58](shared_kernel::laws#law-58)): rows and progress of a
///   transaction are committed in one step.
/// - **One owner** ([law 59](shared_kernel::laws#law-59)): a commit is refused if its lease is not
///   the last one of its segment, or if the position is not the one from which it began.
/// - **Cancellation**: if a future is dropped, its call has happened or not.
#[async_trait]
pub trait ReadModelStore: Send + Sync {
    /// A transaction: it gathers the writes of a projection. Dropped, it leaves nothing.
    type Tx: Send;

    /// The builds of a read model, in no order.
    ///
    /// # Errors
    /// [`ReadModelError`].
    async fn builds(&self, model: &ModelName) -> Result<Vec<BuildRecord>, ReadModelError>;

    /// Creates an empty build: the next number of its version. It is
    /// [`Aside`](crate::BuildState::Aside).
    ///
    /// # Errors
    /// [`ReadModelError`].
    async fn create_build(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, ReadModelError>;

    /// Makes `to` the live build of its version in one step, if `from` is the live one now, which
    /// becomes [`Earlier`](crate::BuildState::Earlier).
    ///
    /// # Errors
    /// [`ReadModelError::Switched`] if another build is live.
    async fn switch(&self, to: &Build, from: Option<&Build>) -> Result<(), ReadModelError>;

    /// Removes a build and its rows. A missing build is no error.
    ///
    /// # Errors
    /// [`ReadModelError`].
    async fn remove_build(&self, build: &Build) -> Result<(), ReadModelError>;

    /// The progress of each segment, in their order.
    ///
    /// # Errors
    /// [`ReadModelError::NoSuchBuild`].
    async fn progress(&self, build: &Build) -> Result<Vec<Progress>, ReadModelError>;

    /// Takes a segment if its lease is over, with the next term.
    ///
    /// # Errors
    /// [`ReadModelError::Held`] by a living owner.
    async fn claim(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError>;

    /// Takes a segment with the next term, also from a living owner: for the short call of an
    /// operator. The former owner is refused from then on, and claims again once this lease is
    /// given back.
    ///
    /// # Errors
    /// [`ReadModelError`].
    async fn take_over(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError>;

    /// Renews a lease for its `ttl`, also one that has expired and was not taken over.
    ///
    /// # Errors
    /// [`ReadModelError::Fenced`] if another owner has taken it over, or it was given back.
    async fn renew(&self, lease: &Lease) -> Result<(), ReadModelError>;

    /// Gives a lease back. If another owner has it already, nothing changes.
    ///
    /// # Errors
    /// [`ReadModelError`].
    async fn release(&self, lease: &Lease) -> Result<(), ReadModelError>;

    /// Begins a transaction on the build of a lease.
    ///
    /// # Errors
    /// [`ReadModelError::Fenced`].
    async fn begin(&self, lease: &Lease) -> Result<Self::Tx, ReadModelError>;

    /// Commits the rows and the step together, and renews the lease.
    ///
    /// # Errors
    /// [`ReadModelError::Fenced`], [`ReadModelError::Moved`]; [`ReadModelError::Refused`] if the
    /// rows break a rule of their tables. Nothing was written.
    async fn commit(&self, tx: Self::Tx, lease: &Lease, step: Step) -> Result<(), ReadModelError>;

    /// The parked events of all segments, by position.
    ///
    /// # Errors
    /// [`ReadModelError::NoSuchBuild`].
    async fn parked(&self, build: &Build) -> Result<Vec<Parked>, ReadModelError>;

    /// The skipped events of all segments, by position.
    ///
    /// # Errors
    /// [`ReadModelError::NoSuchBuild`].
    async fn skipped(&self, build: &Build) -> Result<Vec<Skipped>, ReadModelError>;

    /// The hash over all rows.
    ///
    /// # Errors
    /// [`ReadModelError::NoSuchBuild`].
    async fn checksum(&self, build: &Build) -> Result<Checksum, ReadModelError>;
}

/// The definition of a new build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The projection: its name, version, selection and schemas, as text.
    pub fingerprint: String,
    /// The number of segments, at least 1.
    pub segments: u16,
    /// The log from which the build is made.
    pub log: StoreId,
    /// The position after which it begins; 0 for the beginning of the log.
    pub start: GlobalPosition,
}

/// A store of read models failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadModelError {
    /// Another process held the store for too long. Nothing was written; try again.
    #[error("the read models at {location} are busy; try again")]
    Busy {
        /// The store.
        location: String,
    },
    /// The build does not exist any more, for example because a rebuild has replaced it.
    #[error("the build {build} does not exist at {location}; look at the builds again")]
    NoSuchBuild {
        /// The store.
        location: String,
        /// The build.
        build: Build,
    },
    /// Another build is live.
    #[error("the live build of {build} is not the expected one; look at the builds again")]
    Switched {
        /// The build that should become live.
        build: Build,
    },
    /// A living owner has the segment.
    #[error("segment {segment} of {build} is held by {holder} until {until}")]
    Held {
        /// The build.
        build: Build,
        /// The segment.
        segment: u16,
        /// The owner.
        holder: LeaseHolder,
        /// The end of its lease, unless it is renewed.
        until: Timestamp,
    },
    /// Another owner has taken the segment over, or the lease was given back. Nothing was written.
    #[error(
        "this lease of segment {segment} of {build} is over: {holder} had the last one (term \
         {term}); nothing was written"
    )]
    Fenced {
        /// The build.
        build: Build,
        /// The segment.
        segment: u16,
        /// The last owner.
        holder: LeaseHolder,
        /// Its term.
        term: LeaseTerm,
    },
    /// The position is not the one from which the transaction began. Nothing was written.
    #[error("segment {segment} of {build} is at {found}, not at {expected}; nothing was written")]
    Moved {
        /// The build.
        build: Build,
        /// The segment.
        segment: u16,
        /// The position from which the transaction began.
        expected: GlobalPosition,
        /// The position that is stored.
        found: GlobalPosition,
    },
    /// The rows break a rule of their tables, for example a unique index. Nothing was written.
    #[error("the rows of {build} were refused")]
    Refused {
        /// The build.
        build: Build,
        /// The error of the database.
        source: FormatError,
    },
    /// The read models cannot be written or read here.
    #[error("the read models at {location} cannot be used: {obstacle}")]
    Unusable {
        /// The store.
        location: String,
        /// The reason, for example a folder without the right to write.
        obstacle: String,
    },
    /// The connection to the database was lost. A commit that was under way happened or not: the
    /// progress tells. Try again.
    #[error("the connection to the read models at {location} was lost; try again")]
    ConnectionLost {
        /// The store.
        location: String,
        /// The error of the connection.
        source: FormatError,
    },
    /// The server of the read models cannot be reached.
    #[error("the read models at {location} cannot be reached")]
    Unreachable {
        /// The store.
        location: String,
        /// The error of the connection.
        source: FormatError,
    },
    /// Anything else that the database or the system reported.
    #[error("the read models at {location} failed")]
    Backend {
        /// The store.
        location: String,
        /// The error of the database or the system.
        source: FormatError,
    },
}

impl ReadModelError {
    /// Whether the same call can succeed soon, without any change. A server that is
    /// [`Unreachable`](Self::Unreachable) may stay away.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. } | Self::Held { .. } | Self::ConnectionLost { .. }
        )
    }
}

#[async_trait]
impl<M: ReadModelStore + ?Sized> ReadModelStore for Arc<M> {
    type Tx = M::Tx;

    async fn builds(&self, model: &ModelName) -> Result<Vec<BuildRecord>, ReadModelError> {
        (**self).builds(model).await
    }

    async fn create_build(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, ReadModelError> {
        (**self).create_build(model, version, definition).await
    }

    async fn switch(&self, to: &Build, from: Option<&Build>) -> Result<(), ReadModelError> {
        (**self).switch(to, from).await
    }

    async fn remove_build(&self, build: &Build) -> Result<(), ReadModelError> {
        (**self).remove_build(build).await
    }

    async fn progress(&self, build: &Build) -> Result<Vec<Progress>, ReadModelError> {
        (**self).progress(build).await
    }

    async fn claim(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        (**self).claim(build, segment, holder, ttl).await
    }

    async fn take_over(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        (**self).take_over(build, segment, holder, ttl).await
    }

    async fn renew(&self, lease: &Lease) -> Result<(), ReadModelError> {
        (**self).renew(lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), ReadModelError> {
        (**self).release(lease).await
    }

    async fn begin(&self, lease: &Lease) -> Result<Self::Tx, ReadModelError> {
        (**self).begin(lease).await
    }

    async fn commit(&self, tx: Self::Tx, lease: &Lease, step: Step) -> Result<(), ReadModelError> {
        (**self).commit(tx, lease, step).await
    }

    async fn parked(&self, build: &Build) -> Result<Vec<Parked>, ReadModelError> {
        (**self).parked(build).await
    }

    async fn skipped(&self, build: &Build) -> Result<Vec<Skipped>, ReadModelError> {
        (**self).skipped(build).await
    }

    async fn checksum(&self, build: &Build) -> Result<Checksum, ReadModelError> {
        (**self).checksum(build).await
    }
}
