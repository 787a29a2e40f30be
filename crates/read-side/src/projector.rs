//! Runs a projection: keeps the rows of a read model up to date with the log.

mod build;
mod error;
mod fault;
mod options;
mod parked;
mod prove;
mod rebuild;
mod run;
mod session;

use std::sync::Arc;
use std::time::Duration;

use shared_kernel::time::Timer;
use shared_kernel::{EventStore, GlobalPosition};

pub use error::ProjectionError;
pub use options::{Options, Poison, Start};
pub use prove::Proof;
pub(crate) use session::event_at;

use crate::projection::fingerprint;
use crate::{
    Build, BuildRecord, Definition, ModelName, Progress, Projection, ReadModelStore, Status,
};

/// Keeps the rows of a projection up to date with a log. A clone is another handle.
///
/// [`catch_up`](Self::catch_up) works once, up to the end of the log; [`run`](Self::run) follows
/// the log. Any number of processes may do both at once: each segment has one owner at a time.
pub struct Projector<P, S, M> {
    shared: Arc<Shared<P, S, M>>,
}

struct Shared<P, S, M> {
    projection: P,
    log: S,
    models: M,
    options: Options,
    model: ModelName,
    version: u32,
    /// `None` for a reactor, which goes on whatever it takes.
    fingerprint: Option<String>,
}

impl<P, S, M> Clone for Projector<P, S, M> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

/// The live build of a read model, and its progress. Readers of rows take it as a [`Build`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveBuild {
    /// The build.
    pub record: BuildRecord,
    /// The progress of each segment.
    pub progress: Vec<Progress>,
}

impl LiveBuild {
    /// Every event up to here was considered, in all segments.
    #[must_use]
    pub fn through(&self) -> GlobalPosition {
        through(&self.progress)
    }

    /// The failure of the first segment that has stopped.
    #[must_use]
    pub fn failure(&self) -> Option<&crate::Failure> {
        self.progress
            .iter()
            .find_map(|progress| match &progress.status {
                Status::Stopped(failure) => Some(failure),
                _ => None,
            })
    }
}

impl AsRef<Build> for LiveBuild {
    fn as_ref(&self) -> &Build {
        &self.record.build
    }
}

fn through(progress: &[Progress]) -> GlobalPosition {
    let positions = progress.iter().map(|progress| progress.through);
    positions.min().unwrap_or(GlobalPosition::START)
}

impl<P, S, M> Projector<P, S, M>
where
    M: ReadModelStore,
    P: Projection<M::Tx>,
    S: EventStore,
{
    /// A projector with the default [`Options`].
    ///
    /// # Errors
    /// [`ProjectionError::Name`] if `P::NAME` is not the name of a read model.
    pub fn new(projection: P, log: S, models: M) -> Result<Self, ProjectionError> {
        Self::with_options(projection, log, models, Options::default())
    }

    /// A projector with these options.
    ///
    /// # Errors
    /// [`ProjectionError::Name`].
    pub fn with_options(
        projection: P,
        log: S,
        models: M,
        options: Options,
    ) -> Result<Self, ProjectionError> {
        Ok(Self {
            shared: Arc::new(Shared {
                model: ModelName::new(P::NAME)?,
                version: P::VERSION,
                fingerprint: Some(fingerprint(&projection)),
                projection,
                log,
                models,
                options,
            }),
        })
    }

    /// The same for a consumer without rows, which goes on whatever it takes.
    pub(crate) fn without_fingerprint(mut self) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.fingerprint = None;
        }
        self
    }

    /// The name of the read model.
    #[must_use]
    pub fn model(&self) -> &ModelName {
        &self.shared.model
    }

    /// The store of the rows.
    #[must_use]
    pub fn models(&self) -> &M {
        &self.shared.models
    }

    /// The live build, for a reader of the rows.
    ///
    /// # Errors
    /// [`ProjectionError::NotBuilt`], [`ProjectionError::Changed`] or [`ProjectionError::Stale`]:
    /// then no rows may be read.
    pub async fn live(&self) -> Result<LiveBuild, ProjectionError> {
        let Some(record) = self.live_record().await? else {
            return Err(ProjectionError::NotBuilt {
                model: self.model().clone(),
                version: self.shared.version,
            });
        };
        let progress = self.shared.models.progress(&record.build).await?;
        self.check_stale(&record, &progress).await?;
        Ok(LiveBuild { record, progress })
    }

    /// Waits until the live build has considered every event up to `position`, for example the
    /// position of the caller's own append. It holds nothing open while it waits.
    ///
    /// # Errors
    /// [`ProjectionError::TimedOut`] with the position that was reached;
    /// [`ProjectionError::Stopped`] at once, if the build has stopped before.
    pub async fn wait_until(
        &self,
        position: impl Into<GlobalPosition>,
        timeout: Duration,
    ) -> Result<(), ProjectionError> {
        let position = position.into();
        let mut pause = Duration::from_millis(2);
        let mut waited = Duration::ZERO;
        loop {
            let at = match self.live().await {
                Ok(live) if live.through() >= position => return Ok(()),
                Ok(live) => match live.failure() {
                    Some(failure) => return Err(ProjectionError::Stopped(failure.clone())),
                    None => live.through(),
                },
                Err(ProjectionError::NotBuilt { .. } | ProjectionError::Stale { .. }) => {
                    GlobalPosition::START
                }
                Err(error) if error.is_transient() => GlobalPosition::START,
                Err(error) => return Err(error),
            };
            if waited >= timeout {
                return Err(ProjectionError::TimedOut { position, at });
            }
            let pause_now = pause.min(timeout.saturating_sub(waited));
            self.sleep(pause_now).await;
            waited += pause_now;
            pause = (pause * 2).min(Duration::from_millis(40));
        }
    }

    async fn sleep(&self, duration: Duration) {
        self.shared.options.timer.sleep(duration).await;
    }

    /// The definition of a new build, which begins where `like` began.
    async fn definition(&self, like: Option<&BuildRecord>) -> Result<Definition, ProjectionError> {
        let Shared { log, options, .. } = &*self.shared;
        let start = match like {
            Some(like) => {
                let head = log.head().await?.unwrap_or(GlobalPosition::START);
                like.start.min(head)
            }
            None => options.start.position(log).await?,
        };
        Ok(Definition {
            fingerprint: self.shared.fingerprint.clone().unwrap_or_default(),
            segments: options.segments.get(),
            log: log.id().await?,
            start,
        })
    }
}
