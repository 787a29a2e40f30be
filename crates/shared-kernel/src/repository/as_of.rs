//! The moment of an earlier state: a version, a position or a time.

use jiff::Timestamp;

use crate::{EventStore, GlobalPosition, RecordedEvent, StoreError, StreamVersion};

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
    /// After the last event of the log that was recorded at or before this time, to the
    /// microsecond, or the last one of the stream before it ([law 55](crate::laws#law-55)).
    Time(Timestamp),
}

impl AsOf {
    /// The present.
    pub(super) const NOW: Self = Self::Version(StreamVersion::MAX);

    /// The last event of this moment, for a look at several events. A time is looked up in the log.
    ///
    /// # Errors
    /// [`StoreError`], as [`position_at`](EventStore::position_at).
    pub async fn bound(self, events: &(impl EventStore + ?Sized)) -> Result<Bound, StoreError> {
        Ok(match self {
            Self::Version(version) => Bound::Version(version),
            Self::Position(position) => Bound::Position(position),
            Self::Time(time) => {
                let position = events.position_at(time).await?;
                Bound::Position(position.unwrap_or(GlobalPosition::START))
            }
        })
    }
}

/// The last event of a moment, inclusive: an [`AsOf`] whose time was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The event with this version of its stream.
    Version(StreamVersion),
    /// The event at this position of the log.
    Position(GlobalPosition),
}

impl Bound {
    /// An upper bound of the version: known without a read for `Version`, the maximum otherwise.
    pub(super) fn highest_version(self) -> StreamVersion {
        match self {
            Self::Version(version) => version,
            Self::Position(_) => StreamVersion::MAX,
        }
    }

    /// Whether an event is within the bound. Once one is not, none after it in its stream is.
    #[must_use]
    pub fn includes(self, event: &RecordedEvent) -> bool {
        match self {
            Self::Version(version) => event.version <= version,
            Self::Position(position) => event.position <= position,
        }
    }
}
