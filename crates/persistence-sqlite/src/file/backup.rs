//! A copy of a store that is taken while it is in use.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use shared_kernel::StoreError;
use shared_kernel::codec::FormatError;
use sqlx::{ConnectOptions, Connection};
use tempfile::NamedTempFile;
use thiserror::Error;

use super::beside::{INDEX, JOURNAL, LOG, beside};
use super::footprint::{Footprint, Way};
use super::{connection, schema};
use crate::error::FileError;
use crate::options::SqliteOptions;
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
    /// The path is not UTF-8: no store could be opened there.
    #[error("{} is not valid UTF-8; choose another path for the backup", path.display())]
    NotText {
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

/// The prefix of unfinished copies.
const UNFINISHED: &str = ".annals-unfinished-";

/// The random letters and digits after the prefix.
const RANDOM: usize = 12;

impl SqliteStore {
    /// Copies the store into a new file at `path`, as it is at one moment, while readers and
    /// writers go on. The file appears whole or not at all, is durable when this returns, and opens
    /// as a store. It is marked as a backup until then, so that it cannot be mistaken for the store
    /// whose log lies beside it.
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
        if absolute.to_str().is_none() {
            return Err(BackupError::NotText { path: absolute });
        }
        // An old log beside the file would be copied into it when the backup is opened.
        for suffix in ["", LOG, INDEX, JOURNAL] {
            let path = beside(&absolute, suffix);
            if std::fs::symlink_metadata(&path).is_ok() {
                return Err(BackupError::Exists { path });
            }
        }
        let folder = absolute.parent().unwrap_or(&absolute);
        let copy = unfinished(folder).map_err(|e| unwritable(e.into()))?;
        self.copy_into(copy.path()).await?;
        match publish(copy, self.path(), &absolute) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                Err(BackupError::Exists { path: path.into() })
            }
            published => published.map_err(|e| unwritable(e.into())),
        }
    }

    /// Copies the store into the empty file at `copy`, which becomes a marked backup. A backup is
    /// not in WAL mode: so it needs no file beside it, and its mark is in the file itself.
    pub(super) async fn copy_into(&self, copy: &Path) -> Result<(), StoreError> {
        self.answer(|| copy_file(self.path(), Footprint::at(self.path()).way(), copy))
            .await
    }
}

/// Copies the store at `path`, read in a way that creates nothing, into the empty file `copy`.
pub(super) async fn copy_file(path: &Path, way: Way, copy: &Path) -> Result<(), FileError> {
    // An earlier attempt may have left something.
    File::options()
        .write(true)
        .open(copy)
        .and_then(|copy| copy.set_len(0))
        .map_err(sqlx::Error::Io)?;
    let mut connection = connection::look(path, way).await?;
    let copied = sqlx::query("VACUUM INTO ?1").bind(copy.display().to_string());
    copied.execute(&mut connection).await?;
    connection.close().await?;
    let mut connection = connection::writing(copy, &SqliteOptions::new())
        .connect()
        .await?;
    schema::mark(&mut connection, true).await?;
    Ok(connection.close().await?)
}

/// A new file for a copy, which this process keeps locked. Removes those that killed processes have
/// left; their names have the exact form.
pub(super) fn unfinished(folder: &Path) -> std::io::Result<NamedTempFile> {
    for file in std::fs::read_dir(folder)?.flatten() {
        let name = file.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(UNFINISHED));
        let is_random = |random: &str| {
            random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let is_file = file.file_type().is_ok_and(|found| found.is_file());
        let is_left = is_file && random.is_some_and(is_random);
        if is_left && File::open(file.path()).is_ok_and(|left| left.try_lock().is_ok()) {
            // If it stays, the next copy tries again.
            let _ = std::fs::remove_file(file.path());
        }
    }
    let mut builder = tempfile::Builder::new();
    let copy = builder
        .prefix(UNFINISHED)
        .rand_bytes(RANDOM)
        .tempfile_in(folder)?;
    copy.as_file().lock()?;
    Ok(copy)
}

/// Gives a finished copy the permissions of `store` and its name, and makes both durable.
fn publish(copy: NamedTempFile, store: &Path, name: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(copy.path(), std::fs::metadata(store)?.permissions())?;
    // SQLite has written the copy under its name, so it is opened by its name to be synced.
    File::open(copy.path())?.sync_all()?;
    copy.persist_noclobber(name)?;
    sync_folder(name)
}

/// Makes the names in the folder of a file durable.
pub(super) fn sync_folder(file: &Path) -> std::io::Result<()> {
    match file.parent() {
        // Not every system lets a program open a folder.
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
