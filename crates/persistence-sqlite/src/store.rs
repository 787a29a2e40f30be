//! The handle of a store: its readers, and the queue of its writer.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use shared_kernel::{GlobalPosition, StoreError};
use tokio::sync::watch;

use crate::error::FileError;
use crate::file::connection::{self, Connector};
use crate::file::open::{self, OpenError};
use crate::options::SqliteOptions;
use crate::read::looks::Looks;
use crate::read::readers::Readers;
use crate::write::committer::Committer;
use crate::write::job::Job;
use crate::write::writer::Writer;

/// A store in one SQLite file: events, snapshots and worker leases.
///
/// Clones are cheap and share the connections. No task, thread or async runtime belongs to a
/// handle: it may be opened on one runtime and used on another. When the last clone is dropped, the
/// file is closed; [`close`](Self::close) waits for that.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    location: Arc<str>,
    options: SqliteOptions,
    readers: Arc<Readers>,
    looks: Looks,
    committer: Committer,
}

impl SqliteStore {
    /// Opens the store at `path`, and creates the file if it is missing. The folder must exist.
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
        let given = path.as_ref();
        // SQLite has meanings of its own for `:memory:` and `file:…`; an absolute path is a file.
        let path = std::path::absolute(given).map_err(|error| OpenError::Unreachable {
            path: given.to_owned(),
            source: Box::new(error),
        })?;
        let connection = open::prepare(&path, &options).await?;

        let location: Arc<str> = path.display().to_string().into();
        let (head_sender, head) = watch::channel(GlobalPosition::START);
        let writer = Writer::new(
            Arc::clone(&location),
            Connector::new(connection::writing(&path, &options), &options),
            connection,
            options.busy_timeout,
            head_sender,
        );
        let readers = Arc::new(Readers::new(
            Connector::new(connection::reading(&path, &options), &options),
            options.readers,
            options.busy_timeout,
        ));
        Ok(Self {
            shared: Arc::new(Shared {
                looks: Looks::new(Arc::clone(&readers), head),
                readers,
                committer: Committer::new(writer),
                path,
                location,
                options,
            }),
        })
    }

    /// The file, as an absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Waits for the reads and writes under way and closes the file, for all clones of this handle.
    /// They return [`StoreError::Closed`] afterwards.
    pub async fn close(&self) {
        self.shared.readers.close().await;
        self.committer().submit((), Job::Close).await;
    }

    pub(crate) fn options(&self) -> &SqliteOptions {
        &self.shared.options
    }

    pub(crate) fn readers(&self) -> &Readers {
        &self.shared.readers
    }

    pub(crate) fn committer(&self) -> &Committer {
        &self.shared.committer
    }

    pub(crate) fn looks(&self) -> &Looks {
        &self.shared.looks
    }

    /// The error of the port for an error of this file.
    pub(crate) fn failed(&self, error: impl Into<FileError>) -> StoreError {
        error.into().at(&self.shared.location)
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
