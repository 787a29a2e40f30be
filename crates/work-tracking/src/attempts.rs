//! Owns the count of the attempts at one append over several streams, and when they are enough.

use shared_kernel::{Conflict, SaveError};

use crate::{ItemRef, TrackingError, WorkTracker};

/// The attempts at one append that came to nothing so far, by what they came to nothing for.
#[derive(Default)]
pub(crate) struct Attempts {
    /// Others were faster; each time somebody got on.
    overtaken: u32,
    /// The store could not answer; each time nobody may have got on, and it may have taken long.
    failed: u32,
}

impl Attempts {
    /// Takes note that another writer was faster, and pauses. `item` is the one that the command is
    /// for, where it is not to be created.
    ///
    /// # Errors
    /// [`TrackingError::Conflict`] where that were enough attempts.
    pub(crate) async fn overtaken(
        &mut self,
        tracker: &WorkTracker,
        item: Option<ItemRef>,
        source: Conflict,
    ) -> Result<(), TrackingError> {
        self.overtaken += 1;
        let retry = &tracker.contended_retry;
        if self.overtaken >= retry.max_attempts().get() {
            return Err(TrackingError::Conflict {
                item,
                attempts: self.made(),
                source,
            });
        }
        let pause = retry.pause(self.overtaken, &*tracker.randomness);
        tracker.timer.sleep(pause).await;
        Ok(())
    }

    /// Takes note that a save failed, and pauses where doing it again can succeed.
    ///
    /// # Errors
    /// [`TrackingError::Save`] where it cannot, or where that were enough attempts.
    pub(crate) async fn unsaved(
        &mut self,
        tracker: &WorkTracker,
        source: SaveError,
    ) -> Result<(), TrackingError> {
        let transient = source.is_transient();
        self.failed(tracker, transient, |attempts| TrackingError::Save {
            attempts,
            source,
        })
        .await
    }

    /// Takes note that what was to be saved could not be made out, and pauses where doing it again
    /// can succeed.
    ///
    /// # Errors
    /// `error` where it cannot, or where that were enough attempts.
    pub(crate) async fn undrafted(
        &mut self,
        tracker: &WorkTracker,
        error: TrackingError,
    ) -> Result<(), TrackingError> {
        let transient = error.is_transient();
        self.failed(tracker, transient, |_| error).await
    }

    async fn failed(
        &mut self,
        tracker: &WorkTracker,
        transient: bool,
        error: impl FnOnce(u32) -> TrackingError,
    ) -> Result<(), TrackingError> {
        self.failed += 1;
        let retry = &tracker.retry;
        if !transient || self.failed >= retry.max_attempts().get() {
            return Err(error(self.made()));
        }
        let pause = retry.pause(self.failed, &*tracker.randomness);
        tracker.timer.sleep(pause).await;
        Ok(())
    }

    /// How many attempts came to nothing so far.
    pub(crate) fn made(&self) -> u32 {
        self.overtaken + self.failed
    }
}
