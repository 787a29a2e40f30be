//! Properties of files that each system has in its own way: numbers, names, owners and rights.

use std::fs::Metadata;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::names::names;

#[derive(Debug, Clone, Copy)]
enum Right {
    Read,
    Write,
}

/// The file that keeps this process from reading an existing file, with its owner and its mode.
pub(crate) fn unreadable(path: &Path) -> Option<String> {
    first_refused(names(path), Right::Read)
}

/// The file or folder that keeps this process from writing to an existing file, with its owner and
/// its mode. For example a log that another user has left.
#[must_use]
pub fn obstacle(path: &Path) -> Option<String> {
    let files = names(path);
    let is_complete = files.iter().all(|file| file.exists());
    let folder = files[1].parent().filter(|_| !is_complete);
    let folder = folder.map(Path::to_owned);
    first_refused(files.into_iter().chain(folder), Right::Write)
}

fn first_refused(files: impl IntoIterator<Item = PathBuf>, right: Right) -> Option<String> {
    files.into_iter().find_map(|file| {
        let found = std::fs::metadata(&file).ok()?;
        let reason = refusal(&file, &found, right)?;
        // The last program that used a log has taken it away in between.
        if reason.kind() == std::io::ErrorKind::NotFound {
            return None;
        }
        if reason.kind() == std::io::ErrorKind::ReadOnlyFilesystem {
            let file = file.display();
            return Some(format!(
                "{file} lies on a file system that is mounted for reading only"
            ));
        }
        let verb = match right {
            Right::Read => "read",
            Right::Write => "written",
        };
        let (file, owner) = (file.display(), owner(&found));
        Some(format!(
            "{file}{owner} may not be {verb} ({reason}); change its rights, or ask its owner"
        ))
    })
}

/// Why this process does not have a right.
#[cfg(unix)]
fn refusal(file: &Path, _: &Metadata, right: Right) -> Option<std::io::Error> {
    let access = match right {
        Right::Read => rustix::fs::Access::READ_OK,
        Right::Write => rustix::fs::Access::WRITE_OK,
    };
    let refused = rustix::fs::access(file, access).err()?;
    Some(refused.into())
}

#[cfg(not(unix))]
fn refusal(_: &Path, found: &Metadata, right: Right) -> Option<std::io::Error> {
    let is_read_only = matches!(right, Right::Write) && found.permissions().readonly();
    is_read_only.then(|| std::io::Error::other("it is read-only"))
}

/// The owner and the mode of a file, as ` (owner 1001, mode 644)`.
#[cfg(unix)]
fn owner(found: &Metadata) -> String {
    format!(" (owner {}, mode {:o})", found.uid(), found.mode() & 0o7777)
}

#[cfg(not(unix))]
fn owner(_: &Metadata) -> String {
    String::new()
}

/// The device and the number of a file. Systems other than Unix keep an open file where it is.
#[cfg(unix)]
pub(crate) fn number(found: &Metadata) -> Option<(u64, u64)> {
    Some((found.dev(), found.ino()))
}

#[cfg(not(unix))]
pub(crate) fn number(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// The number of names (hard links) of a file.
#[cfg(unix)]
pub(crate) fn count_names(found: &Metadata) -> u64 {
    found.nlink()
}

#[cfg(not(unix))]
pub(crate) fn count_names(_: &Metadata) -> u64 {
    1
}

/// Gives a file the mode and the owner of another one.
pub(crate) fn copy_rights(file: &Path, like: &Metadata) -> std::io::Result<()> {
    std::fs::set_permissions(file, like.permissions())?;
    #[cfg(unix)]
    if like.uid() != std::fs::metadata(file)?.uid() {
        let owner = like.uid();
        std::os::unix::fs::chown(file, Some(owner), Some(like.gid())).map_err(|error| {
            let problem = format!(
                "{} cannot be given to user {owner}: {error}",
                file.display()
            );
            std::io::Error::new(error.kind(), problem)
        })?;
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_taken_away_meanwhile_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        std::fs::write(&path, "").unwrap();
        let log = names(&path)[1].clone();
        std::thread::scope(|scope| {
            let others = scope.spawn(|| {
                for _ in 0..20_000 {
                    std::fs::write(&log, "").unwrap();
                    std::fs::remove_file(&log).unwrap();
                }
            });
            while !others.is_finished() {
                assert_eq!(obstacle(&path), None);
            }
        });
    }
}
