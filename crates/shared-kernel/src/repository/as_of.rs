//! Owns the moment as of which an aggregate is loaded.

use jiff::Timestamp;

use crate::{GlobalPosition, RecordedEvent, StreamVersion};

/// As of when an aggregate is loaded. Each bound is inclusive; beyond the end of the history it
/// means the present.
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

    /// The highest version that can be within the bound, as far as can be told without reading.
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
