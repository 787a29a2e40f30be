//! Owns everything that a run of the program takes from outside, so that a run can also be made
//! inside another process, on other stores.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use persistence_sqlite::{OpenError, SqliteStore};
use shared_kernel::{Clock, EventStore, SnapshotStore, SnapshottedEventStore, WorkerLeases};

/// What a run of the program takes from outside.
pub struct Environment<'a> {
    /// What is piped in. It is read by a thread of its own, for it may take as long as it likes.
    pub input: Box<dyn Read + Send>,
    /// Where answers go.
    pub out: Outlet<'a>,
    /// Where errors and hints go.
    pub err: Outlet<'a>,
    /// The environment: the value of a variable.
    pub variable: &'a (dyn Fn(&str) -> Option<OsString> + Sync),
    /// Where the store is when nobody says.
    pub default_store: Option<PathBuf>,
    /// How many columns a line has; `None` where lines are not for a screen.
    pub width: Option<u16>,
    /// Whether progress is drawn while long work goes on.
    pub draws_progress: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Opens the store at a path.
    pub stores: &'a dyn OpenStore,
}

/// Where the program writes.
pub struct Outlet<'a> {
    /// Takes what is for programs byte for byte: nothing may be taken out of it, though a terminal
    /// would obey it.
    pub to: &'a mut (dyn Write + Send),
    /// Whether what is for people keeps its colours.
    pub shows_colours: bool,
}

impl Outlet<'_> {
    /// Writes what is for people.
    pub(crate) fn tell(&mut self, text: &str) -> std::io::Result<()> {
        if self.shows_colours {
            write!(self.to, "{text}")
        } else {
            write!(self.to, "{}", anstream::adapter::strip_str(text))
        }
    }
}

/// A store as the program uses it.
#[derive(Clone)]
pub struct OpenedStore {
    /// The events.
    pub events: Arc<dyn EventStore>,
    /// The snapshots.
    pub snapshots: Arc<dyn SnapshotStore>,
    /// The store of both, where it reads a snapshot and the events after it in one request.
    pub combined: Option<Arc<dyn SnapshottedEventStore>>,
    /// The workers that make ids.
    pub leases: Arc<dyn WorkerLeases>,
    /// The file behind them, where there is one; only a file can be checked and copied.
    pub file: Option<SqliteStore>,
}

/// Whether a store may be made where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Make a new store.
    Create,
    /// Answer that there is none.
    Refuse,
}

/// Opens stores.
#[async_trait]
pub trait OpenStore: Send + Sync {
    /// Opens the store at `path`; `None` where there is none and none may be made.
    ///
    /// # Errors
    /// [`OpenError`] says which file and what to do.
    async fn open(
        &self,
        path: &Path,
        missing: Missing,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<OpenedStore>, OpenError>;
}
