//! The moment of an earlier state: a version, a position or a time.

use jiff::Timestamp;

use crate::{GlobalPosition, RecordedEvent, StreamVersion};

/// The moment of the state that a load returns. Each bound is inclusive. A bound after the end of
/// the history means the present.
///
/// For example, the events of `lamp-7` have the positions 3, 5 and 9. `Position(5)` and
/// `Position(8)` both load the state at version 2, and `Version(40)` loads the state at version 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// After the event with this version of its stream.
    Version(StreamVersion),
    /// After the event at this position of the log, or the last one of the stream before it.
    Position(GlobalPosition),
    /// After the last event that was recorded at or before this time, to the microsecond.
    Time(Timestamp),
}

impl AsOf {
    /// The present.
    pub(super) const NOW: Self = Self::Version(StreamVersion::MAX);

    /// An upper bound of the version: known without a read for `Version`, the maximum otherwise.
    pub(super) fn highest_version(self) -> StreamVersion {
        match self {
            Self::Version(version) => version,
            Self::Position(_) | Self::Time(_) => StreamVersion::MAX,
        }
    }

    /// Whether an event is within the bound. Once one is not, none after it in its stream is.
    #[must_use]
    pub fn includes(self, event: &RecordedEvent) -> bool {
        match self {
            Self::Version(version) => event.version <= version,
            Self::Position(position) => event.position <= position,
            Self::Time(time) => event.recorded_at <= time,
        }
    }
}
