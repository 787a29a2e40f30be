//! The options of a store. The defaults suit most programs.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use shared_kernel::time::{Clock, SystemClock};
use sqlite_file::{Interrupt, Settings};
use sqlx::sqlite::SqliteSynchronous;

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
    durability: Durability,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) file: Settings,
}

impl SqliteOptions {
    /// Full durability, a busy timeout of five seconds, four readers and the clock of the machine.
    #[must_use]
    pub fn new() -> Self {
        Self {
            durability: Durability::Full,
            clock: Arc::new(SystemClock),
            file: Settings::default(),
        }
    }

    /// Sets the durability of acknowledged appends.
    #[must_use]
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self.file.synchronous = match durability {
            Durability::Full => SqliteSynchronous::Full,
            Durability::MayLoseLastAppendsOnPowerLoss => SqliteSynchronous::Normal,
        };
        self
    }

    /// Sets how long a write waits for another process that writes, before it fails with
    /// [`Busy`](shared_kernel::StoreError::Busy); at most 24 days, the longest timeout of SQLite.
    #[must_use]
    pub fn with_busy_timeout(mut self, busy_timeout: Duration) -> Self {
        let most = Duration::from_millis(i32::MAX.unsigned_abs().into());
        self.file.busy_timeout = busy_timeout.min(most);
        self
    }

    /// Sets how many reads run at the same time, each on a connection of its own.
    #[must_use]
    pub fn with_readers(mut self, readers: NonZeroU32) -> Self {
        self.file.readers = readers.get();
        self
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
    pub fn read_only(mut self) -> Self {
        self.file.reads_only = true;
        self
    }

    /// Lets tests interrupt statements in their middle: `interrupt` is called after every few steps
    /// of SQLite and returns whether the statement must fail.
    #[doc(hidden)]
    #[must_use]
    pub fn with_interrupt(mut self, interrupt: Interrupt) -> Self {
        self.file.interrupt = Some(interrupt);
        self
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
            .field("busy_timeout", &self.file.busy_timeout)
            .field("readers", &self.file.readers)
            .field("reads_only", &self.file.reads_only)
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
        assert_eq!(
            patient.file.busy_timeout,
            Duration::from_millis(2_147_483_647)
        );
    }
}
