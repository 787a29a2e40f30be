//! The lock of a store: the file `lamps.annals-lock` beside it.
//!
//! Each open handle holds the lock shared, and a restore holds it alone. SQLite never opens this
//! file, so closing it cannot release a lock of SQLite
//! (<https://sqlite.org/howtocorrupt.html>, section 2.2).

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use futures_timer::Delay;
use shared_kernel::StoreError;

use super::beside::{LOCK, beside, resolve};

/// Opens the file of the lock, and creates it if `creates`. Returns `None` if this process may not
/// open it: then the locks of SQLite remain.
fn open(path: &Path, creates: bool) -> Option<File> {
    let name = beside(&resolve(path), LOCK);
    // To open a pipe would wait for its other end.
    if std::fs::metadata(&name).is_ok_and(|found| !found.is_file()) {
        return None;
    }
    let mut writing = OpenOptions::new();
    writing.read(true).append(true).create(true);
    let written = creates.then(|| writing.open(&name).ok()).flatten();
    // A lock needs no right to write.
    written.or_else(|| File::open(name).ok())
}

/// Shares the lock of a store until the file is dropped. Waits for a restore, and fails with `Busy`
/// if that goes on.
pub(super) async fn share(
    path: &Path,
    creates: bool,
    patience: Duration,
) -> Result<Option<File>, StoreError> {
    let deadline = Instant::now() + patience;
    let Some(file) = open(path, creates) else {
        return Ok(None);
    };
    loop {
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                Delay::new(Duration::from_millis(10)).await;
            }
            Err(TryLockError::WouldBlock) => {
                let location = path.display().to_string();
                return Err(StoreError::Busy { location });
            }
            // A file system without locks.
            Err(TryLockError::Error(_)) => return Ok(None),
            Ok(()) => return Ok(Some(file)),
        }
    }
}

/// Takes the lock of a store that no handle has open; `None` if one does.
pub(super) fn take(path: &Path) -> std::io::Result<Option<File>> {
    let missing = || std::io::Error::other("the file of the lock cannot be created");
    let file = open(path, true).ok_or_else(missing)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
        Ok(()) => Ok(Some(file)),
    }
}
