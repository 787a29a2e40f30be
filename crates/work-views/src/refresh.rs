//! Bringing the rows up to the end of the log, without waiting for a process that does not go on.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use read_side::{ProjectionError, ReadModelStore};
use shared_kernel::{EventStore, GlobalPosition};

use crate::{ItemViews, ViewError};

/// The pause between two looks at the position of the rows.
const TICK: Duration = Duration::from_millis(200);

/// This many looks without progress mean that another process holds the rows.
const PATIENCE: u32 = 10;

/// The progress of a refresh. For example, `done` 4,096 of `end` 10,000 is 41 percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshProgress {
    /// The position of the rows.
    pub done: GlobalPosition,
    /// The end of the log when the refresh began.
    pub end: GlobalPosition,
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
    /// the call, by any process. If they are current already, it writes nothing.
    ///
    /// # Errors
    /// [`ViewError::Held`] if another process holds the rows and does not go on for two seconds.
    pub async fn refresh(
        &self,
        mut progress: impl FnMut(RefreshProgress) + Send,
    ) -> Result<(), ViewError> {
        if self.is_current().await? {
            return Ok(());
        }
        let end = self.end().await?;
        let mut work = pin!(self.projector.catch_up());
        let (mut reached, mut idle) = (None, 0);
        loop {
            match select(work.as_mut(), self.timer.sleep(TICK)).await {
                Either::Left((done, _)) => {
                    done?;
                    return Ok(());
                }
                Either::Right(_) => {}
            }
            let now = self.position().await;
            idle = if now == reached { idle + 1 } else { 0 };
            if idle >= PATIENCE {
                return Err(ViewError::Held);
            }
            reached = now;
            let done = now.unwrap_or(GlobalPosition::START);
            progress(RefreshProgress { done, end });
        }
    }

    async fn end(&self) -> Result<GlobalPosition, ViewError> {
        let head = self.log.head().await.map_err(ProjectionError::from)?;
        Ok(head.unwrap_or(GlobalPosition::START))
    }

    /// The position of the newest build; `None` if it cannot be read.
    async fn position(&self) -> Option<GlobalPosition> {
        let models = self.projector.models();
        let builds = models.builds(self.projector.model()).await.ok()?;
        let newest = builds
            .into_iter()
            .max_by_key(|record| record.build.number)?;
        let progress = models.progress(&newest.build).await.ok()?;
        progress.iter().map(|progress| progress.through).min()
    }
}
