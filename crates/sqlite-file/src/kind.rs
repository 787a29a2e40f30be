//! A kind of files: its layout, and the marks by which a file of it is recognised.

use std::path::Path;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor, raw_sql};

use crate::connection::look;
use crate::footprint::Way;
use crate::open_error::OpenError;

/// A kind of files, for example the stores of events.
#[derive(Debug)]
pub struct Kind {
    /// The `application_id` of its files
    /// (<https://sqlite.org/pragma.html#pragma_application_id>).
    pub application_id: i64,
    /// The newest layout: the highest `user_version` that this program knows.
    pub version: i64,
    /// Creates the layout and sets both numbers, in one text with the transaction around it: sqlx
    /// runs all of it, whether or not it is polled, so that an abandoned opening keeps no lock.
    pub script: &'static str,
    /// Returns one row: the id of the file, a blob, and whether the file is a marked backup.
    pub row: &'static str,
    /// Sets the mark to the value `?1`.
    pub mark: &'static str,
}

/// The marks of a file.
#[derive(Debug)]
pub(crate) struct Marks {
    application_id: i64,
    user_version: i64,
    /// Whether the file has nothing in it yet, and texts in UTF-8: a file keeps its encoding for
    /// good.
    pub(crate) is_new: bool,
    /// `None` if it cannot be read.
    pub(crate) row: Option<Row>,
}

impl Marks {
    pub(crate) fn is_backup(&self) -> bool {
        self.row.as_ref().is_some_and(|row| row.is_backup)
    }
}

/// The row by which the files of a kind are told apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    id: Vec<u8>,
    is_backup: bool,
}

impl Row {
    /// Whether a file with the row `earlier` can have this one later. Only the first opening of a
    /// backup changes the row.
    pub(crate) fn may_follow(&self, earlier: &Self) -> bool {
        self.id == earlier.id && (earlier.is_backup || !self.is_backup)
    }
}

impl Kind {
    pub(crate) async fn marks(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<Marks, sqlx::Error> {
        // One statement reads one moment.
        let marks = sqlx::query_as(
            "SELECT a.application_id, u.user_version, a.application_id = 0 AND u.user_version = 0
                AND e.encoding = 'UTF-8' AND NOT EXISTS (SELECT 1 FROM sqlite_schema)
             FROM pragma_application_id AS a, pragma_user_version AS u, pragma_encoding AS e",
        );
        let (application_id, user_version, is_new) = marks.fetch_one(&mut *connection).await?;
        let row = sqlx::query_as(self.row).fetch_one(connection).await;
        Ok(Marks {
            application_id,
            user_version,
            is_new,
            row: row.ok().map(|(id, is_backup)| Row { id, is_backup }),
        })
    }

    /// The marks in the file itself, whatever the log beside it has.
    pub(crate) async fn marks_without_log(&self, path: &Path) -> Result<Marks, sqlx::Error> {
        let mut connection = look(path, Way::Alone).await?;
        let marks = self.marks(&mut connection).await;
        connection.close().await?;
        marks
    }

    /// Refuses the marks of other kinds and of newer layouts.
    pub(crate) fn check(&self, path: &Path, marks: &Marks) -> Result<(), OpenError> {
        let path = path.to_owned();
        let is_ours = marks.application_id == self.application_id && marks.user_version > 0;
        if !is_ours && !marks.is_new {
            return Err(OpenError::ForeignDatabase {
                path,
                application_id: marks.application_id,
            });
        }
        if marks.user_version > self.version {
            return Err(OpenError::NewerLayout {
                path,
                found: marks.user_version,
                known: self.version,
            });
        }
        Ok(())
    }

    /// Marks the file as a backup, or as a file that is in use.
    pub(crate) async fn set_mark(
        &self,
        connection: &mut SqliteConnection,
        is_backup: bool,
    ) -> Result<(), sqlx::Error> {
        // Only a few bytes change, so the file needs no journal, which could be left beside it.
        // Another process may have begun a log in the meantime; then this fails, and the log does
        // the same.
        let _ = connection.execute("PRAGMA journal_mode = MEMORY").await;
        let mark = sqlx::query(self.mark).bind(is_backup);
        mark.execute(connection).await.map(drop)
    }

    /// Creates the layout in a new file, or leaves the one that another process has just created.
    ///
    /// # Errors
    /// Errors of SQLite; the file has no layout then.
    pub async fn create(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let created = raw_sql(self.script).execute(&mut *connection).await;
        if created.is_err() {
            // Most errors have ended the transaction already.
            let _ = connection.execute("ROLLBACK").await;
        }
        created.map(drop)
    }
}
