//! The interface of a measured store.

use std::error::Error;
use std::path::Path;

use crate::StreamWrite;

/// The result of an operation; an error ends the process.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The way in which a caller waits for the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// A task of tokio that awaits it.
    Task,
    /// A thread that blocks.
    Thread,
}

/// A measured store.
pub trait Store: Send + Sync + Sized + 'static {
    /// An append in the form of the store's own interface.
    type Append: Send + 'static;

    /// The way in which callers wait.
    const WAITING: Waiting;

    /// Opens or creates the store at `path`: a file in WAL mode with `synchronous=FULL`. For a
    /// store on a server, the file at `path` has the [address](crate::address) of its database.
    fn open(path: &Path) -> impl Future<Output = Outcome<Self>> + Send;

    /// The name and version of the store and of its SQLite, and its durability.
    fn description(&self) -> impl Future<Output = Outcome<String>> + Send;

    /// Prepares an append before the clock starts.
    ///
    /// # Errors
    /// If the store refuses a name or a payload.
    fn prepare(&self, writes: Vec<StreamWrite>) -> Outcome<Self::Append>;

    /// Appends in one transaction, and returns once it is durable.
    fn append(&self, append: Self::Append) -> impl Future<Output = Outcome<()>> + Send;

    /// Reads one stream into memory, and returns the number of its events.
    fn load(&self, stream: &str) -> impl Future<Output = Outcome<usize>> + Send;

    /// Reads the log from end to end, event by event, and returns the number of events.
    fn scan(&self) -> impl Future<Output = Outcome<usize>> + Send;

    /// Closes the store. Everything is in the main file then, nothing in the write-ahead log.
    fn close(self) -> impl Future<Output = Outcome<()>> + Send;

    /// The size of the closed store, in bytes.
    fn bytes(path: &Path) -> impl Future<Output = Outcome<u64>> + Send {
        async move { Ok(std::fs::metadata(path)?.len()) }
    }
}

/// The address of the database of a store on a server, from the file at `path`.
///
/// # Errors
/// If the file cannot be read.
pub fn address(path: &Path) -> Outcome<String> {
    Ok(std::fs::read_to_string(path)?)
}

/// The name of a value of `PRAGMA synchronous`
/// (<https://sqlite.org/pragma.html#pragma_synchronous>).
#[must_use]
pub fn synchronous_name(level: i64) -> &'static str {
    match level {
        0 => "OFF",
        1 => "NORMAL",
        2 => "FULL",
        3 => "EXTRA",
        _ => "unknown",
    }
}
