use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::event::{EventType, MetadataKey, SchemaVersion};

fn event(position: u32, stream: &str, version: u32) -> RecordedEvent {
    let number = u8::try_from(position).unwrap();
    RecordedEvent {
        stream: StreamId::new(stream).unwrap(),
        version: version.into(),
        position: position.into(),
        recorded_at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(position.into()),
        id: EventId::from_parts(Timestamp::UNIX_EPOCH, [number; 10]),
        event_type: EventType::new("Happened").unwrap(),
        schema_version: SchemaVersion::FIRST,
        payload: "{}".into(),
        metadata: Metadata::new(),
    }
}

/// The events 58 to 60: two of `a`, one of `b`.
fn part() -> LogPart {
    LogPart {
        store: StoreId::from_bytes([1; 16]),
        after: Some(LogPoint::from(&event(57, "a", 6))),
        events: vec![event(58, "a", 7), event(59, "b", 1), event(60, "a", 8)],
    }
}

/// The refusal of the part after a change of one of its events.
fn refused(index: usize, change: impl FnOnce(&mut RecordedEvent)) -> (u64, String) {
    let mut part = part();
    change(&mut part.events[index]);
    let invalid = part.validate().unwrap_err();
    (invalid.position.get(), invalid.problem)
}

#[test]
fn a_part_without_holes_is_valid() {
    assert_eq!(part().validate(), Ok(()));
    let nothing = LogPart {
        after: None,
        events: vec![],
        ..part()
    };
    assert_eq!(nothing.validate(), Ok(()));
    assert_eq!(nothing.begin(), GlobalPosition::START);
    let beginning = LogPart {
        events: vec![event(1, "a", 1)],
        ..nothing
    };
    assert_eq!(beginning.validate(), Ok(()));
}

#[test]
fn a_hole_in_positions_or_versions_is_refused() {
    assert_eq!(
        refused(0, |event| event.position = 57.into()),
        (57, "it comes after position 57".to_owned())
    );
    assert_eq!(refused(1, |event| event.position = 60.into()).0, 60);
    assert_eq!(
        refused(2, |event| event.version = 9.into()),
        (
            60,
            "it is version 9 of stream `a`, which has version 7".to_owned()
        )
    );
    assert_eq!(refused(1, |event| event.version = 0.into()).0, 59);
}

#[test]
fn an_id_that_occurs_twice_is_refused() {
    let first = event(58, "a", 7).id;
    let (position, problem) = refused(2, |event| event.id = first);
    assert_eq!(position, 60);
    assert!(problem.contains("twice"), "{problem}");
}

#[test]
fn an_event_that_is_too_large_is_refused() {
    let (position, problem) = refused(1, |event| {
        event.payload = vec![0; NewEvent::MAX_PAYLOAD_BYTES + 1].into();
    });
    assert!(position == 59 && problem.contains("payload"), "{problem}");
    let (position, problem) = refused(1, |event| {
        let key = MetadataKey::new("k").unwrap();
        event.metadata = Metadata::new().with_pair(key, "v".repeat(Metadata::MAX_BYTES));
    });
    assert!(position == 59 && problem.contains("metadata"), "{problem}");
}

#[test]
fn a_part_with_too_many_bytes_is_refused() {
    // The payloads share their bytes.
    let payload = bytes::Bytes::from(vec![0; NewEvent::MAX_PAYLOAD_BYTES]);
    let events = (1..=8).map(|position| RecordedEvent {
        payload: payload.clone(),
        ..event(position, "a", position)
    });
    let mut part = LogPart {
        after: None,
        events: events.collect(),
        ..part()
    };
    let invalid = part.validate().unwrap_err();
    assert_eq!(invalid.position, 8.into());
    assert!(invalid.problem.contains("134217728 bytes"), "{invalid}");
    part.events.pop();
    assert_eq!(part.validate(), Ok(()));
}

#[test]
fn the_first_event_of_each_stream_must_follow_its_version() {
    let versions = |a: u32, b: u32| {
        part().check_versions(move |stream| match stream.as_str() {
            "a" => a.into(),
            _ => b.into(),
        })
    };
    assert_eq!(versions(6, 0), Ok(()));
    assert_eq!(versions(7, 0).unwrap_err().position, 58.into());
    assert_eq!(versions(5, 0).unwrap_err().position, 58.into());
    assert_eq!(versions(6, 1).unwrap_err().position, 59.into());
}

#[test]
fn the_times_are_those_that_the_source_had() {
    let mut end = RecordedTimes::default();
    end.record(event(57, "a", 6).recorded_at);
    let times = part().times(end).unwrap();
    let last: Vec<_> = times.iter().map(|times| times.last).collect();
    let expected: Vec<_> = part().events.iter().map(|e| Some(e.recorded_at)).collect();
    assert_eq!(last, expected);

    let mut part = part();
    part.events[1].recorded_at = Timestamp::UNIX_EPOCH;
    assert_eq!(part.times(end).unwrap_err().position, 59.into());
}
