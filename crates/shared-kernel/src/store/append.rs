//! An append: the streams that it writes, and those that it only checks.

use std::collections::HashSet;

use thiserror::Error;

use crate::store::Conflict;
use crate::{EventId, ExpectedVersion, Metadata, NewEvent, StreamId, StreamVersion};

/// The events for one stream, with the version that the writer expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamWrite {
    /// The stream.
    pub stream: StreamId,
    /// The expected version of the stream before the append.
    pub expected: ExpectedVersion,
    /// The events, in order. The list may be empty.
    pub events: Vec<NewEvent>,
}

/// A stream that the append checks and does not write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamCheck {
    /// The stream.
    pub stream: StreamId,
    /// Its expected version before the append.
    pub expected: ExpectedVersion,
}

/// One atomic append: the store records all of it, or nothing.
///
/// ```
/// use jiff::Timestamp;
/// use shared_kernel::event::EventType;
/// use shared_kernel::{Append, EventId, ExpectedVersion, NewEvent, StreamId};
///
/// let id = EventId::from_parts(Timestamp::UNIX_EPOCH, [1; 10]);
/// let opened = NewEvent::new(id, EventType::new("AccountOpened")?, "{}");
///
/// let append = Append::new()
///     .write(StreamId::new("account-1")?, ExpectedVersion::NoStream, vec![opened.clone()])
///     .check(StreamId::new("bank-1")?, ExpectedVersion::StreamExists);
/// assert!(append.validate().is_ok());
///
/// let twice = append.write(StreamId::new("account-2")?, ExpectedVersion::Any, vec![opened]);
/// assert!(twice.validate().is_err());
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Append {
    writes: Vec<StreamWrite>,
    checks: Vec<StreamCheck>,
}

impl Append {
    /// The largest number of events in one append: 100,000.
    pub const MAX_EVENTS: usize = 100_000;

    /// The most bytes of one append: 128 MiB of payloads, metadata and names of streams and events.
    /// A server takes messages of up to 1 GiB, and needs several bytes for one in some texts.
    pub const MAX_BYTES: usize = 128 * 1024 * 1024;

    /// An append that writes nothing and checks nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds events for a stream, after those already there.
    #[must_use]
    pub fn write(
        self,
        stream: StreamId,
        expected: impl Into<ExpectedVersion>,
        events: Vec<NewEvent>,
    ) -> Self {
        self.with_write(StreamWrite {
            stream,
            expected: expected.into(),
            events,
        })
    }

    /// Adds events for a stream, after those already there.
    #[must_use]
    pub fn with_write(mut self, write: StreamWrite) -> Self {
        self.writes.push(write);
        self
    }

    /// Adds a check of a stream. The append may write the same stream: then both expectations must
    /// hold, for the version before the append.
    #[must_use]
    pub fn check(mut self, stream: StreamId, expected: impl Into<ExpectedVersion>) -> Self {
        self.checks.push(StreamCheck {
            stream,
            expected: expected.into(),
        });
        self
    }

    /// Adds all writes and checks of `other`, after those already there.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.writes.extend(other.writes);
        self.checks.extend(other.checks);
        self
    }

    /// The streams that are written, in the order of their events in the log.
    #[must_use]
    pub fn writes(&self) -> &[StreamWrite] {
        &self.writes
    }

    /// The streams that are only checked.
    #[must_use]
    pub fn checks(&self) -> &[StreamCheck] {
        &self.checks
    }

    /// All events in the order of the log, each with its stream.
    pub fn events(&self) -> impl Iterator<Item = (&StreamId, &NewEvent)> {
        self.writes
            .iter()
            .flat_map(|write| write.events.iter().map(|e| (&write.stream, e)))
    }

    /// The number of its events.
    #[must_use]
    pub fn event_count(&self) -> usize {
        self.writes.iter().map(|write| write.events.len()).sum()
    }

    /// Every expectation with its stream: those of the writes in order, then the checks.
    pub fn expectations(&self) -> impl Iterator<Item = (&StreamId, ExpectedVersion)> {
        let writes = self
            .writes
            .iter()
            .map(|write| (&write.stream, write.expected));
        writes.chain(
            self.checks
                .iter()
                .map(|check| (&check.stream, check.expected)),
        )
    }

    /// Compares every expectation with the version that `version_of` returns for its stream.
    ///
    /// # Errors
    /// [`Conflict`] for the first expectation that does not hold.
    pub fn check_expectations(
        &self,
        mut version_of: impl FnMut(&StreamId) -> StreamVersion,
    ) -> Result<(), Conflict> {
        self.expectations()
            .try_for_each(|(stream, expected)| expected.check(stream, version_of(stream)))
    }

    /// Checks the limits and the ids of the append. Every adapter calls this first.
    ///
    /// # Errors
    /// [`InvalidAppend`] for the first problem.
    pub fn validate(&self) -> Result<(), InvalidAppend> {
        let count = self.event_count();
        if count > Self::MAX_EVENTS {
            return Err(InvalidAppend::TooManyEvents {
                count,
                max: Self::MAX_EVENTS,
            });
        }
        let mut streams = HashSet::new();
        for write in self.writes.iter().filter(|_| self.writes.len() > 1) {
            if !streams.insert(&write.stream) {
                return Err(InvalidAppend::StreamRepeated {
                    stream: write.stream.clone(),
                });
            }
        }
        // Rising ids, the usual case, have no duplicates and need no set.
        let is_rising = self
            .events()
            .is_sorted_by(|(_, one), (_, next)| one.id < next.id);
        let mut ids = HashSet::new();
        let mut bytes = 0;
        for (stream, event) in self.events() {
            let size = event.payload.len();
            let metadata = event.metadata.bytes();
            bytes += stream.as_str().len() + event.event_type.as_str().len() + metadata + size;
            if !is_rising && !ids.insert(event.id) {
                return Err(InvalidAppend::EventIdRepeated {
                    stream: stream.clone(),
                    event_id: event.id,
                });
            }
            if size > NewEvent::MAX_PAYLOAD_BYTES {
                return Err(InvalidAppend::PayloadTooLarge {
                    stream: stream.clone(),
                    event_id: event.id,
                    bytes: size,
                    max: NewEvent::MAX_PAYLOAD_BYTES,
                });
            }
            if metadata > Metadata::MAX_BYTES {
                return Err(InvalidAppend::MetadataTooLarge {
                    stream: stream.clone(),
                    event_id: event.id,
                    bytes: metadata,
                    max: Metadata::MAX_BYTES,
                });
            }
        }
        if bytes > Self::MAX_BYTES {
            return Err(InvalidAppend::TooManyBytes {
                bytes,
                max: Self::MAX_BYTES,
            });
        }
        Ok(())
    }
}

/// An append that every store refuses; nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidAppend {
    /// The append has more than [`Append::MAX_EVENTS`] events.
    #[error("the append has {count} events, at most {max} are allowed; split it")]
    TooManyEvents {
        /// The number of events in the append.
        count: usize,
        /// The largest number allowed.
        max: usize,
    },
    /// The append has more than [`Append::MAX_BYTES`].
    #[error(
        "the append has {bytes} bytes of payloads, metadata and names, at most {max} are allowed; \
         split it"
    )]
    TooManyBytes {
        /// The bytes of the append.
        bytes: usize,
        /// The most bytes allowed.
        max: usize,
    },
    /// Two writes name the same stream. Put their events into one write.
    #[error("the append writes stream `{stream}` in two places")]
    StreamRepeated {
        /// The stream.
        stream: StreamId,
    },
    /// Two events have the same id ([law 13](crate::laws#law-13)).
    #[error("the append has the event id {event_id} twice, the second time for stream `{stream}`")]
    EventIdRepeated {
        /// The stream of the second one.
        stream: StreamId,
        /// The id.
        event_id: EventId,
    },
    /// A payload is larger than [`NewEvent::MAX_PAYLOAD_BYTES`].
    #[error(
        "the payload of event {event_id} for stream `{stream}` has {bytes} bytes, at most {max} are allowed"
    )]
    PayloadTooLarge {
        /// The stream of the event.
        stream: StreamId,
        /// The event.
        event_id: EventId,
        /// The size found, in bytes.
        bytes: usize,
        /// The largest size allowed, in bytes.
        max: usize,
    },
    /// The metadata is larger than [`Metadata::MAX_BYTES`].
    #[error(
        "the metadata of event {event_id} for stream `{stream}` has {bytes} bytes, at most {max} are allowed"
    )]
    MetadataTooLarge {
        /// The stream of the event.
        stream: StreamId,
        /// The event.
        event_id: EventId,
        /// The size found, in bytes.
        bytes: usize,
        /// The largest size allowed, in bytes.
        max: usize,
    },
}

#[cfg(test)]
mod tests;
