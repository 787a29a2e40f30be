//! Owns an append as a value: the streams that are written and those that are only checked.

use std::collections::HashSet;

use thiserror::Error;

use crate::store::Conflict;
use crate::{EventId, ExpectedVersion, Metadata, NewEvent, StreamId, StreamVersion};

/// The events for one stream, and what the writer expects of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamWrite {
    /// The stream that takes the events.
    pub stream: StreamId,
    /// What must hold of the stream before the append.
    pub expected: ExpectedVersion,
    /// The events, in order; none is allowed.
    pub events: Vec<NewEvent>,
}

/// A stream that is not written but must be as expected for the append to land.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamCheck {
    /// The stream that is looked at.
    pub stream: StreamId,
    /// What must hold of it before the append.
    pub expected: ExpectedVersion,
}

/// One atomic append: all of it lands or nothing.
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

    /// Adds a stream that must be as expected. It may also be one that is written: then both
    /// expectations must hold, of the version before the append.
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

    /// The streams that are written, in the order in which their events land.
    #[must_use]
    pub fn writes(&self) -> &[StreamWrite] {
        &self.writes
    }

    /// The streams that are only checked.
    #[must_use]
    pub fn checks(&self) -> &[StreamCheck] {
        &self.checks
    }

    /// All events in the order in which they land, each with its stream.
    pub fn events(&self) -> impl Iterator<Item = (&StreamId, &NewEvent)> {
        self.writes
            .iter()
            .flat_map(|write| write.events.iter().map(|e| (&write.stream, e)))
    }

    /// How many events it has.
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

    /// Compares every expectation with the version that `version_of` tells of its stream.
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

    /// Looks at all that can be said without a store. Every adapter calls this before anything
    /// else.
    ///
    /// # Errors
    /// [`InvalidAppend`] for the first thing that no store may take.
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
        // Ids mostly rise with time; then none is there twice.
        let is_rising = self
            .events()
            .is_sorted_by(|(_, one), (_, next)| one.id < next.id);
        let mut ids = HashSet::new();
        for (stream, event) in self.events() {
            let size = event.payload.len();
            let metadata = event.metadata.bytes();
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
        Ok(())
    }
}

/// An append that no store may take, whatever it holds; nothing was written.
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
    /// Two writes name the same stream; put their events into one.
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
    /// A payload is past [`NewEvent::MAX_PAYLOAD_BYTES`].
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
    /// The metadata is past [`Metadata::MAX_BYTES`].
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
mod tests {
    use bytes::Bytes;
    use jiff::Timestamp;

    use super::*;
    use crate::event::{EventType, MetadataKey};

    fn stream(name: &str) -> StreamId {
        StreamId::new(name).unwrap()
    }

    fn event(number: u8) -> NewEvent {
        let id = EventId::from_parts(Timestamp::UNIX_EPOCH, [number; 10]);
        NewEvent::new(id, EventType::new("Happened").unwrap(), vec![number])
    }

    fn two_streams() -> Append {
        Append::new()
            .write(
                stream("a"),
                ExpectedVersion::NoStream,
                vec![event(1), event(2)],
            )
            .write(stream("b"), StreamVersion::from(4), vec![event(3)])
            .check(stream("c"), ExpectedVersion::StreamExists)
    }

    #[test]
    fn a_new_append_is_empty_and_valid() {
        let append = Append::new();
        assert_eq!(append, Append::default());
        assert_eq!(append.event_count(), 0);
        assert!(append.writes().is_empty() && append.checks().is_empty());
        assert_eq!(append.validate(), Ok(()));
    }

    #[test]
    fn events_and_expectations_come_in_the_order_given() {
        let append = two_streams();
        let events: Vec<_> = append
            .events()
            .map(|(s, e)| (s.as_str(), &e.payload[..]))
            .collect();
        assert_eq!(events, [("a", &[1][..]), ("a", &[2]), ("b", &[3])]);
        assert_eq!(append.event_count(), 3);
        let expectations: Vec<_> = append
            .expectations()
            .map(|(s, e)| (s.as_str(), e))
            .collect();
        assert_eq!(
            expectations,
            [
                ("a", ExpectedVersion::NoStream),
                ("b", ExpectedVersion::Exact(4.into())),
                ("c", ExpectedVersion::StreamExists),
            ]
        );
    }

    #[test]
    fn another_append_is_added_behind() {
        let other = Append::new()
            .write(stream("d"), ExpectedVersion::Any, vec![event(9)])
            .check(stream("e"), ExpectedVersion::NoStream);
        let both = two_streams().and(other);
        let written: Vec<_> = both.writes().iter().map(|w| w.stream.as_str()).collect();
        let checked: Vec<_> = both.checks().iter().map(|c| c.stream.as_str()).collect();
        assert_eq!((written, checked), (vec!["a", "b", "d"], vec!["c", "e"]));
    }

    #[test]
    fn the_first_broken_expectation_is_the_conflict() {
        let versions = |of: [u32; 3]| {
            move |stream: &StreamId| match stream.as_str() {
                "a" => of[0].into(),
                "b" => of[1].into(),
                _ => of[2].into(),
            }
        };
        let append = two_streams();
        assert_eq!(append.check_expectations(versions([0, 4, 1])), Ok(()));
        let broken = |of| append.check_expectations(versions(of)).unwrap_err();
        assert_eq!(broken([1, 5, 0]).stream, stream("a"));
        assert_eq!(
            broken([0, 5, 0]),
            Conflict {
                stream: stream("b"),
                expected: ExpectedVersion::Exact(4.into()),
                actual: 5.into(),
            }
        );
        assert_eq!(broken([0, 4, 0]).stream, stream("c"));
    }

    #[test]
    fn a_stream_is_written_in_one_place_but_may_be_checked_too() {
        let checked = two_streams().check(stream("a"), ExpectedVersion::Any);
        assert_eq!(checked.validate(), Ok(()));
        let twice = two_streams().write(stream("a"), ExpectedVersion::Any, vec![]);
        assert_eq!(
            twice.validate(),
            Err(InvalidAppend::StreamRepeated {
                stream: stream("a")
            })
        );
    }

    #[test]
    fn the_largest_append_is_taken_and_one_event_more_is_not() {
        let counted = |count: usize| {
            let events = (0..count).map(|number| {
                let mut chance = [0; 10];
                chance[..8].copy_from_slice(&(number as u64).to_be_bytes());
                let id = EventId::from_parts(Timestamp::UNIX_EPOCH, chance);
                NewEvent { id, ..event(0) }
            });
            let events: Vec<_> = events.collect();
            let (one, other) = events.split_at(count / 2);
            Append::new()
                .write(stream("a"), ExpectedVersion::Any, one.to_vec())
                .write(stream("b"), ExpectedVersion::Any, other.to_vec())
                .validate()
        };
        assert_eq!(counted(Append::MAX_EVENTS), Ok(()));
        assert_eq!(
            counted(Append::MAX_EVENTS + 1),
            Err(InvalidAppend::TooManyEvents {
                count: 100_001,
                max: 100_000,
            })
        );
    }

    #[test]
    fn an_event_id_is_used_once() {
        let twice = two_streams().write(stream("d"), ExpectedVersion::Any, vec![event(1)]);
        assert_eq!(
            twice.validate(),
            Err(InvalidAppend::EventIdRepeated {
                stream: stream("d"),
                event_id: event(1).id,
            })
        );
    }

    #[test]
    fn the_largest_payload_is_taken_and_one_byte_more_is_not() {
        let sized = |bytes: usize| {
            let payload = Bytes::from(vec![0; bytes]);
            let event = NewEvent {
                payload,
                ..event(1)
            };
            Append::new()
                .write(stream("a"), ExpectedVersion::Any, vec![event])
                .validate()
        };
        assert_eq!(sized(NewEvent::MAX_PAYLOAD_BYTES), Ok(()));
        assert_eq!(
            sized(NewEvent::MAX_PAYLOAD_BYTES + 1),
            Err(InvalidAppend::PayloadTooLarge {
                stream: stream("a"),
                event_id: event(1).id,
                bytes: 16 * 1024 * 1024 + 1,
                max: 16 * 1024 * 1024,
            })
        );
    }

    #[test]
    fn the_largest_metadata_is_taken_and_one_byte_more_is_not() {
        let sized = |bytes: usize| {
            let key = MetadataKey::new("k").unwrap();
            let metadata = Metadata::new().with_pair(key, "v".repeat(bytes - 1));
            let event = event(1).with_metadata(metadata);
            Append::new()
                .write(stream("a"), ExpectedVersion::Any, vec![event])
                .validate()
        };
        assert_eq!(sized(Metadata::MAX_BYTES), Ok(()));
        assert_eq!(
            sized(Metadata::MAX_BYTES + 1),
            Err(InvalidAppend::MetadataTooLarge {
                stream: stream("a"),
                event_id: event(1).id,
                bytes: 64 * 1024 + 1,
                max: 64 * 1024,
            })
        );
    }
}
