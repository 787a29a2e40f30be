//! A copy of a file that is taken while it is in use.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use shared_kernel::StoreError;
use shared_kernel::codec::FormatError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::{NamedTempFile, TempPath};
use thiserror::Error;

use crate::connection::look;
use crate::error::FileError;
use crate::file::OpenFile;
use crate::footprint::{Footprint, Way};
use crate::kind::Kind;
use crate::names::{INDEX, JOURNAL, LOG, beside};

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

impl OpenFile {
    /// Copies the file into a new one at `path`, as it is at one moment, while readers and writers
    /// go on. The copy appears whole or not at all, is durable when this returns, and is marked as
    /// a backup.
    ///
    /// # Errors
    /// [`BackupError`].
    pub async fn back_up(&self, path: &Path) -> Result<(), BackupError> {
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
        let copy = Copy::beside(&absolute).map_err(|e| unwritable(e.into()))?;
        self.copy_into(&copy).await.map_err(|error| match error {
            // The file is only read.
            StoreError::Full { source, .. } => unwritable(source),
            error => error.into(),
        })?;
        let published = std::fs::metadata(self.path()).and_then(|own| {
            let copy = copy.finish(|copy| std::fs::set_permissions(copy, own.permissions()))?;
            copy.persist_noclobber(&absolute).map_err(|e| e.error)?;
            sync_folder(&absolute)
        });
        match published {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                Err(BackupError::Exists { path: path.into() })
            }
            published => published.map_err(|e| unwritable(e.into())),
        }
    }

    /// Copies the file. `Full` is about the disk of the copy.
    pub(crate) async fn copy_into(&self, copy: &Copy) -> Result<(), StoreError> {
        let way = || Footprint::at(self.path()).way();
        self.answer(|| copy.fill(self.path(), way(), self.identity.kind))
            .await
    }
}

/// A copy without a name of its own yet.
pub(crate) struct Copy(NamedTempFile);

impl Copy {
    /// A new file in the folder of `file`, which this process keeps locked. Removes those that
    /// killed processes have left, with their journals; their names have the exact form.
    pub(crate) fn beside(file: &Path) -> io::Result<Self> {
        let folder = file.parent().unwrap_or(file);
        for file in std::fs::read_dir(folder)?.flatten() {
            let name = file.file_name();
            let name = name.to_str().unwrap_or_default();
            let copy = name.strip_suffix(JOURNAL).unwrap_or(name);
            let is_random = |random: &str| {
                random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            let is_copy = copy.strip_prefix(UNFINISHED).is_some_and(is_random);
            let is_file = file.file_type().is_ok_and(|found| found.is_file());
            if is_copy && is_file && is_left(&folder.join(copy)) {
                // If it stays, the next copy tries again.
                let _ = std::fs::remove_file(file.path());
            }
        }
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix(UNFINISHED).rand_bytes(RANDOM);
        let copy = builder.tempfile_in(folder)?;
        copy.as_file().lock()?;
        Ok(Self(copy))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Copies the file at `path` into this one, which becomes a marked backup. A backup is not in
    /// WAL mode: so it needs no file beside it, and its mark is in the file itself.
    pub(crate) async fn fill(&self, path: &Path, way: Way, kind: &Kind) -> Result<(), FileError> {
        // An earlier attempt may have left something.
        self.0.as_file().set_len(0).map_err(sqlx::Error::Io)?;
        let mut connection = look(path, way).await?;
        let copied = sqlx::query("VACUUM INTO ?1").bind(self.path().display().to_string());
        copied.execute(&mut connection).await?;
        connection.close().await?;
        let copy = SqliteConnectOptions::new().filename(self.path());
        let mut copy = copy.disable_statement_logging().connect().await?;
        kind.set_mark(&mut copy, true).await?;
        Ok(copy.close().await?)
    }

    /// Makes the copy durable with the rights that `set_rights` gives it. Its lock ends here: to
    /// close it under its later name would release the locks of SQLite.
    pub(crate) fn finish(
        self,
        set_rights: impl FnOnce(&Path) -> io::Result<()>,
    ) -> io::Result<TempPath> {
        set_rights(self.path())?;
        // SQLite has written the copy under its name, so it is opened by its name to be synced.
        File::open(self.path())?.sync_all()?;
        Ok(self.0.into_temp_path())
    }
}

/// Whether no process makes this copy.
fn is_left(copy: &Path) -> bool {
    match File::open(copy) {
        Ok(copy) => copy.try_lock().is_ok(),
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

/// Makes the names in the folder of a file durable.
pub(crate) fn sync_folder(file: &Path) -> std::io::Result<()> {
    match file.parent() {
        // Not every system lets a program open a folder.
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
