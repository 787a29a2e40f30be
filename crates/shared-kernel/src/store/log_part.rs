//! A part of another log, for an import, and the rules by which it follows the end of a log.
//! All adapters share them.

use std::collections::{HashMap, HashSet};

use thiserror::Error;

use crate::store::{Append, StoreError, StoreId};
use crate::time::RecordedTimes;
use crate::{EventId, GlobalPosition, Metadata, NewEvent, RecordedEvent, StreamId, StreamVersion};

/// An event of a log: its position and its id.
///
/// Two logs with the same id that have the same event at a position have the same events up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogPoint {
    /// The position of the event.
    pub position: GlobalPosition,
    /// The id of the event.
    pub id: EventId,
}

impl From<&RecordedEvent> for LogPoint {
    fn from(event: &RecordedEvent) -> Self {
        Self {
            position: event.position,
            id: event.id,
        }
    }
}

/// Events that follow each other in the log of a store, as that store recorded them.
///
/// For example, a part with the events 58 and 59 has the event 57 as [`after`](Self::after). It
/// fits a log that ends with that event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPart {
    /// The id of the store that recorded the events.
    pub store: StoreId,
    /// The event before the first one; `None` at the beginning of the log.
    pub after: Option<LogPoint>,
    /// The events, in the order of their positions; at most [`Append::MAX_EVENTS`], with at most
    /// [`Append::MAX_BYTES`].
    pub events: Vec<RecordedEvent>,
}

/// An event of a part cannot be in a log, or not behind those before it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the event at position {position} cannot be imported: {problem}")]
pub struct InvalidPart {
    /// The position of the event.
    pub position: GlobalPosition,
    /// The broken rule.
    pub problem: String,
}

/// A part of a log was not imported. Except for some failures of the store, nothing was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The log ends at another position than that before the part. Another writer or import may
    /// have been faster: compare the events that are there, and go on behind them.
    #[error("the log ends at position {}, not where the part begins", head_or_zero(*head))]
    OtherEnd {
        /// The position of the last event; `None` in an empty log.
        head: Option<GlobalPosition>,
    },
    /// The log has the id of another store, or another event before the part.
    #[error("the events belong to another log than that of the store {location}")]
    OtherLog {
        /// The store.
        location: String,
    },
    /// No store could have recorded these events.
    #[error(transparent)]
    Invalid(#[from] InvalidPart),
    /// The store failed. If its connection was lost, the part may have been written: read the head
    /// position to find out.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn head_or_zero(head: Option<GlobalPosition>) -> GlobalPosition {
    head.unwrap_or(GlobalPosition::START)
}

impl LogPart {
    /// The position before the first event; 0 at the beginning of the log.
    #[must_use]
    pub fn begin(&self) -> GlobalPosition {
        self.after
            .map_or(GlobalPosition::START, |point| point.position)
    }

    /// Checks the events by themselves: positions and versions without holes, unique ids, sizes.
    /// Every adapter calls this first.
    ///
    /// # Errors
    /// [`InvalidPart`] for the first problem.
    pub fn validate(&self) -> Result<(), InvalidPart> {
        let mut position = self.begin();
        let mut ids = HashSet::with_capacity(self.events.len());
        let mut versions: HashMap<&StreamId, StreamVersion> = HashMap::new();
        let mut all = 0;
        for (event, nth) in self.events.iter().zip(1..) {
            let invalid = |problem: String| InvalidPart {
                position: event.position,
                problem,
            };
            if position.next() != Some(event.position) {
                return Err(invalid(format!("it comes after position {position}")));
            }
            position = event.position;
            if nth > Append::MAX_EVENTS {
                let max = Append::MAX_EVENTS;
                return Err(invalid(format!("a part has at most {max} events")));
            }
            if !ids.insert(event.id) {
                return Err(invalid(format!("the id {} occurs twice", event.id)));
            }
            let before = versions.insert(&event.stream, event.version);
            let follows = match before {
                Some(before) => before.next() == Some(event.version),
                None => event.version > StreamVersion::EMPTY,
            };
            if !follows {
                return Err(invalid(version_problem(event, before.unwrap_or_default())));
            }
            let (bytes, max) = (event.payload.len(), NewEvent::MAX_PAYLOAD_BYTES);
            if bytes > max {
                let problem = format!("its payload has {bytes} bytes, at most {max} are allowed");
                return Err(invalid(problem));
            }
            let (bytes, max) = (event.metadata.bytes(), Metadata::MAX_BYTES);
            if bytes > max {
                let problem = format!("its metadata has {bytes} bytes, at most {max} are allowed");
                return Err(invalid(problem));
            }
            let names = event.stream.as_str().len() + event.event_type.as_str().len();
            all += names + event.metadata.bytes() + event.payload.len();
            if all > Append::MAX_BYTES {
                let max = Append::MAX_BYTES;
                return Err(invalid(format!("a part has at most {max} bytes")));
            }
        }
        Ok(())
    }

    /// The first event of each stream in the part.
    #[must_use]
    pub fn first_events(&self) -> Vec<&RecordedEvent> {
        let mut seen = HashSet::new();
        let mut first = Vec::new();
        for event in &self.events {
            if seen.insert(&event.stream) {
                first.push(event);
            }
        }
        first
    }

    /// Compares the versions of the events with those of their streams in the log.
    ///
    /// # Errors
    /// [`InvalidPart`] for the first event that does not follow its stream.
    pub fn check_versions(
        &self,
        version_of: impl Fn(&StreamId) -> StreamVersion,
    ) -> Result<(), InvalidPart> {
        for event in self.first_events() {
            let before = version_of(&event.stream);
            if before.next() != Some(event.version) {
                return Err(InvalidPart {
                    position: event.position,
                    problem: version_problem(event, before),
                });
            }
        }
        Ok(())
    }

    /// The recorded times behind each event, from those at the end of the log.
    ///
    /// # Errors
    /// [`InvalidPart`] for the first event with a time that cannot follow
    /// ([law 18](crate::laws#law-18)).
    pub fn times(&self, mut end: RecordedTimes) -> Result<Vec<RecordedTimes>, InvalidPart> {
        let follow = |event: &RecordedEvent| {
            if !end.can_follow(event.recorded_at) {
                let problem = format!("its time {} cannot follow", event.recorded_at);
                let position = event.position;
                return Err(InvalidPart { position, problem });
            }
            end.record(event.recorded_at);
            Ok(end)
        };
        self.events.iter().map(follow).collect()
    }
}

fn version_problem(event: &RecordedEvent, before: StreamVersion) -> String {
    let RecordedEvent {
        stream, version, ..
    } = event;
    format!("it is version {version} of stream `{stream}`, which has version {before}")
}

#[cfg(test)]
mod tests;
