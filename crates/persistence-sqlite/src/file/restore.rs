//! Putting a backup in the place of a store.
//!
//! At each moment, either the old file with its log or the backup is whole under a known name.
//!
//! ```text
//!                                 lamps.annals   -wal   lamps.annals.old-1   -wal
//! the copy is made and checked    old            old
//! links are made                  old            old    old                  old
//! the copy takes the name         backup         old    old                  old    refused: marked
//! the log loses its old name      backup                old                  old
//! ```
//!
//! After a crash in the third line, the mark of the backup keeps SQLite from the log. Restoring
//! again leaves further links, and loses nothing.

use std::fs::{File, Metadata};
use std::io;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use shared_kernel::StoreError;
use shared_kernel::codec::FormatError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteLockingMode};
use sqlx::{ConnectOptions, Executor};
use tempfile::TempPath;
use thiserror::Error;

use super::backup::{copy_file, sync_folder};
use super::beside::{INDEX, JOURNAL, LOG, beside, resolve};
use super::footprint::Way;
use super::open_error::OpenError;
use super::report::{CheckReport, Problem};
use super::{lock, schema};
use crate::error::is_busy;
use crate::options::SqliteOptions;
use crate::store::SqliteStore;

/// How long a restore waits for programs that are about to close the store.
const PATIENCE: Duration = Duration::from_secs(1);

/// The suffixes of the files that hold events.
const OLD: [&str; 3] = ["", LOG, JOURNAL];

/// A backup was not restored. The store is as it was before.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The backup cannot be opened.
    #[error("the backup cannot be opened")]
    Backup(#[source] OpenError),
    /// The backup cannot be read, or the copy of it cannot be written.
    #[error("the backup cannot be copied")]
    Copy(#[source] StoreError),
    /// The backup has problems.
    #[error("the backup {} is damaged; restore another one", path.display())]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// The problems found.
        problems: Vec<Problem>,
    },
    /// A process has the store open.
    #[error("the store {} is in use; close all programs that have it open", path.display())]
    InUse {
        /// The store.
        path: PathBuf,
    },
    /// The files cannot be put in their places.
    #[error("cannot put a file in the place of the store {}", path.display())]
    Unwritable {
        /// The store.
        path: PathBuf,
        /// The error of the system.
        source: FormatError,
    },
}

/// A backup that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// The names that the old store and its log have now; empty if there was no file.
    pub set_aside: Vec<PathBuf>,
    /// The examination of the restored file.
    pub report: CheckReport,
}

impl SqliteStore {
    /// Puts a copy of the backup in the place of the store at `path`. It checks the copy first, and
    /// sets the old file and its log aside under other names. No process may have the store open.
    ///
    /// The backup stays as it is. If it lies at `path` itself, beside the log of another store, the
    /// log is set aside.
    ///
    /// # Errors
    /// [`RestoreError`]; the store is as it was before.
    pub async fn restore(
        backup: impl AsRef<Path>,
        path: impl AsRef<Path>,
    ) -> Result<Restored, RestoreError> {
        let path = resolve(path.as_ref());
        let unwritable = |source: io::Error| RestoreError::Unwritable {
            path: path.clone(),
            source: source.into(),
        };
        let path = std::path::absolute(&path).map_err(unwritable)?;
        let in_use = || RestoreError::InUse { path: path.clone() };
        let _lock = lock::take(&path).map_err(unwritable)?.ok_or_else(in_use)?;

        let backup = std::path::absolute(backup.as_ref()).map_err(unwritable)?;
        let copy = new_file(&path).map_err(unwritable)?;
        copy_backup(&backup, &copy).await?;
        let report = check(&copy).await?;
        if !report.is_clean() {
            let problems = report.problems;
            return Err(RestoreError::Damaged {
                path: backup,
                problems,
            });
        }
        let old = std::fs::metadata(&path).or_else(|_| std::fs::metadata(&backup));
        old.and_then(|old| keep_rights(&copy, &old))
            .map_err(unwritable)?;
        let _foreign = lock_out(&path).await.ok_or_else(in_use)?;
        let set_aside = replace(copy, &path).map_err(unwritable)?;
        Ok(Restored { set_aside, report })
    }
}

/// The unfinished copy beside the store at `path`. A restore that was killed may have left one.
fn new_file(path: &Path) -> io::Result<TempPath> {
    let name = beside(path, "-restoring");
    remove([name.clone(), beside(&name, JOURNAL)])?;
    let folder = name.parent().unwrap_or(&name);
    let mut builder = tempfile::Builder::new();
    builder
        .prefix(name.file_name().unwrap_or_default())
        .rand_bytes(0);
    // SQLite opens it by its name.
    Ok(builder.tempfile_in(folder)?.into_temp_path())
}

async fn copy_backup(backup: &Path, copy: &Path) -> Result<(), RestoreError> {
    // A log beside a marked backup belongs to another store.
    if schema::row_without_log(backup)
        .await
        .is_ok_and(|row| row.is_backup)
    {
        let copied = copy_file(backup, Way::Unlogged, copy).await;
        return copied.map_err(|error| RestoreError::Copy(error.at(&backup.display().to_string())));
    }
    let store = SqliteStore::open_with(backup, SqliteOptions::new().read_only()).await;
    let store = store.map_err(RestoreError::Backup)?;
    store.copy_into(copy).await.map_err(RestoreError::Copy)
}

async fn check(copy: &Path) -> Result<CheckReport, RestoreError> {
    let store = SqliteStore::open_with(copy, SqliteOptions::new().read_only()).await;
    let store = store.map_err(RestoreError::Backup)?;
    let report = store.check(|_| ()).await.map_err(RestoreError::Copy);
    store.close().await;
    report
}

/// Gives the copy the mode and the owner of the old file, and makes it durable.
fn keep_rights(copy: &Path, old: &Metadata) -> io::Result<()> {
    std::fs::set_permissions(copy, old.permissions())?;
    #[cfg(unix)]
    if old.uid() != std::fs::metadata(copy)?.uid() {
        std::os::unix::fs::chown(copy, Some(old.uid()), Some(old.gid()))?;
    }
    File::open(copy)?.sync_all()
}

/// Locks the old file as SQLite does, so that programs that do not know the lock of this crate stay
/// out; `None` if one has it open. A second name keeps SQLite from the log. A file that is no
/// database has no lock.
async fn lock_out(path: &Path) -> Option<Option<SqliteConnection>> {
    let name = beside(path, "-probe");
    let linked = remove([name.clone()]).and_then(|()| std::fs::hard_link(path, &name));
    if linked.is_err() {
        return Some(None);
    }
    let connect = SqliteConnectOptions::new()
        .filename(&name)
        .locking_mode(SqliteLockingMode::Exclusive)
        .busy_timeout(PATIENCE);
    let locked = async {
        let mut connection = connect.connect().await?;
        connection.execute("BEGIN EXCLUSIVE").await?;
        Ok(connection)
    };
    let locked: Result<_, sqlx::Error> = locked.await;
    // If they stay, the next restore removes them.
    let _ = remove(["", LOG, JOURNAL].map(|suffix| beside(&name, suffix)));
    match locked {
        Err(error) if is_busy(&error) => None,
        locked => Some(locked.ok()),
    }
}

/// Puts the copy in the place of the store. Returns the new names of the old file and its log.
fn replace(copy: TempPath, path: &Path) -> io::Result<Vec<PathBuf>> {
    let is_free = |aside: &PathBuf| {
        let names = OLD.map(|suffix| beside(aside, suffix));
        names
            .iter()
            .all(|name| std::fs::symlink_metadata(name).is_err())
    };
    let names = (1..u32::MAX).map(|n| beside(path, &format!(".old-{n}")));
    let aside = names.into_iter().find(is_free).unwrap_or_default();
    let mut set_aside = Vec::new();
    let replace = || {
        for suffix in OLD {
            let (old, name) = (beside(path, suffix), beside(&aside, suffix));
            match std::fs::hard_link(&old, &name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                // A file system without links.
                Err(_) => std::fs::copy(&old, &name).and_then(|_| File::open(&name)?.sync_all())?,
                Ok(()) => (),
            }
            set_aside.push(name);
        }
        sync_folder(path)?;
        copy.persist(path).map_err(|error| error.error)
    };
    if let Err(error) = replace() {
        let _ = remove(set_aside);
        return Err(error);
    }
    remove([LOG, INDEX, JOURNAL].map(|suffix| beside(path, suffix)))?;
    sync_folder(path)?;
    Ok(set_aside)
}

/// Removes the files that are there.
fn remove(files: impl IntoIterator<Item = PathBuf>) -> io::Result<()> {
    files
        .into_iter()
        .try_for_each(|file| match std::fs::remove_file(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        })
}
