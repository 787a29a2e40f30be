//! Owns what a store must be able to do to be measured.

use std::error::Error;
use std::path::Path;

use crate::StreamWrite;

/// What can go wrong; the process ends with it.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How a caller of the store waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// A task of tokio that awaits it.
    Task,
    /// A thread that blocks.
    Thread,
}

/// A store to be measured.
pub trait Store: Send + Sync + Sized + 'static {
    /// An append in the form that the store takes.
    type Append: Send + 'static;

    /// How callers wait.
    const WAITING: Waiting;

    /// Opens the file, or makes it, in WAL mode with `synchronous=FULL`.
    fn open(path: &Path) -> impl Future<Output = Outcome<Self>> + Send;

    /// Name and version of the store and of its SQLite, and the durability that it has.
    fn description(&self) -> impl Future<Output = Outcome<String>> + Send;

    /// Makes an append ready. It is done before the clock starts.
    ///
    /// # Errors
    /// Where the store refuses a name or a payload.
    fn prepare(&self, writes: Vec<StreamWrite>) -> Outcome<Self::Append>;

    /// Appends in one transaction and comes back once it is durable.
    fn append(&self, append: Self::Append) -> impl Future<Output = Outcome<()>> + Send;

    /// Reads one stream into memory and tells how many events it had.
    fn load(&self, stream: &str) -> impl Future<Output = Outcome<usize>> + Send;

    /// Reads the log from end to end, event by event, and tells how many there were.
    fn scan(&self) -> impl Future<Output = Outcome<usize>> + Send;

    /// Closes the file, so that all of it is in the main file.
    fn close(self) -> impl Future<Output = Outcome<()>> + Send;
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
