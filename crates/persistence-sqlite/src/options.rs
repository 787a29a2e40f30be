//! Owns what can be chosen when a store is opened. The common case chooses nothing.

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use shared_kernel::{Clock, SystemClock};

/// What a store promises of an acknowledged append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// It survives the end of the process and the loss of power (`synchronous=FULL`).
    #[default]
    Full,
    /// It survives the end of the process; the loss of power may take the last appends with it, but
    /// damages nothing before them (`synchronous=NORMAL`).
    MayLoseLastAppendsOnPowerLoss,
}

/// What can be chosen when a store is opened.
///
/// ```
/// use std::time::Duration;
/// use persistence_sqlite::{Durability, SqliteOptions};
///
/// let options = SqliteOptions::new().with_busy_timeout(Duration::from_secs(1));
/// assert_eq!(options.durability(), Durability::Full);
/// ```
#[derive(Clone)]
pub struct SqliteOptions {
    pub(crate) durability: Durability,
    pub(crate) busy_timeout: Duration,
    pub(crate) readers: NonZeroU32,
    pub(crate) queue: NonZeroUsize,
    pub(crate) index_lag: NonZeroUsize,
    pub(crate) clock: Arc<dyn Clock>,
}

impl SqliteOptions {
    /// Full durability, five seconds of patience with other writers, four readers, a queue of 1,024
    /// appends, an index that lags up to 24,576 events behind, the clock of the machine.
    #[must_use]
    pub fn new() -> Self {
        Self {
            durability: Durability::Full,
            busy_timeout: Duration::from_secs(5),
            readers: NonZeroU32::MIN.saturating_add(3),
            queue: NonZeroUsize::MIN.saturating_add(1023),
            index_lag: NonZeroUsize::MIN.saturating_add(24_575),
            clock: Arc::new(SystemClock),
        }
    }

    /// Another promise of durability.
    #[must_use]
    pub fn with_durability(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// How long to wait for another process that writes, before the answer is
    /// [`Busy`](shared_kernel::StoreError::Busy). SQLite counts up to 24 days.
    #[must_use]
    pub fn with_busy_timeout(self, busy_timeout: Duration) -> Self {
        let most = Duration::from_millis(i32::MAX.unsigned_abs().into());
        Self {
            busy_timeout: busy_timeout.min(most),
            ..self
        }
    }

    /// How many reads go on at once; each has a connection of its own.
    #[must_use]
    pub fn with_readers(self, readers: NonZeroU32) -> Self {
        Self { readers, ..self }
    }

    /// How many writes may wait for the writer; the next ones wait to be let into the queue.
    #[must_use]
    pub fn with_queue(self, queue: NonZeroUsize) -> Self {
        Self { queue, ..self }
    }

    /// How many events the index of streams and ids may lag behind the log before it follows. Appends are faster the
    /// more they are, since the index is written for all of them at once; whoever opens the file after a crash, or
    /// reads beside another process, looks through so many first, which takes two to four microseconds for each.
    #[must_use]
    pub fn with_index_lag(self, index_lag: NonZeroUsize) -> Self {
        Self { index_lag, ..self }
    }

    /// Where the time of recording comes from.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The promise of durability chosen.
    #[must_use]
    pub fn durability(&self) -> Durability {
        self.durability
    }
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SqliteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteOptions")
            .field("durability", &self.durability)
            .field("busy_timeout", &self.busy_timeout)
            .field("readers", &self.readers)
            .field("queue", &self.queue)
            .field("index_lag", &self.index_lag)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_shown_and_the_default_is_the_full_promise() {
        let shown = format!("{:?}", SqliteOptions::default());
        assert!(shown.contains("durability: Full"), "{shown}");
        let patient = SqliteOptions::new().with_busy_timeout(Duration::MAX);
        assert_eq!(patient.busy_timeout, Duration::from_millis(2_147_483_647));
    }
}
