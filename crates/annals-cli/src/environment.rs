//! The environment of a run: input, output, variables, clock and stores.
//!
//! A test passes its own environment and runs the program in its own process.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use persistence_postgres::{ConnectError, PostgresStore};
use persistence_sqlite::{OpenError, SqliteStore};
use shared_kernel::lease::{NamedLeases, WorkerLeases};
use shared_kernel::snapshot::SnapshottedEventStore;
use shared_kernel::store::LogTransfer;
use shared_kernel::time::Clock;
use shared_kernel::{EventStore, SnapshotStore};
use thiserror::Error;

use crate::editor::Editor;
use crate::place::StorePlace;

/// The environment of a run of the program.
pub struct Environment<'a> {
    /// Standard input. A thread of its own reads it, because a read can block for ever.
    pub input: Box<dyn Read + Send>,
    /// Standard output, for answers.
    pub out: Outlet<'a>,
    /// Standard error, for errors and hints.
    pub err: Outlet<'a>,
    /// Returns a future that completes once no program reads standard output any more.
    pub reader_gone: &'a (dyn Fn() -> BoxFuture<'static, ()> + Sync),
    /// Returns the value of an environment variable.
    pub variable: &'a (dyn Fn(&str) -> Option<OsString> + Sync),
    /// The current directory; a folder `.annals` in it or above it contains the store of a project.
    pub folder: Option<PathBuf>,
    /// The path of the store outside of projects.
    pub default_store: Option<PathBuf>,
    /// The folder for files that can be made again, such as the read models of stores on servers.
    pub cache: Option<PathBuf>,
    /// Returns the name of the user if no variable has it.
    pub user: &'a (dyn Fn() -> Option<String> + Sync),
    /// The number of columns of the terminal; `None` if the output is not a terminal.
    pub width: Option<u16>,
    /// The editor of the user. `None` if standard input or output is no terminal, so no editor can
    /// open.
    pub editor: Option<&'a Editor>,
    /// Whether long commands draw a progress bar.
    pub draws_progress: bool,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Opens the store.
    pub stores: &'a dyn OpenStore,
}

/// An output stream of the program.
pub struct Outlet<'a> {
    /// The stream.
    pub to: &'a mut (dyn Write + Send),
    /// Whether output for people keeps its colours.
    pub shows_colours: bool,
}

impl Outlet<'_> {
    /// Writes text for people, with or without colours.
    pub(crate) fn tell(&mut self, text: &str) -> std::io::Result<()> {
        if self.shows_colours {
            write!(self.to, "{text}")
        } else {
            write!(self.to, "{}", anstream::adapter::strip_str(text))
        }
    }
}

/// An open store, port by port.
#[derive(Clone)]
pub struct OpenedStore {
    /// The event store.
    pub events: Arc<dyn EventStore>,
    /// The snapshot store.
    pub snapshots: Arc<dyn SnapshotStore>,
    /// The combined store, if there is one: it reads a snapshot and the events after it in one
    /// request.
    pub combined: Option<Arc<dyn SnapshottedEventStore>>,
    /// The same store, as one that can move its log.
    pub transfer: Arc<dyn LogTransfer>,
    /// The leases of the workers that generate ids.
    pub leases: Arc<dyn WorkerLeases>,
    /// The leases that renew claims.
    pub named_leases: Arc<dyn NamedLeases>,
    /// The SQLite file, if the store is one. `check` and `backup` need it.
    pub file: Option<SqliteStore>,
    /// The database, if the store is one on a server. `check` and `init` need it.
    pub server: Option<PostgresStore>,
}

impl OpenedStore {
    /// Closes the store in order, so that a file is complete.
    pub(crate) async fn close(&self) {
        if let Some(file) = &self.file {
            file.close().await;
        }
        if let Some(server) = &self.server {
            server.close().await;
        }
    }
}

/// A store cannot be opened. The error names the place and the next step, and no password.
#[derive(Debug, Error)]
pub enum OpenStoreError {
    /// A file.
    #[error(transparent)]
    File(#[from] OpenError),
    /// A database on a server.
    #[error(transparent)]
    Server(#[from] ConnectError),
}

/// The purpose of opening a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To change it; if there is none, it is created.
    Create,
    /// To change it.
    Change,
    /// To read it: nothing is created or changed.
    Read,
}

/// Opens stores.
#[async_trait]
pub trait OpenStore: Send + Sync {
    /// Opens the store at `place`. Returns `None` if there is none and `purpose` is not
    /// [`Purpose::Create`].
    ///
    /// # Errors
    /// [`OpenStoreError`].
    async fn open(
        &self,
        place: &StorePlace,
        purpose: Purpose,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<OpenedStore>, OpenStoreError>;

    /// Closes a store at the end of a run, so that its file is complete.
    async fn close(&self, store: &OpenedStore) {
        store.close().await;
    }
}
