//! Whether the path of a store still leads to the files that were opened.
//!
//! A file can be moved, deleted or replaced while it is open. SQLite goes on with the open file,
//! which has no name any more, and everything that is written there is lost. So a handle compares
//! the path with the open files before each answer. It uses `stat` only: to open and close the
//! file would release the locks of SQLite.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::footprint::{Footprint, Way, names};
use super::schema::{self, StoreRow};
use crate::error::{FileError, code, primary_code};

/// The row of the table `store`, compared with the one at the opening.
#[derive(PartialEq, Eq)]
enum Row {
    Same,
    Other,
    Unknown,
}

/// The files that a handle has opened.
#[derive(Debug)]
pub(crate) struct Identity {
    path: PathBuf,
    names: [PathBuf; 3],
    /// The row of the table `store`, if it could be read.
    row: Option<StoreRow>,
    /// Whether this handle keeps the log open, so that nobody may remove it.
    keeps_log: AtomicBool,
    is_lost: AtomicBool,
    last: Mutex<Footprint>,
}

impl Identity {
    pub(crate) fn new(path: &Path, row: Option<StoreRow>, keeps_log: bool) -> Self {
        let names = names(path);
        Self {
            path: path.to_owned(),
            row,
            keeps_log: keeps_log.into(),
            is_lost: false.into(),
            last: Mutex::new(Footprint::of(&names)),
            names,
        }
    }

    /// The files as they were at the last look.
    pub(crate) fn last(&self) -> Footprint {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets others remove the log: the handle is closed.
    pub(crate) fn release_log(&self) {
        self.keeps_log.store(false, Ordering::Relaxed);
    }

    /// Whether an earlier look has found that the path leads elsewhere.
    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }

    /// Looks whether an answer that began at the footprint `before` stands. If not, another process
    /// has begun or ended to use a log meanwhile: read again, with new connections.
    ///
    /// # Errors
    /// [`FileError::Replaced`] from the moment on when the path leads to another file.
    pub(crate) async fn confirms(&self, before: &Footprint) -> Result<bool, FileError> {
        let now = Footprint::of(&self.names);
        let leads_there = now.leads_to(before);
        let stands = leads_there && (before.way() == Way::Shared || now == *before);
        let is_unwritten = now.is_unwritten_since(before);
        if stands && is_unwritten && !self.is_lost() {
            return Ok(true);
        }
        let is_kept = leads_there || !self.keeps_log.load(Ordering::Relaxed);
        let is_here = now.is_same_store(before) && is_kept && now.length() >= before.length();
        let row = match is_unwritten {
            true => Row::Same,
            false => self.row().await,
        };
        if self.is_lost() || !is_here || row == Row::Other {
            self.is_lost.store(true, Ordering::Relaxed);
            return Err(FileError::Replaced);
        }
        let looked = if row == Row::Unknown {
            now.unsettled()
        } else {
            now
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = looked;
        Ok(stands)
    }

    /// Compares the row of the store in the file, without its log, with the one at the opening. It
    /// differs if the file has become another store in its place, for example by `cp`.
    async fn row(&self) -> Row {
        let Some(opened) = &self.row else {
            return Row::Same;
        };
        match schema::row_without_log(&self.path).await {
            Ok(found) if found.may_follow(opened) => Row::Same,
            Ok(_) => Row::Other,
            Err(error) if primary_code(&error) == Some(code::NOTADB) => Row::Other,
            // For example the first checkpoint of the file, on its way.
            Err(_) => Row::Unknown,
        }
    }
}
