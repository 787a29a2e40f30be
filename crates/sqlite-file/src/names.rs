//! The names of the files beside a file.

use std::io;
use std::path::{Path, PathBuf};

/// The write-ahead log.
pub(crate) const LOG: &str = "-wal";

/// The index of the log, which the processes share.
pub(crate) const INDEX: &str = "-shm";

/// The journal of a file that is not in WAL mode, such as a backup that is opened for the first
/// time.
pub(crate) const JOURNAL: &str = "-journal";

/// The lock of this crate; see `lock.rs`.
pub(crate) const LOCK: &str = "-lock";

/// The name of a file beside another one, for example `lamps.annals-wal`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The path without symbolic links: SQLite keeps the log beside the file itself.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Refuses a symbolic link that leads to no file. SQLite would create the file where the link
/// leads, and its log beside it, out of sight of this crate.
pub(crate) fn refuse_dangling_link(path: &Path) -> io::Result<()> {
    match std::fs::read_link(path) {
        Ok(target) if !path.exists() => Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!(
                "it is a symbolic link to {}, which is not there",
                target.display()
            ),
        )),
        _ => Ok(()),
    }
}

/// The paths of a file, its log and the index of the log.
pub(crate) fn names(path: &Path) -> [PathBuf; 3] {
    let file = resolve(path);
    [path.to_owned(), beside(&file, LOG), beside(&file, INDEX)]
}

/// The log or the journal of a file, if it has content.
pub(crate) fn log_beside(path: &Path, suffix: &str) -> Option<PathBuf> {
    let log = beside(&resolve(path), suffix);
    let has_content = std::fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    has_content.then_some(log)
}
