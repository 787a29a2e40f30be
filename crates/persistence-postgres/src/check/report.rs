//! The report of an examination of a store.

use std::fmt;

use shared_kernel::time::FarAhead;

/// A problem of a store. Its text is a sentence without the point.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A column, key, trigger or function of the layout is missing or changed.
    LayoutChanged {
        /// Its name.
        name: String,
    },
    /// A role may change what only the function of appends may change.
    RightTooWide {
        /// The role; `PUBLIC` for all.
        role: String,
        /// The right, for example `UPDATE`.
        right: String,
        /// The table or the function.
        object: String,
    },
    /// The end of the log is missing in the table `head`.
    HeadMissing,
    /// The end of the log in the table `head` is not the last event.
    HeadMisleads {
        /// The position in the table `head`.
        head: u64,
        /// The position of the last event.
        last: u64,
    },
    /// The table `head` has another time than the last event.
    HeadTimeDiffers {
        /// The position of the event.
        position: u64,
    },
    /// Positions are not 1, 2, 3 … up to the last one.
    PositionGap {
        /// The first position that is missing.
        missing: u64,
    },
    /// The versions of a stream are not 1, 2, 3 … in the order of the log.
    VersionMisleads {
        /// The name of the stream.
        stream: String,
        /// The position of the first event with a wrong version.
        position: u64,
        /// The right version.
        expected: u64,
        /// The version that it has.
        found: i64,
    },
    /// Two events have one id.
    IdTwice {
        /// The position of the later one.
        position: u64,
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
    /// The leap in the table `head` is not that of the times of the log.
    LeapDiffers {
        /// The position of the last event.
        position: u64,
    },
    /// PostgreSQL reports damage, or misses a table.
    Database {
        /// The report.
        message: String,
    },
    /// An event cannot be read.
    Unreadable {
        /// Which event, and why.
        message: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LayoutChanged { name } => {
                write!(f, "`{name}` of the schema annals is missing or was changed")
            }
            Self::RightTooWide {
                role,
                right,
                object,
            } => write!(f, "the role {role} has the right {right} on {object}"),
            Self::HeadMissing => f.write_str("the table head has not one row"),
            Self::HeadMisleads { head, last } => write!(
                f,
                "the table head has position {head}, but the last event has position {last}"
            ),
            Self::HeadTimeDiffers { position } => write!(
                f,
                "the table head has another time than the event at position {position}"
            ),
            Self::PositionGap { missing } => write!(f, "position {missing} is missing"),
            Self::VersionMisleads {
                stream,
                position,
                expected,
                found,
            } => write!(
                f,
                "the event at position {position} has version {found} of stream {stream}, but \
                 version {expected} comes there"
            ),
            Self::IdTwice { position } => write!(
                f,
                "the event at position {position} has the id of an event before it"
            ),
            Self::TimeMarkMisleads { position } => write!(
                f,
                "the time mark at position {position} has another time than its events"
            ),
            Self::TimeWentBack { position } => write!(
                f,
                "the time of the event at position {position} cannot follow those before it"
            ),
            Self::LeapDiffers { position } => write!(
                f,
                "the leap at position {position} does not follow from the times before it"
            ),
            Self::Database { message } => f.write_str(message),
            Self::Unreadable { message } => write!(f, "an event cannot be read: {message}"),
        }
    }
}

/// The result of an examination.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CheckReport {
    /// The number of events that were read.
    pub events: u64,
    /// The number of streams.
    pub streams: u64,
    /// The problems; empty for a sound store.
    pub problems: Vec<Problem>,
    /// The events with times far ahead, in the order of the log.
    pub far_ahead: Vec<FarAhead>,
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
