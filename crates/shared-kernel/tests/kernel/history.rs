//! Law 33: an unsound history is a typed error with stream, version and event id.

use shared_kernel::aggregate::HistoryError;
use shared_kernel::codec::DecodeError;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::snapshot::Snapshot;
use shared_kernel::{
    AggregateRoot, EventEnvelope, EventId, GlobalPosition, Metadata, RecordedEvent,
    RepositoryError, StreamVersion,
};

use crate::doubles::Events;
use crate::fixture::{at, version, without_snapshots};
use crate::tally::{Tally, TallyEvent, opened, stream};

fn id(number: u32) -> EventId {
    EventId::from_parts(at(i64::from(number)), [7; 10])
}

fn recorded(name: &str, number: u32, event_type: &str, payload: &'static str) -> RecordedEvent {
    RecordedEvent {
        stream: stream(name),
        version: version(number),
        position: GlobalPosition::from(number),
        recorded_at: at(0),
        id: id(number),
        event_type: EventType::new(event_type).unwrap(),
        schema_version: SchemaVersion::FIRST,
        payload: payload.into(),
        metadata: Metadata::new(),
    }
}

fn envelope(name: &str, number: u32, event: TallyEvent) -> EventEnvelope<TallyEvent> {
    EventEnvelope::new(recorded(name, number, "unread", ""), event)
}

fn added(number: u32) -> EventEnvelope<TallyEvent> {
    envelope("tally-1", number, TallyEvent::Added(i64::from(number)))
}

fn first() -> EventEnvelope<TallyEvent> {
    envelope("tally-1", 1, TallyEvent::TallyOpened)
}

fn load(
    history: impl IntoIterator<Item = EventEnvelope<TallyEvent>>,
) -> Result<Option<AggregateRoot<Tally>>, HistoryError> {
    AggregateRoot::load_from_history(stream("tally-1"), history)
}

fn load_after_three(
    tail: impl IntoIterator<Item = EventEnvelope<TallyEvent>>,
) -> Result<AggregateRoot<Tally>, HistoryError> {
    let snapshot = Snapshot {
        stream: stream("tally-1"),
        version: version(3),
        state: opened("tally-1").into_state(),
    };
    AggregateRoot::load_from_snapshot(snapshot, tail)
}

#[test]
fn a_whole_history_gives_the_aggregate_with_nothing_pending() {
    let root = load([first(), added(2), added(3)]).unwrap().unwrap();
    assert_eq!(root.state().added, [2, 3]);
    assert_eq!(root.version(), version(3));
    assert_eq!(root.current_version(), version(3));
    assert!(!root.has_pending());
}

#[test]
fn no_history_gives_no_aggregate() {
    assert!(load([]).unwrap().is_none());
}

#[test]
fn a_snapshot_and_its_tail_give_the_aggregate() {
    let root = load_after_three([added(4), added(5)]).unwrap();
    assert_eq!(root.state().added, [4, 5]);
    assert_eq!(root.version(), version(5));
    assert_eq!(root.current_version(), version(5));
    assert_eq!(load_after_three([]).unwrap().version(), version(3));
}

#[test]
fn an_event_of_another_stream_is_refused() {
    let foreign = envelope("tally-2", 2, TallyEvent::Added(1));
    let Err(HistoryError::ForeignStream {
        stream: of,
        found,
        version: place,
        event_id,
    }) = load([first(), foreign])
    else {
        panic!("a foreign event was taken");
    };
    assert_eq!((of, found), (stream("tally-1"), stream("tally-2")));
    assert_eq!((place, event_id), (version(2), id(2)));
}

#[test]
fn a_gap_is_refused_at_the_start_in_the_middle_and_after_a_snapshot() {
    let gap = |loaded| {
        let Err(HistoryError::Gap {
            stream: of,
            expected,
            version: found,
            event_id,
        }) = loaded
        else {
            panic!("a gap was not seen");
        };
        assert_eq!(of, stream("tally-1"));
        assert_eq!(event_id, id(u32::try_from(found.get()).unwrap()));
        (expected.get(), found.get())
    };
    assert_eq!(gap(load([added(2)]).map(|_| ())), (1, 2));
    assert_eq!(gap(load([first(), added(2), added(5)]).map(|_| ())), (3, 5));
    assert_eq!(gap(load_after_three([added(5)]).map(|_| ())), (4, 5));
}

#[test]
fn a_version_that_is_repeated_or_decreases_is_refused() {
    let back = |loaded| {
        let Err(HistoryError::NotIncreasing {
            stream: of,
            after,
            version: found,
            event_id,
        }) = loaded
        else {
            panic!("a step back was not seen");
        };
        assert_eq!(of, stream("tally-1"));
        assert_eq!(event_id, id(u32::try_from(found.get()).unwrap()));
        (after.get(), found.get())
    };
    assert_eq!(
        back(load([first(), added(2), added(2)]).map(|_| ())),
        (2, 2)
    );
    assert_eq!(
        back(load([first(), added(2), added(1)]).map(|_| ())),
        (2, 1)
    );
    assert_eq!(back(load([added(0)]).map(|_| ())), (0, 0));
    assert_eq!(back(load_after_three([added(3)]).map(|_| ())), (3, 3));
}

#[test]
fn no_event_follows_the_largest_version() {
    let full = Snapshot {
        stream: stream("tally-1"),
        version: StreamVersion::MAX,
        state: opened("tally-1").into_state(),
    };
    let mut past = added(1);
    past.version = StreamVersion::MAX;
    assert!(matches!(
        AggregateRoot::load_from_snapshot(full, [past]),
        Err(HistoryError::NotIncreasing { .. })
    ));
}

#[test]
fn an_inapplicable_event_is_refused() {
    let misfit = |loaded| {
        let Err(HistoryError::Inapplicable {
            stream: of,
            version: place,
            event_id,
            ..
        }) = loaded
        else {
            panic!("a misfit was taken");
        };
        assert_eq!(of, stream("tally-1"));
        assert_eq!(event_id, id(u32::try_from(place.get()).unwrap()));
        place.get()
    };
    let opened_again = |number| envelope("tally-1", number, TallyEvent::TallyOpened);
    let closed = envelope("tally-1", 1, TallyEvent::TallyClosed);
    assert_eq!(misfit(load([closed]).map(|_| ())), 1);
    assert_eq!(misfit(load([first(), opened_again(2)]).map(|_| ())), 2);
    assert_eq!(misfit(load_after_three([opened_again(4)]).map(|_| ())), 4);
}

/// Loads through a repository on a store with this history.
async fn load_stored(history: Vec<RecordedEvent>) -> HistoryError {
    let events = Events::new();
    events.forge(history);
    let loaded = without_snapshots(&events).load(&stream("tally-1")).await;
    let Err(RepositoryError::History(error)) = loaded else {
        panic!("{loaded:?}");
    };
    error
}

fn stored_first() -> RecordedEvent {
    recorded("tally-1", 1, "TallyOpened", r#""TallyOpened""#)
}

#[tokio::test]
async fn a_repository_names_an_event_of_an_unknown_type() {
    let unknown = recorded("tally-1", 2, "Doubled", "{}");
    let error = load_stored(vec![stored_first(), unknown]).await;
    let HistoryError::Undecodable {
        stream: of,
        version: place,
        event_id,
        source: DecodeError::UnknownEventType { event_type },
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(
        (of, place, event_id),
        (stream("tally-1"), version(2), id(2))
    );
    assert_eq!(event_type.as_str(), "Doubled");
}

#[tokio::test]
async fn a_repository_names_an_event_with_an_undecodable_payload() {
    let torn = recorded("tally-1", 2, "Added", r#"{"Add"#);
    let error = load_stored(vec![stored_first(), torn]).await;
    let HistoryError::Undecodable {
        version: place,
        event_id,
        source: DecodeError::Malformed { .. },
        ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!((place, event_id), (version(2), id(2)));
}

#[tokio::test]
async fn a_repository_checks_the_version_before_the_payload() {
    let foreign = recorded("tally-2", 2, "Doubled", "{}");
    assert!(matches!(
        load_stored(vec![stored_first(), foreign]).await,
        HistoryError::ForeignStream { .. }
    ));
    let late = recorded("tally-1", 3, "Doubled", "{}");
    assert!(matches!(
        load_stored(vec![stored_first(), late]).await,
        HistoryError::Gap { .. }
    ));
    let again = recorded("tally-1", 1, "Doubled", "{}");
    assert!(matches!(
        load_stored(vec![stored_first(), again]).await,
        HistoryError::NotIncreasing { .. }
    ));
}

#[tokio::test]
async fn a_repository_names_an_inapplicable_event() {
    let opened_again = recorded("tally-1", 2, "TallyOpened", r#""TallyOpened""#);
    assert!(matches!(
        load_stored(vec![stored_first(), opened_again]).await,
        HistoryError::Inapplicable { event_id, .. } if event_id == id(2)
    ));
}
