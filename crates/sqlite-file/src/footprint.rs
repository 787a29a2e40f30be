//! A file, its log and the index of the log as `stat` shows them, and the way to read them.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::names::names;
use crate::rights::number;

/// A log with no more bytes than its header has nothing.
pub(crate) const LOG_HEADER: u64 = 32;

/// A file as `stat` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    number: Option<(u64, u64)>,
    length: u64,
    /// Only of the file itself. Each write to the log would cost more after a look at its time: see
    /// [`without_time`].
    modified: Option<SystemTime>,
}

/// The file, its log and the index of the log at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Footprint([Option<Seen>; 3]);

/// A way to read a file without creating one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By the log: correct beside writers.
    Logged,
    /// By the file alone, since the log has nothing. Correct while nobody writes.
    Alone,
}

impl Footprint {
    pub(crate) fn of(names: &[PathBuf; 3]) -> Self {
        let [file, log, index] = names;
        Self([seen(file), without_time(log), without_time(index)])
    }

    pub(crate) fn at(path: &Path) -> Self {
        Self::of(&names(path))
    }

    pub(crate) fn way(&self) -> Way {
        match self.0[1] {
            Some(log) if log.length > LOG_HEADER => Way::Logged,
            _ => Way::Alone,
        }
    }

    /// Whether the names lead to the same files.
    pub(crate) fn leads_to(&self, other: &Self) -> bool {
        let files = |footprint: &Self| footprint.0.map(|seen| seen.map(|seen| seen.number));
        files(self) == files(other)
    }

    /// Whether the file itself, without its log, is the same.
    pub(crate) fn is_same_file(&self, other: &Self) -> bool {
        matches!((self.0[0], other.0[0]), (Some(one), Some(two)) if one.number == two.number)
    }

    pub(crate) fn is_missing(&self) -> bool {
        self.0[0].is_none()
    }

    /// The length of the file.
    pub(crate) fn length(&self) -> u64 {
        self.0[0].map_or(0, |file| file.length)
    }

    /// The length of the log.
    pub(crate) fn log_length(&self) -> u64 {
        self.0[1].map_or(0, |log| log.length)
    }

    /// Whether the file has not been written since the footprint `other`.
    pub(crate) fn is_unwritten_since(&self, other: &Self) -> bool {
        self.0[0] == other.0[0]
    }

    /// The same, but the file counts as written after it.
    pub(crate) fn outdated(mut self) -> Self {
        if let [Some(file), ..] = &mut self.0 {
            file.modified = None;
        }
        self
    }
}

/// The length of a log; 0 if it is missing.
pub(crate) fn length_of_log(log: &Path) -> u64 {
    without_time(log).map_or(0, |seen| seen.length)
}

fn seen(name: &Path) -> Option<Seen> {
    let found = std::fs::metadata(name).ok()?;
    Some(Seen {
        number: number(&found),
        length: found.len(),
        modified: found.modified().ok(),
    })
}

/// A file without its time.
///
/// Linux, from 6.13 on, gives a file a new time for the first write after each look at its time. An
/// `fsync` then has to write the time, too: appends took up to half as long again
/// (<https://docs.kernel.org/filesystems/multigrain-ts.html>).
#[cfg(target_os = "linux")]
fn without_time(name: &Path) -> Option<Seen> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, makedev, statx};

    match statx(
        CWD,
        name,
        AtFlags::empty(),
        StatxFlags::INO | StatxFlags::SIZE,
    ) {
        Ok(found) => Some(Seen {
            number: Some((
                makedev(found.stx_dev_major, found.stx_dev_minor),
                found.stx_ino,
            )),
            length: found.stx_size,
            modified: None,
        }),
        // Old kernels and some containers have no `statx`.
        Err(_) => Some(Seen {
            modified: None,
            ..seen(name)?
        }),
    }
}

#[cfg(not(target_os = "linux"))]
fn without_time(name: &Path) -> Option<Seen> {
    Some(Seen {
        modified: None,
        ..seen(name)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_seen_with_its_number_and_length_and_without_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("store-wal");
        assert_eq!(without_time(&name), None);
        std::fs::write(&name, [0; 33]).unwrap();
        let found = without_time(&name).unwrap();
        assert_eq!(found.modified, None);
        let with_time = seen(&name).unwrap();
        assert!(with_time.modified.is_some());
        assert_eq!((found.number, found.length), (with_time.number, 33));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_log_is_seen_as_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let (name, link) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&name, "log").unwrap();
        std::os::unix::fs::symlink(&name, &link).unwrap();
        assert_eq!(without_time(&link), without_time(&name));
    }
}
