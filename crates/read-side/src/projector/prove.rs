//! The proof that the rows of a build have missed nothing.

use std::fmt;
use std::num::NonZeroUsize;

use shared_kernel::{EventStore, GlobalPosition};

use super::session::LeftOut;
use super::{ProjectionError, Projector};
use crate::batch::read_batch;
use crate::{Build, BuildRecord, Checksum, Parked, Projection, ReadModelStore, Selection, Skipped};

/// A comparison of a build with the log and with a fresh build of the same events.
///
/// ```text
/// considered 1 … 48213 of 48213; 0 skipped; 3 parked (0198…, 0198…, 0198…);
/// the rows equal a fresh build
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The build.
    pub build: Build,
    /// The position after which the build begins.
    pub start: GlobalPosition,
    /// Every event of the log up to here was considered, and the log has no hole up to here.
    pub through: GlobalPosition,
    /// The end of the log.
    pub head: GlobalPosition,
    /// The events that an operator has passed over.
    pub skipped: Vec<Skipped>,
    /// The events that were put aside.
    pub parked: Vec<Parked>,
    /// The hash over the rows.
    pub rows: Checksum,
    /// The hash over the rows of a fresh build, made of the same events.
    pub fresh: Checksum,
}

impl Proof {
    /// Whether the rows are those of a fresh build.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rows == self.fresh
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.through > self.start {
            let first = self.start.get() + 1;
            write!(f, "considered {first} … {} of {}", self.through, self.head)?;
        } else {
            write!(f, "considered nothing of {}", self.head)?;
        }
        let mut list = |name, ids: Vec<String>| {
            write!(f, "; {} {name}", ids.len())?;
            if ids.is_empty() {
                return Ok(());
            }
            write!(f, " ({})", ids.join(", "))
        };
        let skipped = self.skipped.iter().map(|s| s.failure.event_id.to_string());
        list("skipped", skipped.collect())?;
        let parked = self.parked.iter().map(|p| p.failure.event_id.to_string());
        list("parked", parked.collect())?;
        if self.holds() {
            write!(f, "; the rows equal a fresh build")
        } else {
            write!(f, "; THE ROWS DIFFER from a fresh build; build them again")
        }
    }
}

impl<P, S, M> Projector<P, S, M>
where
    M: ReadModelStore,
    P: Projection<M::Tx>,
    S: EventStore,
{
    /// Proves that the live build has missed nothing: it reads the log up to the position of the
    /// rows, which must have no hole, and compares the rows with those of a fresh build, which is
    /// made aside and removed.
    ///
    /// Parked and skipped events are left out of both, and listed. The proof takes the leases of
    /// the live build for a moment, so that rows and position belong together.
    ///
    /// # Errors
    /// [`ProjectionError::HistoryGap`], [`ProjectionError::Stale`], or an error of a store.
    pub async fn prove(&self) -> Result<Proof, ProjectionError> {
        // All segments stand at one position, and nobody moves them meanwhile.
        self.catch_up().await?;
        let live = self.live().await?;
        let build = live.record.build.clone();
        let models = &self.shared.models;
        let (through, rows, parked, skipped) = loop {
            let before = models.progress(&build).await?;
            let parked = models.parked(&build).await?;
            let skipped = models.skipped(&build).await?;
            let rows = models.checksum(&build).await?;
            let is_still = models
                .progress(&build)
                .await?
                .iter()
                .map(|p| p.through)
                .eq(before.iter().map(|p| p.through));
            let position = super::through(&before);
            let is_level = before.iter().all(|progress| progress.through == position);
            if is_still && is_level {
                break (position, rows, parked, skipped);
            }
            self.catch_up().await?;
        };
        self.check_log(through).await?;
        let left_out = LeftOut {
            ignored: Self::ignored(&parked, &skipped),
            ..LeftOut::default()
        };
        let fresh = self.build_for_proof(&live.record).await?;
        let built = match self.advance_all(&fresh, through, &left_out).await {
            Ok(_) => models.checksum(&fresh.build).await.map_err(Into::into),
            Err(error) => Err(error),
        };
        self.remove(&fresh).await;
        Ok(Proof {
            build,
            start: live.record.start,
            through,
            head: self
                .shared
                .log
                .head()
                .await?
                .unwrap_or(GlobalPosition::START),
            skipped,
            parked,
            rows,
            fresh: built?,
        })
    }

    /// A build with a definition of its own: it leaves events out without a trace, so no projector
    /// ever takes it up.
    async fn build_for_proof(&self, live: &BuildRecord) -> Result<BuildRecord, ProjectionError> {
        let mut definition = self.definition(Some(live)).await?;
        definition.fingerprint.push_str("\nfor a proof");
        let (model, version) = (&self.shared.model, self.shared.version);
        let created = self.shared.models.create_build(model, version, &definition);
        Ok(created.await?)
    }

    /// Reads the whole log up to `to`, which must have no hole.
    async fn check_log(&self, to: GlobalPosition) -> Result<(), ProjectionError> {
        let size = NonZeroUsize::MIN.saturating_add(1023);
        let mut at = GlobalPosition::START;
        while at < to {
            at = read_batch(&self.shared.log, &Selection::all(), at, to, size)
                .await?
                .through;
        }
        Ok(())
    }
}
