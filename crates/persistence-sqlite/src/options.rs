//! The options of a store. The defaults suit most programs.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use shared_kernel::time::{Clock, SystemClock};

/// How durable an acknowledged append is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// It survives the end of the process and the loss of power (`synchronous=FULL`).
    #[default]
    Full,
    /// It survives the end of the process; the loss of power may take the last appends with it, but
    /// damages nothing before them (`synchronous=NORMAL`).
    MayLoseLastAppendsOnPowerLoss,
}

/// The options of a store.
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
    pub(crate) readers: u32,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) reads_only: bool,
    pub(crate) interrupt: Option<Interrupt>,
}

/// Is called within every statement and returns whether SQLite must interrupt it.
pub(crate) type Interrupt = Arc<dyn Fn() -> bool + Send + Sync>;

impl SqliteOptions {
    /// Full durability, a busy timeout of five seconds, four readers and the clock of the machine.
    #[must_use]
    pub fn new() -> Self {
        Self {
            durability: Durability::Full,
            busy_timeout: Duration::from_secs(5),
            readers: 4,
            clock: Arc::new(SystemClock),
            reads_only: false,
            interrupt: None,
        }
    }

    /// Sets the durability of acknowledged appends.
    #[must_use]
    pub fn with_durability(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// Sets how long a write waits for another process that writes, before it fails with
    /// [`Busy`](shared_kernel::StoreError::Busy); at most 24 days, the longest timeout of SQLite.
    #[must_use]
    pub fn with_busy_timeout(self, busy_timeout: Duration) -> Self {
        let most = Duration::from_millis(i32::MAX.unsigned_abs().into());
        Self {
            busy_timeout: busy_timeout.min(most),
            ..self
        }
    }

    /// Sets how many reads run at the same time, each on a connection of its own.
    #[must_use]
    pub fn with_readers(self, readers: NonZeroU32) -> Self {
        Self {
            readers: readers.get(),
            ..self
        }
    }

    /// Sets the clock that gives `recorded_at`.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Opens the store for reading only: no file is created or changed, and nothing is locked. So a
    /// store can be read on a full disk, on read-only media and without the right to write; also
    /// beside processes that write.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self {
            reads_only: true,
            ..self
        }
    }

    /// Lets tests interrupt statements in their middle: `interrupt` is called after every few steps
    /// of SQLite and returns whether the statement must fail.
    #[doc(hidden)]
    #[must_use]
    pub fn with_interrupt(self, interrupt: Arc<dyn Fn() -> bool + Send + Sync>) -> Self {
        Self {
            interrupt: Some(interrupt),
            ..self
        }
    }

    /// The durability of acknowledged appends.
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
            .field("reads_only", &self.reads_only)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_options_and_the_default_is_full_durability() {
        let shown = format!("{:?}", SqliteOptions::default());
        assert!(shown.contains("durability: Full"), "{shown}");
        let patient = SqliteOptions::new().with_busy_timeout(Duration::MAX);
        assert_eq!(patient.busy_timeout, Duration::from_millis(2_147_483_647));
    }
}
