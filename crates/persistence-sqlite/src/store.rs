//! The handle of a store: its readers, and the queue of its writer.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use group_commit::GroupCommit;
use log_watch::{Log, LogWatch};
use shared_kernel::{GlobalPosition, StoreError};
use sqlite_file::{FileError, OpenError, OpenFile, Readers};
use tokio::sync::watch;

use crate::file::schema::STORE;
use crate::options::SqliteOptions;
use crate::read::lookup;
use crate::write::job::Job;
use crate::write::writer::Writer;

/// A store in one SQLite file: events, snapshots and worker leases.
///
/// Clones are cheap and share the connections. No task, thread or async runtime belongs to a
/// handle: it may be opened on one runtime and used on another. When the last clone is dropped, the
/// file is closed; [`close`](Self::close) waits for that.
#[derive(Clone)]
pub struct SqliteStore {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) options: SqliteOptions,
    file: Arc<OpenFile>,
    pub(crate) watch: LogWatch<WatchedFile>,
    pub(crate) committer: GroupCommit<Writer>,
}

/// The file as waiting readers look at it.
pub(crate) struct WatchedFile(Arc<OpenFile>);

impl Log for WatchedFile {
    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.0.answer(|| lookup::head(&self.0.readers)).await
    }

    fn went_back(&self) -> StoreError {
        self.0.failed(FileError::Replaced)
    }
}

impl SqliteStore {
    /// Opens the store at `path`, and creates the file if it is missing. The folder must exist.
    ///
    /// If the file exists and this process may not write it, the handle reads only, and its writes
    /// fail with [`StoreError::ReadOnly`].
    ///
    /// # Errors
    /// [`OpenError`] names the file and the remedy.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, SqliteOptions::new()).await
    }

    /// Opens the store at `path` with options.
    ///
    /// # Errors
    /// [`OpenError`] names the file and the remedy.
    pub async fn open_with(
        path: impl AsRef<Path>,
        options: SqliteOptions,
    ) -> Result<Self, OpenError> {
        let (file, connection) = OpenFile::open(path.as_ref(), &STORE, &options.file).await?;
        let file = Arc::new(file);
        let (head_sender, head) = watch::channel(GlobalPosition::START);
        let writer = Writer::new(Arc::clone(&file), connection, head_sender);
        Ok(Self {
            shared: Arc::new(Shared {
                options,
                watch: LogWatch::new(WatchedFile(Arc::clone(&file)), head),
                committer: GroupCommit::new(writer),
                file,
            }),
        })
    }

    /// The file, as an absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file().path()
    }

    /// Waits for the reads and writes under way and closes the file, for all clones of this handle.
    /// They return [`StoreError::Closed`] afterwards.
    pub async fn close(&self) {
        let close_writer = self.shared.committer.submit((), Job::Close);
        self.file().close(close_writer).await;
    }

    pub(crate) fn file(&self) -> &OpenFile {
        &self.shared.file
    }

    pub(crate) fn readers(&self) -> &Readers {
        &self.file().readers
    }

    /// The result of a read.
    pub(crate) async fn answer<T, R>(&self, read: impl Fn() -> R) -> Result<T, StoreError>
    where
        R: Future<Output = Result<T, FileError>>,
    {
        self.file().answer(read).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn debug_shows_the_file_of_a_handle_and_not_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("lamp")).await.unwrap();
        let shown = format!("{store:?}");
        assert!(
            shown.starts_with("SqliteStore { path:") && shown.contains("lamp"),
            "{shown}"
        );
    }

    #[tokio::test]
    async fn an_empty_path_is_unreachable() {
        let refused = SqliteStore::open("").await.unwrap_err();
        assert!(
            matches!(refused, OpenError::Unreachable { .. }),
            "{refused:?}"
        );
        assert!(!refused.is_transient());
    }
}
