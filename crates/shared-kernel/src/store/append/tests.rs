//! Tests of an append as a value.

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
fn another_append_is_added_at_the_end() {
    let other = Append::new()
        .write(stream("d"), ExpectedVersion::Any, vec![event(9)])
        .check(stream("e"), ExpectedVersion::NoStream);
    let both = two_streams().and(other);
    let written: Vec<_> = both.writes().iter().map(|w| w.stream.as_str()).collect();
    let checked: Vec<_> = both.checks().iter().map(|c| c.stream.as_str()).collect();
    assert_eq!((written, checked), (vec!["a", "b", "d"], vec!["c", "e"]));
}

#[test]
fn the_first_wrong_expectation_is_the_conflict() {
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
fn the_largest_sum_of_all_bytes_is_taken_and_one_byte_more_is_not() {
    let name = EventType::new("Happened").unwrap();
    let metadata = Metadata::new().with_pair(MetadataKey::new("k").unwrap(), "v".repeat(9));
    let sum = |last: usize| {
        // The payloads share their bytes.
        let shared = Bytes::from(vec![0; NewEvent::MAX_PAYLOAD_BYTES]);
        let sized = |number, bytes| NewEvent {
            payload: shared.slice(..bytes),
            ..event(number)
        };
        let mut events: Vec<_> = (1..8).map(|number| sized(number, shared.len())).collect();
        events.push(sized(8, last).with_metadata(metadata.clone()));
        Append::new()
            .write(stream("a"), ExpectedVersion::Any, events)
            .validate()
    };
    let names = 8 * ("a".len() + name.as_str().len()) + 10;
    let rest = NewEvent::MAX_PAYLOAD_BYTES - names;
    assert_eq!(sum(rest), Ok(()));
    assert_eq!(
        sum(rest + 1),
        Err(InvalidAppend::TooManyBytes {
            bytes: 128 * 1024 * 1024 + 1,
            max: 128 * 1024 * 1024,
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
