//! Putting a backup in the place of a store.
//!
//! At each moment, either the old file with its log or the backup is whole under a known name.
//!
//! ```text
//!                                 lamps.annals   -wal   lamps.annals.old-1   -wal
//! the copy is made and checked    old            old
//! links are made                  old            old    old                  old
//! the copy takes the name         backup         old    old                  old   (refused)
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

use super::backup::{copy_file, sync_folder, unfinished};
use super::beside::{INDEX, LOG, beside, resolve};
use super::footprint::{Footprint, Way};
use super::open_error::OpenError;
use super::report::{CheckReport, Problem};
use super::{lock, schema};
use crate::error::is_busy;
use crate::options::SqliteOptions;
use crate::store::SqliteStore;

/// How long a restore waits for programs that are about to close the store.
const PATIENCE: Duration = Duration::from_secs(1);

/// The suffixes of the files that hold events, in the order of their links: the log first.
const OLD: [&str; 2] = [LOG, ""];

/// The old files have this in their names, and a number.
const OLD_NAME: &str = ".old-";

/// The prefix of the name under which the old file is locked.
const PROBE: &str = ".annals-probe-";

/// A backup was not restored. The store is as it was before, or marked and refused; restore again.
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
    /// The backup is the store itself.
    #[error("{} is the store itself and no backup; name a backup", path.display())]
    Itself {
        /// The store.
        path: PathBuf,
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
        let old = std::fs::metadata(&path).ok();
        if old.as_ref().is_some_and(|old| !old.is_file()) {
            return Err(unwritable(io::Error::other("it is not a regular file")));
        }
        let in_use = || RestoreError::InUse { path: path.clone() };
        let lock = lock::take(&path).map_err(unwritable)?.ok_or_else(in_use)?;
        remove_second_names(&path).map_err(unwritable)?;
        let _foreign = lock_out(&path).await.ok_or_else(in_use)?;

        let backup = std::path::absolute(backup.as_ref()).map_err(unwritable)?;
        let is_marked = schema::row_without_log(&backup)
            .await
            .is_ok_and(|row| row.is_backup);
        if !is_marked && Footprint::at(&backup).is_same_store(&Footprint::at(&path)) {
            return Err(RestoreError::Itself { path });
        }
        let folder = path.parent().unwrap_or(&path);
        let copy = unfinished(folder).map_err(unwritable)?;
        copy_backup(&backup, is_marked, copy.path()).await?;
        let report = check(copy.path()).await?;
        if !report.is_clean() {
            let problems = report.problems;
            return Err(RestoreError::Damaged {
                path: backup,
                problems,
            });
        }
        // A new store has the mode of any new file, as the one of the lock.
        let old = old.map_or_else(|| lock.metadata(), Ok);
        old.and_then(|old| finish(copy.path(), &old))
            .map_err(unwritable)?;
        // Its lock ends here: to close the file later would release the locks of SQLite.
        let set_aside = replace(copy.into_temp_path(), &path).map_err(unwritable)?;
        Ok(Restored { set_aside, report })
    }
}

async fn copy_backup(backup: &Path, is_marked: bool, copy: &Path) -> Result<(), RestoreError> {
    // A log beside a marked backup belongs to another store.
    if is_marked {
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
fn finish(copy: &Path, old: &Metadata) -> io::Result<()> {
    std::fs::set_permissions(copy, old.permissions())?;
    #[cfg(unix)]
    if old.uid() != std::fs::metadata(copy)?.uid() {
        let owner = old.uid();
        std::os::unix::fs::chown(copy, Some(owner), Some(old.gid())).map_err(|error| {
            io::Error::new(error.kind(), format!("it belongs to user {owner}: {error}"))
        })?;
    }
    File::open(copy)?.sync_all()
}

/// Removes the further names that a restore leaves when it is killed before its rename. With two
/// names, a store has two logs.
#[cfg(unix)]
fn remove_second_names(path: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(());
    };
    let own = |suffix| std::fs::metadata(beside(path, suffix)).ok();
    let files: Vec<_> = OLD.into_iter().filter_map(own).collect();
    let old = format!("{}{OLD_NAME}", name.to_string_lossy());
    for entry in std::fs::read_dir(folder)?.flatten() {
        let name = entry.file_name();
        let is_ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(&old) || name.starts_with(PROBE));
        let found = entry.metadata()?;
        let is_same = |file: &Metadata| (file.dev(), file.ino()) == (found.dev(), found.ino());
        if is_ours && files.iter().any(is_same) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn remove_second_names(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Locks the old file as SQLite does, so that programs that do not know the lock of this crate stay
/// out; `None` if one has it open. A second name keeps SQLite from the log. A file that is no
/// database has no lock.
async fn lock_out(path: &Path) -> Option<Option<SqliteConnection>> {
    let folder = path.parent().unwrap_or(path);
    let mut builder = tempfile::Builder::new();
    let linked = builder
        .prefix(PROBE)
        .make_in(folder, |name| std::fs::hard_link(path, name));
    let Ok(name) = linked else {
        return Some(None);
    };
    let connect = SqliteConnectOptions::new()
        .filename(name.path())
        .locking_mode(SqliteLockingMode::Exclusive)
        .busy_timeout(PATIENCE)
        .disable_statement_logging();
    let locked = async {
        let mut connection = connect.connect().await?;
        connection.execute("BEGIN EXCLUSIVE").await?;
        Ok(connection)
    };
    let locked: Result<_, sqlx::Error> = locked.await;
    // It is empty.
    let _ = remove([beside(name.path(), LOG)]);
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
    let names = (1..u32::MAX).map(|n| beside(path, &format!("{OLD_NAME}{n}")));
    let aside = names.into_iter().find(is_free).unwrap_or_default();
    let mut set_aside = Vec::new();
    let replace = || {
        for suffix in OLD {
            let (old, name) = (beside(path, suffix), beside(&aside, suffix));
            match std::fs::hard_link(&old, &name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                linked => linked?,
            }
            set_aside.insert(0, name);
        }
        sync_folder(path)?;
        copy.persist(path).map_err(|error| error.error)
    };
    if let Err(error) = replace() {
        let _ = remove(set_aside);
        return Err(error);
    }
    remove([LOG, INDEX].map(|suffix| beside(path, suffix)))?;
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
