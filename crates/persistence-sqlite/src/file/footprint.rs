//! The files of a store as `stat` shows them, and the way to read them.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::beside::{INDEX, LOG, beside, resolve};

/// A log with no more bytes than its header has nothing.
const LOG_HEADER: u64 = 32;

/// A file as `stat` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    file: (u64, u64),
    length: u64,
    modified: Option<SystemTime>,
}

/// The store, its log and the index of the log at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Footprint([Option<Seen>; 3]);

/// A way to read a store without creating a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By the log and its index, which are there: correct beside writers.
    Shared,
    /// By the log, whose index is missing: SQLite creates it.
    NewIndex,
    /// By the file alone, since the log has nothing. Correct while nobody writes.
    Unlogged,
}

impl Footprint {
    pub(super) fn of(names: &[PathBuf; 3]) -> Self {
        Self(names.each_ref().map(|name| seen(name)))
    }

    pub(super) fn at(path: &Path) -> Self {
        Self::of(&names(path))
    }

    /// A writer needs an index. So it is away, or left by a writer that has ended, wherever nobody
    /// writes; SQLite recognizes the latter.
    pub(super) fn way(&self) -> Way {
        match self.0 {
            [_, Some(log), index] if log.length > LOG_HEADER => match index {
                Some(_) => Way::Shared,
                None => Way::NewIndex,
            },
            _ => Way::Unlogged,
        }
    }

    /// Whether the names lead to the same files.
    pub(super) fn leads_to(&self, other: &Self) -> bool {
        let files = |footprint: &Self| footprint.0.map(|seen| seen.map(|seen| seen.file));
        files(self) == files(other)
    }

    /// Whether the store itself, without its log, is the same file.
    pub(super) fn is_same_store(&self, other: &Self) -> bool {
        matches!((self.0[0], other.0[0]), (Some(one), Some(two)) if one.file == two.file)
    }

    pub(super) fn is_missing(&self) -> bool {
        self.0[0].is_none()
    }

    /// The length of the store.
    pub(super) fn length(&self) -> u64 {
        self.0[0].map_or(0, |store| store.length)
    }

    /// The same, but the store counts as written after it.
    pub(super) fn unsettled(mut self) -> Self {
        if let [Some(store), ..] = &mut self.0 {
            store.modified = None;
        }
        self
    }

    /// Whether the store has not been written since the footprint `other`.
    pub(super) fn is_unwritten_since(&self, other: &Self) -> bool {
        self.0[0] == other.0[0]
    }
}

/// The paths of the three files.
pub(super) fn names(path: &Path) -> [PathBuf; 3] {
    let file = resolve(path);
    [path.to_owned(), beside(&file, LOG), beside(&file, INDEX)]
}

fn seen(name: &Path) -> Option<Seen> {
    let found = std::fs::metadata(name).ok()?;
    Some(Seen {
        file: number(&found),
        length: found.len(),
        modified: found.modified().ok(),
    })
}

/// The device and the number of a file.
#[cfg(unix)]
fn number(found: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

/// Other systems keep an open file where it is.
#[cfg(not(unix))]
fn number(_: &Metadata) -> (u64, u64) {
    (0, 0)
}
