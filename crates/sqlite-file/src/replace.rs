//! Putting a backup in the place of a file.
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
use std::path::{Path, PathBuf};
use std::time::Duration;

use shared_kernel::StoreError;
use shared_kernel::codec::FormatError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteLockingMode};
use sqlx::{ConnectOptions, Executor};
use tempfile::TempPath;
use thiserror::Error;

use crate::connection::Settings;
use crate::copy::{Copy, sync_folder};
use crate::error::is_busy;
use crate::file::OpenFile;
use crate::footprint::{Footprint, Way};
use crate::kind::Kind;
use crate::lock;
use crate::names::{INDEX, LOG, beside, log_beside, refuse_dangling_link, resolve};
use crate::open::{is_there, refuse_other_file};
use crate::open_error::OpenError;
use crate::rights::{copy_rights, number};

/// How long a replacement waits for programs that are about to close the file.
const PATIENCE: Duration = Duration::from_secs(1);

/// The suffixes of the files that hold data, in the order of their links: the log first.
const OLD: [&str; 2] = [LOG, ""];

/// The old files have this in their names, and a number.
const OLD_NAME: &str = ".old-";

/// The prefix of the name under which the old file is locked.
const PROBE: &str = ".annals-probe-";

/// A backup was not restored. The store is as it was before, or marked and refused; restore again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RestoreError<Problem> {
    /// The backup cannot be opened or read.
    #[error("the backup cannot be read")]
    Backup(#[from] OpenError),
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
    /// The path leads to a file that is no store.
    #[error("{} is no store; move it away, or name another path for the store", path.display())]
    OtherFile {
        /// The file.
        path: PathBuf,
        /// The kind of the file.
        source: OpenError,
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

/// A copy of a backup, ready to take the place of a file that no process has open.
pub struct Replacement {
    path: PathBuf,
    old: Option<Metadata>,
    lock: File,
    _locked_out: Option<SqliteConnection>,
    copy: Copy,
}

impl Replacement {
    /// Locks the file at `path`, and copies the backup. If the backup lies at `path` itself, beside
    /// the log of another file, it is copied without the log.
    ///
    /// # Errors
    /// [`RestoreError`].
    pub async fn prepare<Problem>(
        backup: &Path,
        path: &Path,
        kind: &'static Kind,
    ) -> Result<Self, RestoreError<Problem>> {
        let path = std::path::absolute(resolve(path)).unwrap_or_else(|_| path.to_owned());
        let unwritable = |source: FormatError| RestoreError::Unwritable {
            path: path.clone(),
            source,
        };
        refuse_dangling_link(&path).map_err(|e| unwritable(e.into()))?;
        let old = std::fs::metadata(&path).ok();
        if old.as_ref().is_some_and(|old| !old.is_file()) {
            return Err(unwritable("it is not a regular file".into()));
        }
        refuse_no_store(&path, kind).await?;
        let in_use = || RestoreError::InUse { path: path.clone() };
        let lock = lock::take(&path, PATIENCE).await;
        let lock = lock.map_err(|e| unwritable(e.into()))?.ok_or_else(in_use)?;
        remove_second_names(&path).map_err(|e| unwritable(e.into()))?;
        let locked_out = lock_out(&path).await.map_err(|_| in_use())?;

        let backup = std::path::absolute(backup).map_err(|e| unwritable(e.into()))?;
        // SQLite would wait for the other end of a pipe.
        is_there(&backup)?;
        let marks = kind.marks_without_log(&backup).await;
        let is_marked = marks.is_ok_and(|marks| marks.is_backup());
        if !is_marked && Footprint::at(&backup).is_same_file(&Footprint::at(&path)) {
            return Err(RestoreError::Itself { path });
        }
        let copy = Copy::beside(&path).map_err(|e| unwritable(e.into()))?;
        let copied = if is_marked {
            // A log beside a marked backup belongs to another file.
            let filled = copy.fill(&backup, Way::Alone, kind).await;
            filled.map_err(|error| error.at(&backup.display().to_string()))
        } else {
            let settings = Settings {
                reads_only: true,
                ..Settings::default()
            };
            let (file, _) = OpenFile::open(&backup, kind, &settings).await?;
            file.copy_into(&copy).await
        };
        copied.map_err(|error| match error {
            StoreError::Full { source, .. } => unwritable(source),
            error => RestoreError::Backup(error.into()),
        })?;
        Ok(Self {
            path,
            old,
            lock,
            _locked_out: locked_out,
            copy,
        })
    }

    /// The copy of the backup, which may be opened for reading until it is finished.
    #[must_use]
    pub fn copy(&self) -> &Path {
        self.copy.path()
    }

    /// Puts the copy in its place. Returns the names that the old file and its log have now.
    ///
    /// # Errors
    /// [`RestoreError::Unwritable`].
    pub fn finish<Problem>(self) -> Result<Vec<PathBuf>, RestoreError<Problem>> {
        let path = self.path;
        // A new file has the mode of any new file, as the one of the lock.
        let like = self.old.map_or_else(|| self.lock.metadata(), Ok);
        let replaced = like
            .and_then(|like| self.copy.finish(|copy| copy_rights(copy, &like)))
            .and_then(|copy| replace(copy, &path));
        replaced.map_err(|source| RestoreError::Unwritable {
            path,
            source: source.into(),
        })
    }
}

/// Refuses a file that is no store. A store may have lost its header: if it has a lock or a log, it
/// counts as one.
async fn refuse_no_store<Problem>(path: &Path, kind: &Kind) -> Result<(), RestoreError<Problem>> {
    let had_handles = lock::lock_beside(path).exists() || log_beside(path, LOG).is_some();
    match refuse_other_file(path, kind, kind.marks_without_log(path).await) {
        Err(OpenError::NotADatabase { .. }) if had_handles => Ok(()),
        Err(source @ (OpenError::NotADatabase { .. } | OpenError::ForeignDatabase { .. })) => {
            let path = path.to_owned();
            Err(RestoreError::OtherFile { path, source })
        }
        _ => Ok(()),
    }
}

/// Removes the further names that a replacement leaves when it is killed before its rename. With
/// two names, a file has two logs.
fn remove_second_names(path: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(());
    };
    let own = |suffix| number(&std::fs::metadata(beside(path, suffix)).ok()?);
    let files: Vec<_> = OLD.into_iter().filter_map(own).collect();
    let old = format!("{}{OLD_NAME}", name.to_string_lossy());
    for entry in std::fs::read_dir(folder)?.flatten() {
        let name = entry.file_name();
        let is_ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(&old) || name.starts_with(PROBE));
        let is_second = number(&entry.metadata()?).is_some_and(|found| files.contains(&found));
        if is_ours && is_second {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Locks the old file as SQLite does, so that programs that do not know the lock of this crate stay
/// out. A second name keeps SQLite from the log. A file that is no database has no lock.
///
/// # Errors
/// A program has the file open.
async fn lock_out(path: &Path) -> Result<Option<SqliteConnection>, sqlx::Error> {
    let folder = path.parent().unwrap_or(path);
    let mut builder = tempfile::Builder::new();
    let linked = builder
        .prefix(PROBE)
        .make_in(folder, |name| std::fs::hard_link(path, name));
    let Ok(name) = linked else {
        return Ok(None);
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
        Err(error) if is_busy(&error) => Err(error),
        locked => Ok(locked.ok()),
    }
}

/// Puts the copy in the place of the file. Returns the new names of the old file and its log.
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
