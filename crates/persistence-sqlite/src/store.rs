//! Owns the handle of a store: the way to its readers and into the queue of its writer.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use shared_kernel::{GlobalPosition, StoreError};
use tokio::sync::{mpsc, oneshot, watch};

use crate::connection;
use crate::error::{closed, store_error};
use crate::known_log::KnownLog;
use crate::names::Names;
use crate::open::{self, OpenError};
use crate::options::SqliteOptions;
use crate::readers::{Reader, Readers};
use crate::tail::Tail;
use crate::write_job::{Request, WriteJob};
use crate::writer::Writer;

/// A store on one SQLite file: events, snapshots and worker leases.
///
/// Clones are cheap and share the readers and the writer. When the last one is dropped, the writer
/// finishes what is queued and closes the file; [`close`](Self::close) waits for that.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    location: Arc<str>,
    options: SqliteOptions,
    readers: Readers,
    names: Arc<Names>,
    tail: Arc<Tail>,
    writer: mpsc::Sender<Request>,
    head: watch::Receiver<GlobalPosition>,
}

impl SqliteStore {
    /// Opens the store at `path`, and makes it where there is no file yet. The folder must exist.
    ///
    /// Must be called within a tokio runtime; the writer is a task of it.
    ///
    /// # Errors
    /// [`OpenError`] says which file and what to do.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, SqliteOptions::new()).await
    }

    /// The same, with options.
    ///
    /// # Errors
    /// [`OpenError`] says which file and what to do.
    pub async fn open_with(
        path: impl AsRef<Path>,
        options: SqliteOptions,
    ) -> Result<Self, OpenError> {
        let given = path.as_ref();
        // SQLite gives names such as `:memory:` and `file:…` a meaning of their own; an absolute
        // path is always a file.
        let path = std::path::absolute(given).map_err(|error| OpenError::Unreachable {
            path: given.to_owned(),
            source: Box::new(error),
        })?;
        open::prepare(&path, &options).await?;

        let location: Arc<str> = path.display().to_string().into();
        let (writer, queue) = mpsc::channel(options.queue.get());
        let (head_sender, head) = watch::channel(GlobalPosition::START);
        let connect = connection::writing(&path, &options);
        let (names, tail) = (Arc::default(), Arc::default());
        let known = KnownLog::new(Arc::clone(&tail), Arc::clone(&names));
        let clock = Arc::clone(&options.clock);
        let lag = options.index_lag;
        let task = Writer::open(connect, queue, head_sender, clock, known, lag)
            .await
            .map_err(|error| store_error(&location, error))?;
        tokio::spawn(task.run());
        let readers = Readers::new(connection::reading(&path, &options), options.readers);
        Ok(Self {
            shared: Arc::new(Shared {
                path,
                location,
                options,
                readers,
                names,
                tail,
                writer,
                head,
            }),
        })
    }

    /// The file, as an absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Lets the writer finish what is queued and closes the file, with an index that leads to all that
    /// this handle has written, also for all clones of this handle; whatever they are asked
    /// afterwards, they answer [`StoreError::Closed`].
    pub async fn close(&self) {
        self.shared.readers.close().await;
        let (done, closed) = oneshot::channel();
        if self.shared.writer.send(Request::Close(done)).await.is_ok() {
            // No answer means that the writer has ended, and its connection with it.
            let _ = closed.await;
        }
    }

    pub(crate) fn location(&self) -> &Arc<str> {
        &self.shared.location
    }

    pub(crate) fn options(&self) -> &SqliteOptions {
        &self.shared.options
    }

    pub(crate) fn names(&self) -> &Names {
        &self.shared.names
    }

    pub(crate) fn tail(&self) -> &Tail {
        &self.shared.tail
    }

    /// Makes the end of the log known that a read has seen, and that another one has written.
    pub(crate) async fn catch_up(&self) -> Result<(), StoreError> {
        let mut reader = self.reader().await?;
        let connection = reader.connection().await.map_err(|e| self.failed(e))?;
        let caught_up = self.tail().catch_up(self.names(), connection).await;
        caught_up.map_err(|e| self.failed(e))
    }

    /// Waits for a connection to read with.
    pub(crate) async fn reader(&self) -> Result<Reader<'_>, StoreError> {
        let reader = self.shared.readers.acquire().await;
        reader.map_err(|error| self.failed(error))
    }

    /// Hears of positions that this handle's writer has committed.
    pub(crate) fn committed(&self) -> watch::Receiver<GlobalPosition> {
        self.shared.head.clone()
    }

    pub(crate) fn failed(&self, error: sqlx::Error) -> StoreError {
        store_error(&self.shared.location, error)
    }

    /// Puts a write into the queue, as soon as there is room, and waits for its answer; `None` when
    /// the writer ended without one.
    pub(crate) async fn write<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<T>) -> Box<dyn WriteJob>,
    ) -> Result<Option<T>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.shared.writer.send(Request::Write(job(reply))).await;
        sent.map_err(|_| self.closed())?;
        Ok(answer.await.ok())
    }

    pub(crate) fn closed(&self) -> StoreError {
        closed(&self.shared.location)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.shared.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_handle_shows_its_file_and_nothing_of_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("lamp")).await.unwrap();
        let shown = format!("{store:?}");
        assert!(
            shown.starts_with("SqliteStore { path:") && shown.contains("lamp"),
            "{shown}"
        );
    }

    #[tokio::test]
    async fn a_path_that_is_none_is_unreachable() {
        let refused = SqliteStore::open("").await.unwrap_err();
        assert!(
            matches!(refused, OpenError::Unreachable { .. }),
            "{refused:?}"
        );
        assert!(!refused.is_transient());
    }
}
