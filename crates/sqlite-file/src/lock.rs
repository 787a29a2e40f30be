//! The lock of a file: another file beside it, for example `lamps.annals-lock`.
//!
//! Each open handle holds the lock shared, and a replacement holds it alone. SQLite never opens
//! this file, so closing it cannot release a lock of SQLite
//! (<https://sqlite.org/howtocorrupt.html>, section 2.2).

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_timer::Delay;
use shared_kernel::StoreError;

use crate::names::{LOCK, beside, resolve};

/// The path of the lock.
pub(crate) fn lock_beside(path: &Path) -> PathBuf {
    beside(&resolve(path), LOCK)
}

/// Opens the file of the lock, and creates it if `creates`.
fn open(path: &Path, creates: bool) -> io::Result<File> {
    let name = lock_beside(path);
    // To open a pipe would wait for its other end.
    if std::fs::metadata(&name).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut writing = OpenOptions::new();
    writing.read(true).append(true).create(true);
    let written = creates.then(|| writing.open(&name).ok()).flatten();
    // A lock needs no right to write.
    written.map_or_else(|| File::open(name), Ok)
}

/// Tries to lock until `patience` is over. Returns whether it has succeeded.
async fn try_until(
    try_lock: impl Fn() -> Result<(), TryLockError>,
    patience: Duration,
) -> io::Result<bool> {
    let deadline = Instant::now() + patience;
    loop {
        match try_lock() {
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                Delay::new(Duration::from_millis(10)).await;
            }
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) => return Ok(true),
        }
    }
}

/// Shares the lock of a file until it is dropped. Waits for a replacement, and fails with `Busy` if
/// that goes on. Returns `None` if this process may not open the lock: then the locks of SQLite
/// remain.
pub(crate) async fn share(
    path: &Path,
    creates: bool,
    patience: Duration,
) -> Result<Option<File>, StoreError> {
    let Ok(file) = open(path, creates) else {
        return Ok(None);
    };
    match try_until(|| file.try_lock_shared(), patience).await {
        Ok(true) => Ok(Some(file)),
        Ok(false) => Err(StoreError::busy(path.display().to_string())),
        // A file system without locks.
        Err(_) => Ok(None),
    }
}

/// Takes the lock of a file that no handle has open; `None` if one does. It waits a moment: a child
/// that this process has just forked keeps the lock of a closed handle until it runs its program.
pub(crate) async fn take(path: &Path, patience: Duration) -> io::Result<Option<File>> {
    let taken = async {
        let file = open(path, true)?;
        let is_taken = try_until(|| file.try_lock(), patience).await?;
        Ok(is_taken.then_some(file))
    };
    taken.await.map_err(|error: io::Error| {
        let problem = format!("the lock {}: {error}", lock_beside(path).display());
        io::Error::new(error.kind(), problem)
    })
}
