//! Whether the path of an open file still leads to the files that were opened.
//!
//! A file can be moved, deleted or replaced while it is open. SQLite goes on with the open file,
//! which has no name any more, and everything that is written there is lost. So a handle compares
//! the path with the open files before each answer. It uses `stat` only: to open and close the
//! file would release the locks of SQLite.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};

use crate::error::{FileError, code, primary_code};
use crate::footprint::{Footprint, Way, length_of_log};
use crate::kind::{Kind, Row};
use crate::names::names;

/// The state at the beginning of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    pub(crate) footprint: Footprint,
    /// Whether the handle kept the log open: then its connections are correct beside writers.
    keeps_log: bool,
}

/// The files that a handle has opened.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) path: PathBuf,
    names: [PathBuf; 3],
    pub(crate) kind: &'static Kind,
    /// The row of the file, if it could be read.
    row: Option<Row>,
    /// Whether this handle keeps the log open, so that nobody may remove it.
    keeps_log: AtomicBool,
    is_lost: AtomicBool,
    /// Whether commits were found to be missing.
    lacks_commits: AtomicBool,
    /// The length of the log at the last look.
    log_length: AtomicU64,
    /// Keeps SQLite from copying the log into a file that has become another one: the last
    /// connection that is closed does that, but not one that only reads.
    guard: Mutex<Option<SqliteConnection>>,
    last: Mutex<Footprint>,
}

impl Identity {
    pub(crate) fn new(path: &Path, kind: &'static Kind, row: Option<Row>, keeps_log: bool) -> Self {
        let names = names(path);
        Self {
            path: path.to_owned(),
            kind,
            row,
            keeps_log: keeps_log.into(),
            is_lost: false.into(),
            lacks_commits: false.into(),
            log_length: 0.into(),
            guard: Mutex::default(),
            last: Mutex::new(Footprint::of(&names)),
            names,
        }
    }

    /// The files as they were at the last look.
    pub(crate) fn last(&self) -> Before {
        Before {
            keeps_log: self.keeps_log.load(Ordering::Relaxed),
            footprint: *lock(&self.last),
        }
    }

    /// Whether an earlier look has found that the path leads elsewhere.
    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }

    /// Notes that commits are missing, unless a look at the path has found another file.
    pub(crate) fn lose(&self) {
        if !self.is_lost.swap(true, Ordering::Relaxed) {
            self.lacks_commits.store(true, Ordering::Relaxed);
        }
    }

    /// The length of the log, and whether it was longer at the last look.
    pub(crate) fn look_at_log(&self) -> (u64, bool) {
        let length = length_of_log(&self.names[1]);
        let before = self.log_length.swap(length, Ordering::Relaxed);
        (length, length < before)
    }

    /// Lets others remove the log from now on. But the log stays if commits are missing: it may
    /// have those that its index lacks, and SQLite would copy its gaps into the file.
    pub(crate) async fn give_up_log(&self) {
        if self.lacks_commits.load(Ordering::Relaxed) {
            self.protect().await;
        }
        self.keeps_log.store(false, Ordering::Relaxed);
    }

    /// Ends after all other connections are closed.
    pub(crate) async fn end(&self) {
        let guard = lock(&self.guard).take();
        if let Some(guard) = guard {
            let _ = guard.close().await;
        }
    }

    /// Looks whether an answer that began at the footprint `before` stands. If not, another process
    /// has begun or ended to use a log meanwhile: this calls `forget`, which gives up the
    /// connections of earlier reads; then read again.
    ///
    /// # Errors
    /// [`FileError::Replaced`] from the moment on when the path leads to another file.
    pub(crate) async fn confirms(
        &self,
        before: &Before,
        forget: impl FnOnce() + Send,
    ) -> Result<bool, FileError> {
        if self.is_lost() {
            return Err(FileError::Replaced);
        }
        let now = Footprint::of(&self.names);
        let log_length = now.log_length();
        self.log_length.fetch_max(log_length, Ordering::Relaxed);
        let (had_log, before) = (before.keeps_log, &before.footprint);
        let leads_there = now.leads_to(before);
        let is_shared = had_log || before.way() == Way::Logged;
        let stands = leads_there && (is_shared || now == *before);
        let is_unwritten = now.is_unwritten_since(before);
        if stands && is_unwritten {
            return Ok(true);
        }
        let is_same = now.is_same_file(before);
        let has_its_row = match is_same && !is_unwritten {
            true => self.has_its_row().await,
            false => Some(true),
        };
        let keeps_log = self.keeps_log.load(Ordering::Relaxed);
        let is_here = is_same && (leads_there || !keeps_log) && now.length() >= before.length();
        if !is_here || has_its_row == Some(false) {
            if !self.is_lost.swap(true, Ordering::Relaxed) && is_same && keeps_log {
                self.protect().await;
            }
            return Err(FileError::Replaced);
        }
        // A read may end after its handle was closed and has removed the log itself.
        let stands = stands || had_log;
        if !stands {
            // Before another read can begin at the new footprint with an old connection.
            forget();
        }
        *lock(&self.last) = match has_its_row {
            Some(_) => now,
            None => now.outdated(),
        };
        Ok(stands)
    }

    /// Keeps SQLite from copying and removing the log of this handle when the handle is closed.
    async fn protect(&self) {
        let connect = SqliteConnectOptions::new()
            .filename(&self.path)
            .read_only(true);
        if let Ok(mut guard) = connect.connect().await {
            // Only the lock that this takes counts. The schema may be unreadable.
            let _ = guard.execute("PRAGMA schema_version").await;
            *lock(&self.guard) = Some(guard);
        }
    }

    /// Whether the row in the file, without its log, can follow that at the opening. It cannot if
    /// the file has become another one in its place, for example by `cp`. `None` if it is not
    /// known.
    async fn has_its_row(&self) -> Option<bool> {
        let Some(opened) = &self.row else {
            return Some(true);
        };
        match self.kind.marks_without_log(&self.path).await {
            Ok(marks) => marks.row.map(|found| found.may_follow(opened)),
            Err(error) if primary_code(&error) == Some(code::NOTADB) => Some(false),
            // For example the first checkpoint of the file, on its way.
            Err(_) => None,
        }
    }
}

impl Drop for Identity {
    /// The other connections end later, in threads of their own. So the guard stays until the
    /// process ends.
    fn drop(&mut self) {
        if let Some(guard) = lock(&self.guard).take() {
            std::mem::forget(guard);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
