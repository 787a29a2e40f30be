//! The report of an examination of a store.

use shared_kernel::time::FarAhead;

/// A problem of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// SQLite reports a damaged file, or a broken constraint.
    Integrity {
        /// The report of SQLite.
        message: String,
    },
    /// A table, trigger or view of the layout is missing or changed.
    LayoutChanged {
        /// Its name.
        name: String,
    },
    /// Positions are not 1, 2, 3 … up to the last one.
    PositionGap {
        /// The first position that is missing.
        missing: u64,
    },
    /// The columns of a batch and its text disagree.
    BatchDiffers {
        /// The position of its last event.
        position: u64,
    },
    /// The versions of a stream are not 1, 2, 3 … up to its last one.
    VersionGap {
        /// The name of the stream.
        stream: String,
        /// The number of its events.
        events: u64,
        /// The lowest version found.
        first: u64,
        /// The highest version found.
        last: u64,
    },
    /// A stream is listed and has no event.
    EmptyStream {
        /// The name of the stream.
        stream: String,
    },
    /// Reading a stream by the stream index does not give its events in the log.
    StreamMisleads {
        /// The name of the stream.
        stream: String,
    },
    /// The stream index has entries for a stream that is not listed.
    StreamIndexDiffers,
    /// The index of event ids does not lead to the events.
    IdMisleads {
        /// The position of an event that is not found by its id; `None` if the index has ids of no
        /// event.
        position: Option<u64>,
    },
    /// A time mark does not have the earliest time of its stretch of the log.
    TimeMarkMisleads {
        /// The position of the mark.
        position: u64,
    },
    /// The time of an event cannot follow those before it: times go back only where a clock had
    /// been far ahead ([law 18](shared_kernel::laws#law-18)).
    TimeWentBack {
        /// The position of the event.
        position: u64,
    },
    /// The leap of the last batch is not that of the times before it.
    LeapDiffers {
        /// The position of its last event.
        position: u64,
    },
    /// An event cannot be read.
    Unreadable {
        /// Which batch, and why.
        message: String,
    },
}

/// The result of an examination.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CheckReport {
    /// The number of events that were read.
    pub events: u64,
    /// The number of streams that are listed.
    pub streams: u64,
    /// The problems; empty for a sound store.
    pub problems: Vec<Problem>,
    /// The events with times far ahead, in the order of the log.
    pub far_ahead: Vec<FarAhead>,
    /// The pages of 4 KiB in the write-ahead log.
    pub log_pages: u64,
    /// How many of them are copied into the file. Where the log is long and these stay behind,
    /// another program has an old read transaction open.
    pub log_pages_copied: u64,
}

impl CheckReport {
    /// Whether there are no problems.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// The progress of an examination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckProgress {
    /// The number of events that were read.
    pub read: u64,
    /// The number of events to read.
    pub total: u64,
}
