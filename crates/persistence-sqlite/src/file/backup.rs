//! A copy of a store that is taken while it is in use.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use shared_kernel::StoreError;
use shared_kernel::codec::FormatError;
use sqlx::{ConnectOptions, Connection};
use tempfile::NamedTempFile;
use thiserror::Error;

use super::connection;
use super::open::use_write_ahead_log;
use crate::store::SqliteStore;

/// A backup was not made. Nothing was left at its path.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The path has a file already, or an old log; a backup never overwrites one.
    #[error("{} exists already; choose another path for the backup", path.display())]
    Exists {
        /// The path given.
        path: PathBuf,
    },
    /// The file of the backup could not be written.
    #[error("cannot write the backup {}", path.display())]
    Unwritable {
        /// The path given.
        path: PathBuf,
        /// The error of the system.
        source: FormatError,
    },
    /// The store could not be copied.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SqliteStore {
    /// Copies the store into a new file at `path`, as it is at one moment, while readers and
    /// writers go on. The file appears whole or not at all, is durable when this returns, and opens
    /// as a store.
    ///
    /// The copy is made with `VACUUM INTO` (<https://sqlite.org/lang_vacuum.html>), so it holds no
    /// free pages.
    ///
    /// # Errors
    /// [`BackupError`].
    pub async fn backup(&self, path: impl AsRef<Path>) -> Result<(), BackupError> {
        let path = path.as_ref();
        let unwritable = |source: FormatError| BackupError::Unwritable {
            path: path.into(),
            source,
        };
        let absolute = std::path::absolute(path).map_err(|e| unwritable(e.into()))?;
        // An old log beside the file would be copied into it when the backup is opened.
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let mut name = absolute.clone().into_os_string();
            name.push(suffix);
            if std::fs::symlink_metadata(&name).is_ok() {
                return Err(BackupError::Exists { path: name.into() });
            }
        }
        let folder = absolute.parent().unwrap_or(&absolute);
        let copy = NamedTempFile::with_prefix_in(".annals-backup-", folder)
            .map_err(|e| unwritable(e.into()))?;
        let copied = self.copy_into(copy.path()).await;
        copied.map_err(|e| self.failed(e))?;
        match publish(copy, self.path(), &absolute) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                Err(BackupError::Exists { path: path.into() })
            }
            published => published.map_err(|e| unwritable(e.into())),
        }
    }

    async fn copy_into(&self, copy: &Path) -> Result<(), sqlx::Error> {
        let name = copy.to_str().ok_or_else(|| {
            sqlx::Error::Configuration("SQLite wants the path of a backup in UTF-8".into())
        })?;
        let mut connection = connection::writing(self.path(), self.options())
            .connect()
            .await?;
        sqlx::query("VACUUM INTO ?1")
            .bind(name.to_owned())
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        // SQLite creates a file without a write-ahead log.
        let mut connection = connection::writing(copy, self.options()).connect().await?;
        use_write_ahead_log(&mut connection, self.options().busy_timeout).await?;
        connection.close().await
    }
}

/// Gives a finished copy the permissions of `store` and its name, and makes both durable.
fn publish(copy: NamedTempFile, store: &Path, name: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(copy.path(), std::fs::metadata(store)?.permissions())?;
    // SQLite has written the copy under its name, so it is opened by its name to be synced.
    std::fs::File::open(copy.path())?.sync_all()?;
    copy.persist_noclobber(name)?;
    match name.parent() {
        // Not every system lets a program open a folder.
        Some(folder) if cfg!(unix) => std::fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
