//! The options of a store. The defaults suit most programs.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use postgres_database::{Interrupt, Settings};
use shared_kernel::time::{Clock, SystemClock};

/// The reads that run at the same time by default.
const READERS: NonZeroU32 = NonZeroU32::new(4).unwrap();

/// The options of a store.
///
/// ```
/// use std::time::Duration;
/// use persistence_postgres::PostgresOptions;
///
/// let options = PostgresOptions::new().with_busy_timeout(Duration::from_secs(1));
/// assert!(format!("{options:?}").contains("1s"));
/// ```
#[derive(Clone)]
pub struct PostgresOptions {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) busy_timeout: Duration,
    pub(crate) readers: NonZeroU32,
    pub(crate) notifies: bool,
    pub(crate) pause_while_listening: Option<Duration>,
    pub(crate) creates: bool,
    pub(crate) interrupt: Option<Interrupt>,
}

impl PostgresOptions {
    /// A busy timeout of five seconds, four readers, no notifications and the clock of the machine.
    #[must_use]
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            busy_timeout: Duration::from_secs(5),
            readers: READERS,
            notifies: false,
            pause_while_listening: None,
            creates: true,
            interrupt: None,
        }
    }

    /// Sets how long a write waits for another writer, and a read for a connection, before it fails
    /// with [`Busy`](shared_kernel::StoreError::Busy). Opening a connection may take as long, too.
    #[must_use]
    pub fn with_busy_timeout(self, busy_timeout: Duration) -> Self {
        Self {
            busy_timeout,
            ..self
        }
    }

    /// Sets how many reads run at the same time, each on a connection of its own. A read that has
    /// begun keeps its connection until it ends or is dropped, also while its task does not poll
    /// it.
    #[must_use]
    pub fn with_readers(self, readers: NonZeroU32) -> Self {
        Self { readers, ..self }
    }

    /// Sets the clock that gives `recorded_at`.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Appends notify other processes on the channel `annals`, and waiting readers listen there on
    /// a connection of their own: they wake at once, and look at the end of the log every half
    /// second instead of ten times a second. Without notifications, after a lost connection and
    /// behind a pooler they wake within a second.
    ///
    /// Each commit with a notification takes a lock of the whole server, so it may wait for commits
    /// with notifications in other databases.
    #[must_use]
    pub fn with_notifications(self) -> Self {
        Self {
            notifies: true,
            ..self
        }
    }

    /// Lets tests set the pause between looks while the handle listens.
    #[doc(hidden)]
    #[must_use]
    pub fn with_pause_while_listening(self, pause: Duration) -> Self {
        Self {
            pause_while_listening: Some(pause),
            ..self
        }
    }

    /// A database without a store is refused with [`ConnectError::NoStore`](crate::ConnectError);
    /// by default the store is created.
    #[must_use]
    pub fn must_exist(self) -> Self {
        Self {
            creates: false,
            ..self
        }
    }

    /// Lets tests cut the connection: `interrupt` is called before and after each statement and
    /// returns whether it fails there.
    #[doc(hidden)]
    #[must_use]
    pub fn with_interrupt(mut self, interrupt: Arc<dyn Fn() -> bool + Send + Sync>) -> Self {
        self.interrupt = Some(interrupt);
        self
    }

    /// The settings of the connections that read.
    pub(crate) fn settings(&self) -> Settings {
        let mut settings = Settings::new(self.busy_timeout, self.readers);
        settings.interrupt.clone_from(&self.interrupt);
        settings
    }
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("busy_timeout", &self.busy_timeout)
            .field("readers", &self.readers)
            .field("notifies", &self.notifies)
            .finish_non_exhaustive()
    }
}
