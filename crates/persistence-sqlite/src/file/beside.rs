//! The names of the files beside a store, and the one that keeps a process from writing.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// The write-ahead log.
pub(super) const LOG: &str = "-wal";

/// The index of the log, which the processes share.
pub(super) const INDEX: &str = "-shm";

/// The journal of a file that is not in WAL mode, such as a backup that is opened for the first
/// time.
pub(super) const JOURNAL: &str = "-journal";

/// The lock of this crate; see `lock.rs`.
pub(super) const LOCK: &str = "-lock";

/// The name of a file beside the store, for example `lamps.annals-wal`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The path without symbolic links: SQLite keeps the log beside the file itself.
pub(super) fn resolve(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The log or journal with content beside a file.
pub(super) fn log_beside(path: &Path) -> Option<PathBuf> {
    let path = resolve(path);
    let has_content = |log: &PathBuf| std::fs::metadata(log).is_ok_and(|log| log.len() > 0);
    [LOG, JOURNAL]
        .map(|suffix| beside(&path, suffix))
        .into_iter()
        .find(has_content)
}

/// The file that keeps this process from reading an existing store, with its owner and its mode.
pub(super) fn unreadable(path: &Path) -> Option<String> {
    let path = resolve(path);
    let companions = [LOG, INDEX].map(|suffix| beside(&path, suffix));
    first_refused([path].into_iter().chain(companions), Right::Read)
}

/// The file or folder that keeps this process from writing to an existing store, with its owner and
/// its mode. For example a log that another user has left.
pub(crate) fn obstacle(path: &Path) -> Option<String> {
    let path = resolve(path);
    let companions = [LOG, INDEX].map(|suffix| beside(&path, suffix));
    let is_complete = companions.iter().all(|file| file.exists());
    let folder = path.parent().filter(|_| !is_complete).map(Path::to_owned);
    let files = [path].into_iter().chain(companions).chain(folder);
    first_refused(files, Right::Write)
}

#[derive(Debug, Clone, Copy)]
enum Right {
    Read,
    Write,
}

fn first_refused(files: impl Iterator<Item = PathBuf>, right: Right) -> Option<String> {
    files
        .filter_map(|file| Some((std::fs::metadata(&file).ok()?, file)))
        .find_map(|(found, file)| {
            let reason = refusal(&file, &found, right)?;
            let verb = match right {
                Right::Read => "read",
                Right::Write => "written",
            };
            Some(format!(
                "{}{} may not be {verb} ({reason}); change its rights, or ask its owner",
                file.display(),
                rights(&found)
            ))
        })
}

/// Why this process does not have a right.
#[cfg(unix)]
fn refusal(file: &Path, _: &Metadata, right: Right) -> Option<String> {
    let access = match right {
        Right::Read => rustix::fs::Access::READ_OK,
        Right::Write => rustix::fs::Access::WRITE_OK,
    };
    let refused = rustix::fs::access(file, access).err()?;
    Some(std::io::Error::from(refused).to_string())
}

#[cfg(not(unix))]
fn refusal(_: &Path, found: &Metadata, right: Right) -> Option<String> {
    let is_read_only = matches!(right, Right::Write) && found.permissions().readonly();
    is_read_only.then(|| "it is read-only".to_owned())
}

/// The owner and the mode of a file, as ` (owner 1001, mode 644)`.
#[cfg(unix)]
fn rights(found: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!(" (owner {}, mode {:o})", found.uid(), found.mode() & 0o7777)
}

#[cfg(not(unix))]
fn rights(_: &Metadata) -> String {
    String::new()
}
