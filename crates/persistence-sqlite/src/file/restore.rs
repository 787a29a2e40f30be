//! Backups, and the way back.

use std::path::{Path, PathBuf};

use sqlite_file::{BackupError, OpenError, Replacement};

use super::report::{CheckReport, Problem};
use super::schema::STORE;
use crate::options::SqliteOptions;
use crate::store::SqliteStore;

/// A backup was not restored. The store is as it was before, or marked and refused; restore again.
pub type RestoreError = sqlite_file::RestoreError<Problem>;

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
        self.file().back_up(path.as_ref()).await
    }

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
        let backup = backup.as_ref();
        let replacement = Replacement::prepare(backup, path.as_ref(), &STORE).await?;
        let copy = Self::open_with(replacement.copy(), SqliteOptions::new().read_only()).await?;
        let report = copy.check(|_| ()).await;
        copy.close().await;
        let report = report.map_err(OpenError::from)?;
        if !report.is_clean() {
            return Err(RestoreError::Damaged {
                path: backup.into(),
                problems: report.problems,
            });
        }
        let set_aside = replacement.finish()?;
        Ok(Restored { set_aside, report })
    }
}
