//! The reasons for which a file cannot be opened.

use std::path::{Path, PathBuf};

use shared_kernel::StoreError;
use shared_kernel::codec::FormatError;
use thiserror::Error;

/// A file could not be opened as a store. It was not changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder of the file is missing, or may not be entered.
    #[error("cannot open {}; check that its folder exists, and the rights of both", path.display())]
    Unreachable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: FormatError,
    },
    /// There is no store at the path, and this handle creates none: the file is missing or empty.
    #[error("there is no store at {}", path.display())]
    NoStore {
        /// The file.
        path: PathBuf,
    },
    /// The path is not UTF-8, which SQLite requires.
    #[error("{} is not valid UTF-8; choose another path for the store", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The file is a backup, but the log of the store that was there before lies beside it. SQLite
    /// would copy that log into the backup and damage it.
    #[error(
        "{} is a backup, and {} has changes of the store that was there before it; put that log aside \
         with `annals restore {} --store {}`, or with SqliteStore::restore",
        path.display(), log.display(), quoted(path), quoted(path)
    )]
    BackupBesideLog {
        /// The file.
        path: PathBuf,
        /// The log.
        log: PathBuf,
    },
    /// There is no store at the path, but a log with changes of one. SQLite would delete it.
    #[error(
        "there is no store at {}, but {} has changes of one; move its store back beside it, or restore \
         a backup with `annals restore BACKUP --store {}`",
        path.display(), log.display(), quoted(path)
    )]
    LogWithoutStore {
        /// The file.
        path: PathBuf,
        /// The log.
        log: PathBuf,
    },
    /// The file has several names (hard links): each would have a log of its own.
    #[error(
        "{} has {names} names (hard links), and writing under two of them damages it; copy it with \
         `annals backup`, or remove the other names",
        path.display()
    )]
    SeveralNames {
        /// The file.
        path: PathBuf,
        /// The number of its names.
        names: u64,
    },
    /// The file is not an SQLite database.
    #[error("{} is not a database; choose another path for the store", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of another program.
    #[error(
        "{} is a database of another program (application id {application_id}); choose another path for the store",
        path.display()
    )]
    ForeignDatabase {
        /// The file.
        path: PathBuf,
        /// The application id found; 0 where it has none.
        application_id: i64,
    },
    /// The file was written by a newer version of this crate.
    #[error(
        "{} has layout {found}, this program knows up to {known}; use a newer program",
        path.display()
    )]
    NewerLayout {
        /// The file.
        path: PathBuf,
        /// The layout found (`user_version`).
        found: i64,
        /// The newest layout known.
        known: i64,
    },
    /// The file cannot have a write-ahead log, which a store needs: some network file systems do
    /// not support one.
    #[error(
        "{} stays in journal mode `{mode}`; put the store on a local disk that allows a write-ahead log",
        path.display()
    )]
    NoWriteAheadLog {
        /// The file.
        path: PathBuf,
        /// The journal mode that it has.
        mode: String,
    },
    /// The program is linked with an SQLite that is too old: it can damage a file in WAL mode.
    #[error("SQLite {found} is linked, {required} or newer is required")]
    SqliteTooOld {
        /// The version found.
        found: String,
        /// The oldest version allowed.
        required: String,
    },
    /// The store itself failed: busy, full, read-only, damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A path as a word for a shell.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    match path.chars().all(is_plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

impl OpenError {
    /// Whether opening the file again can succeed without a change from outside.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}
