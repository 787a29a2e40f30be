//! The rule of repetitions and reused ids ([law 12](crate::laws#law-12),
//! [law 13](crate::laws#law-13)), which all adapters share.

use crate::store::{AppendOutcome, AppendReceipt};
use crate::{Append, AppendError, RecordedEvent};

/// Decides whether an append is new, a repetition, or reuses event ids.
///
/// `recorded` has one entry for each event of the append, in order: the record with that id, or
/// `None`. The result is `None` for a new append, and the receipt of a repetition. `version_now`
/// returns the version of a stream that the append names without events.
///
/// For example, the events `a` and `b` are recorded at positions 7 and 8. The append `a, b` is a
/// repetition. The appends `b, a` and `a, b, c` reuse ids.
///
/// # Errors
/// [`AppendError::IdReused`] if an id is recorded for another event, if only a part of the append
/// is recorded, or if the records are not contiguous in this order.
pub fn detect_repetition(
    append: &Append,
    recorded: &[Option<RecordedEvent>],
    version_now: impl Fn(&crate::StreamId) -> crate::StreamVersion,
) -> Result<Option<AppendReceipt>, AppendError> {
    let Some(first) = recorded.iter().flatten().next() else {
        return Ok(None);
    };
    let reused = |by: &RecordedEvent| AppendError::IdReused {
        event_id: by.id,
        stream: by.stream.clone(),
    };

    let mut found = Vec::with_capacity(recorded.len());
    for ((stream, event), record) in append.events().zip(recorded) {
        match record {
            Some(record) if record.stream == *stream && record.is_record_of(event) => {
                found.push(record);
            }
            Some(other) => return Err(reused(other)),
            None => {}
        }
    }
    if found.len() != append.event_count() {
        return Err(reused(first));
    }
    if let Some(pair) = found
        .windows(2)
        .find(|p| p[0].position.next() != Some(p[1].position))
    {
        return Err(reused(pair[1]));
    }

    let mut rest = found.as_slice();
    let versions = append.writes().iter().map(|write| {
        let (own, others) = rest.split_at(write.events.len());
        rest = others;
        let version = own
            .last()
            .map_or_else(|| version_now(&write.stream), |last| last.version);
        (write.stream.clone(), version)
    });
    Ok(Some(AppendReceipt {
        outcome: AppendOutcome::Repeated,
        versions: versions.collect(),
        positions: found.iter().map(|record| record.position).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::event::{EventType, MetadataKey, SchemaVersion};
    use crate::{EventId, ExpectedVersion, Metadata, NewEvent, StreamId, StreamVersion};

    fn stream(name: &str) -> StreamId {
        StreamId::new(name).unwrap()
    }

    fn event(number: u8) -> NewEvent {
        let id = EventId::from_parts(Timestamp::UNIX_EPOCH, [number; 10]);
        NewEvent::new(id, EventType::new("Happened").unwrap(), vec![number])
    }

    fn record(name: &str, version: u32, position: u32, event: NewEvent) -> RecordedEvent {
        RecordedEvent {
            stream: stream(name),
            version: version.into(),
            position: position.into(),
            recorded_at: Timestamp::UNIX_EPOCH,
            id: event.id,
            event_type: event.event_type,
            schema_version: event.schema_version,
            payload: event.payload,
            metadata: event.metadata,
        }
    }

    /// Two events for `a`, none for `b`, one for `c`.
    fn append() -> Append {
        Append::new()
            .write(
                stream("a"),
                ExpectedVersion::NoStream,
                vec![event(1), event(2)],
            )
            .write(stream("b"), ExpectedVersion::Any, vec![])
            .write(stream("c"), ExpectedVersion::NoStream, vec![event(3)])
    }

    fn records() -> Vec<Option<RecordedEvent>> {
        vec![
            Some(record("a", 5, 20, event(1))),
            Some(record("a", 6, 21, event(2))),
            Some(record("c", 1, 22, event(3))),
        ]
    }

    fn detect(
        append: &Append,
        recorded: &[Option<RecordedEvent>],
    ) -> Result<Option<AppendReceipt>, AppendError> {
        detect_repetition(append, recorded, |stream| {
            assert_eq!(stream.as_str(), "b", "only asked where there is no event");
            StreamVersion::from(40)
        })
    }

    fn reused(recorded: &[Option<RecordedEvent>]) -> (EventId, StreamId) {
        match detect(&append(), recorded) {
            Err(AppendError::IdReused { event_id, stream }) => (event_id, stream),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_append_without_recorded_ids_is_new() {
        assert!(detect(&append(), &[None, None, None]).unwrap().is_none());
        assert!(detect(&Append::new(), &[]).unwrap().is_none());
    }

    #[test]
    fn a_fully_recorded_append_returns_its_receipt() {
        let receipt = detect(&append(), &records()).unwrap().unwrap();
        assert_eq!(
            receipt,
            AppendReceipt {
                outcome: AppendOutcome::Repeated,
                versions: vec![
                    (stream("a"), 6.into()),
                    (stream("b"), 40.into()),
                    (stream("c"), 1.into()),
                ],
                positions: vec![20.into(), 21.into(), 22.into()],
            }
        );
    }

    #[test]
    fn a_partly_recorded_append_is_refused() {
        let mut recorded = records();
        recorded[2] = None;
        assert_eq!(reused(&recorded), (event(1).id, stream("a")));
        let mut recorded = records();
        recorded[0] = None;
        assert_eq!(reused(&recorded), (event(2).id, stream("a")));
    }

    #[test]
    fn an_id_in_another_stream_is_reused() {
        let mut recorded = records();
        recorded[1] = Some(record("z", 6, 21, event(2)));
        assert_eq!(reused(&recorded), (event(2).id, stream("z")));
    }

    #[test]
    fn an_id_with_other_content_is_reused() {
        let same_id = event(2);
        let key = MetadataKey::new("k").unwrap();
        for other in [
            NewEvent {
                payload: "other".into(),
                ..same_id.clone()
            },
            NewEvent {
                event_type: EventType::new("Other").unwrap(),
                ..same_id.clone()
            },
            same_id
                .clone()
                .with_schema_version(SchemaVersion::new(2).unwrap()),
            same_id
                .clone()
                .with_metadata(Metadata::new().with_pair(key, "v")),
        ] {
            let mut recorded = records();
            recorded[1] = Some(record("a", 6, 21, other));
            assert_eq!(reused(&recorded), (event(2).id, stream("a")));
        }
    }

    #[test]
    fn recorded_events_that_are_not_contiguous_in_this_order_are_reused() {
        for (positions, refused) in [([20, 22, 23], 2), ([20, 21, 23], 3), ([21, 20, 22], 2)] {
            let mut recorded = records();
            for (record, position) in recorded.iter_mut().flatten().zip(positions) {
                record.position = position.into();
            }
            assert_eq!(reused(&recorded).0, event(refused).id, "{positions:?}");
        }
    }
}
