//! Bringing the rows up to the end of the log, without waiting for a process that does not go on.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use read_side::{ProjectionError, ReadModelStore};
use shared_kernel::lease::LeaseHolder;
use shared_kernel::{EventStore, GlobalPosition};

use crate::{ItemViews, ViewError};

/// The pause between two looks at the position of the rows.
const TICK: Duration = Duration::from_millis(200);

/// This many looks without progress mean that another process holds the rows.
const PATIENCE: u32 = 10;

/// A caller with another way to its answer waits for another process this many looks: a second.
const SHORT_PATIENCE: u32 = 5;

/// The progress of work on the rows. For example, `done` 4,096 of `end` 10,000 is 41 percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshProgress {
    /// The position of the rows.
    pub done: GlobalPosition,
    /// The end of the log when the work began.
    pub end: GlobalPosition,
    /// Whether another process does the work, and this one waits for it.
    pub is_waiting: bool,
}

impl ItemViews {
    /// Whether the rows have the present end of the log, so that a refresh would write nothing.
    ///
    /// # Errors
    /// [`ViewError`], if the rows cannot be read.
    pub async fn is_current(&self) -> Result<bool, ViewError> {
        let end = self.end().await?;
        match self.projector.live().await {
            Ok(live) => Ok(live.through() >= end),
            Err(ProjectionError::NotBuilt { .. } | ProjectionError::Stale { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Brings the rows up to the end of the log: they have every event that was recorded before
    /// the call, by any process. If they are current already, it writes nothing. If another process
    /// does the work, this waits as long as that one goes on.
    ///
    /// # Errors
    /// [`ViewError::Held`] if another process holds the rows and does not go on for two seconds.
    pub async fn refresh(
        &self,
        progress: impl FnMut(RefreshProgress) + Send,
    ) -> Result<(), ViewError> {
        self.refresh_with(u32::MAX, progress).await
    }

    /// The same for a caller with another way to its answer: it waits only one second for another
    /// process.
    ///
    /// # Errors
    /// [`ViewError::Held`] if another process still does the work after a second.
    pub async fn refresh_soon(
        &self,
        progress: impl FnMut(RefreshProgress) + Send,
    ) -> Result<(), ViewError> {
        self.refresh_with(SHORT_PATIENCE, progress).await
    }

    async fn refresh_with(
        &self,
        patience: u32,
        mut progress: impl FnMut(RefreshProgress) + Send,
    ) -> Result<(), ViewError> {
        if self.is_current().await? {
            return Ok(());
        }
        let (mut reached, mut idle, mut waited) = (None, 0, 0);
        let look = |at: RefreshProgress| {
            idle = if reached == Some(at.done) {
                idle + 1
            } else {
                0
            };
            reached = Some(at.done);
            waited = if at.is_waiting { waited + 1 } else { 0 };
            let RefreshProgress { done, end, .. } = at;
            if idle >= PATIENCE || waited >= patience {
                return Err(ViewError::Held { done, end });
            }
            progress(at);
            Ok(())
        };
        self.drive(self.projector.catch_up(), look).await??;
        Ok(())
    }

    /// Does work on the rows, for example a rebuild, and reports its progress.
    ///
    /// # Errors
    /// [`ViewError`], if the log cannot be read.
    pub async fn watch<T>(
        &self,
        work: impl Future<Output = T> + Send,
        mut progress: impl FnMut(RefreshProgress) + Send,
    ) -> Result<T, ViewError> {
        self.drive(work, |at| {
            progress(at);
            Ok(())
        })
        .await
    }

    /// Drives work, and looks at the rows after each tick. An error of a look ends the work.
    async fn drive<T>(
        &self,
        work: impl Future<Output = T> + Send,
        mut look: impl FnMut(RefreshProgress) -> Result<(), ViewError> + Send,
    ) -> Result<T, ViewError> {
        let end = self.end().await?;
        let mut work = pin!(work);
        loop {
            match select(work.as_mut(), self.timer.sleep(TICK)).await {
                Either::Left((done, _)) => return Ok(done),
                Either::Right(_) => look(self.progress(end).await)?,
            }
        }
    }

    async fn end(&self) -> Result<GlobalPosition, ViewError> {
        let head = self.log.head().await.map_err(ProjectionError::from)?;
        Ok(head.unwrap_or(GlobalPosition::START))
    }

    /// The progress of the build on which this process works, else of the newest one. At the start
    /// if it cannot be read.
    async fn progress(&self, end: GlobalPosition) -> RefreshProgress {
        let models = self.projector.models();
        let builds = models.builds(self.projector.model()).await;
        let mut builds = builds.unwrap_or_default();
        builds.sort_by_key(|record| (record.build.version, record.build.number));
        let this_process = LeaseHolder::this_process();
        let (mut done, mut is_waiting) = (GlobalPosition::START, false);
        for record in builds {
            let progress = models.progress(&record.build).await.unwrap_or_default();
            let reached = progress.iter().map(|one| one.through).min();
            let leases = progress.iter().filter_map(|one| one.lease.as_ref());
            let held = leases.filter(|lease| lease.expires_at.is_some());
            let holders: Vec<_> = held.map(|lease| &lease.holder).collect();
            let is_ours = holders.contains(&&this_process);
            done = reached.unwrap_or_default();
            is_waiting = !holders.is_empty() && !is_ours;
            if is_ours {
                break;
            }
        }
        RefreshProgress {
            done,
            end,
            is_waiting,
        }
    }
}
