//! The handle of a store: its readers, and the queue of its writer.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use shared_kernel::{GlobalPosition, StoreError};
use tokio::sync::watch;

use crate::error::FileError;
use crate::file::OpenError;
use crate::file::connection::{self, Connector};
use crate::file::identity::{Before, Identity};
use crate::file::open;
use crate::options::SqliteOptions;
use crate::read::looks::Looks;
use crate::read::readers::Readers;
use crate::write::committer::Committer;
use crate::write::job::Job;
use crate::write::writer::Writer;

/// A read is tried this often, also if the wait for its turn has used up the busy timeout.
const LEAST_TRIES: u32 = 3;

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
    identity: Arc<Identity>,
    /// Shared with other handles until this one is closed.
    lock: Mutex<Option<File>>,
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
        let given = path.as_ref();
        // SQLite has meanings of its own for `:memory:` and `file:…`; an absolute path is a file.
        let path = std::path::absolute(given).map_err(|error| OpenError::Unreachable {
            path: given.to_owned(),
            source: Box::new(error),
        })?;
        let opened = open::open(&path, &options).await?;

        let location: Arc<str> = path.display().to_string().into();
        let (head_sender, head) = watch::channel(GlobalPosition::START);
        let reading = match opened.connection {
            Ok(_) => Connector::new(connection::reading(&path, &options), &options),
            Err(_) => Connector::looking_at(&path, &options),
        };
        let identity = Arc::new(opened.identity);
        let writer = Writer::new(
            Arc::clone(&location),
            Connector::new(connection::writing(&path, &options), &options),
            opened.connection,
            Arc::clone(&identity),
            options.busy_timeout,
            head_sender,
        );
        let readers = Readers::new(reading, options.readers, options.busy_timeout);
        let readers = Arc::new(readers);
        Ok(Self {
            shared: Arc::new(Shared {
                looks: Looks::new(Arc::clone(&readers), Arc::clone(&identity), head),
                readers,
                committer: Committer::new(writer),
                path,
                location,
                options,
                identity,
                lock: Mutex::new(opened.lock),
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
        self.identity().before_closing().await;
        self.readers().close().await;
        self.committer().submit((), Job::Close).await;
        self.identity().after_closing().await;
        let mut lock = self.shared.lock.lock();
        lock.as_mut().unwrap_or_else(|e| e.get_mut()).take();
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

    pub(crate) fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    /// The result of a read, which is repeated until the files stay as they are meanwhile.
    pub(crate) async fn answer<T, R>(&self, read: impl Fn() -> R) -> Result<T, StoreError>
    where
        R: Future<Output = Result<T, FileError>>,
    {
        let deadline = Instant::now() + self.options().busy_timeout;
        let (mut was_damaged, mut tries) = (false, 0);
        loop {
            tries += 1;
            let before = self.identity().last();
            let answer = read().await.map_err(|error| self.failed(error));
            if self.stands(&before).await? {
                // A disk that fails in passing looks like damage, once.
                if was_damaged || !matches!(answer, Err(StoreError::Damaged { .. })) {
                    return answer;
                }
                was_damaged = true;
                self.readers().forget();
            }
            if tries >= LEAST_TRIES && Instant::now() > deadline {
                let location = self.shared.location.to_string();
                return Err(StoreError::Busy { location });
            }
        }
    }

    /// Whether an answer that began at the footprint `before` stands. If not, later reads begin
    /// with new connections.
    pub(crate) async fn stands(&self, before: &Before) -> Result<bool, StoreError> {
        let forget = || self.readers().forget();
        let stands = self.identity().confirms(before, forget).await;
        stands.map_err(|error| self.failed(error))
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
