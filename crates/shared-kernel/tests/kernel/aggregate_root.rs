//! The aggregate in use: a raised event is applied once, and stays pending until it is saved.

use shared_kernel::snapshot::Snapshot;
use shared_kernel::{AggregateRoot, StreamVersion};

use crate::fixture::version;
use crate::tally::{NO_RECORDS, Tally, TallyEvent, opened, stream};

#[test]
fn a_new_aggregate_has_its_first_event_pending() {
    let root = opened("tally-1");
    assert_eq!(root.stream(), &stream("tally-1"));
    assert_eq!(root.version(), StreamVersion::EMPTY);
    assert_eq!(root.current_version(), version(1));
    assert!(root.has_pending() && !root.has_staged());
    assert_eq!(
        root.pending().collect::<Vec<_>>(),
        [&TallyEvent::TallyOpened]
    );
    assert_eq!(root.newest_snapshot(), None);
    assert!(root.replay_duration().is_zero());
}

#[test]
fn an_event_that_cannot_begin_a_history_creates_nothing() {
    let refused = AggregateRoot::<Tally>::create(stream("tally-1"), TallyEvent::Added(1));
    assert!(refused.is_err());
}

#[test]
fn a_raised_event_is_applied_once_and_kept_in_order() {
    let mut root = opened("tally-1");
    root.raise(TallyEvent::Added(4)).unwrap();
    root.raise(TallyEvent::Added(5)).unwrap();
    assert_eq!(root.state().added, [4, 5]);
    let kept: Vec<_> = root.pending().cloned().collect();
    assert_eq!(
        kept,
        [
            TallyEvent::TallyOpened,
            TallyEvent::Added(4),
            TallyEvent::Added(5)
        ]
    );
    assert_eq!(root.pending().len(), 3);
    assert_eq!(root.version(), StreamVersion::EMPTY);
    assert_eq!(root.current_version(), version(3));
}

#[test]
fn an_inapplicable_event_does_not_change_the_aggregate() {
    let mut root = opened("tally-1");
    root.raise(TallyEvent::TallyClosed).unwrap();
    let before = root.state().clone();
    assert!(root.raise(TallyEvent::Added(1)).is_err());
    assert_eq!(*root.state(), before);
    assert_eq!(root.pending().len(), 2);
    assert_eq!(root.current_version(), version(2));
}

#[test]
fn the_events_before_an_inapplicable_one_stay_pending() {
    let mut root = opened("tally-1");
    let events = [
        TallyEvent::Added(1),
        TallyEvent::TallyOpened,
        TallyEvent::Added(2),
    ];
    assert!(root.raise_all(events).is_err());
    assert_eq!(root.state().added, [1]);
    assert_eq!(root.current_version(), version(2));

    root.raise_all([TallyEvent::Added(3), TallyEvent::Added(4)])
        .unwrap();
    assert_eq!(root.state().added, [1, 3, 4]);
}

#[test]
fn at_the_largest_version_no_event_is_raised() {
    let full = Snapshot {
        stream: stream("tally-1"),
        version: StreamVersion::MAX,
        state: opened("tally-1").into_state(),
    };
    let mut root = AggregateRoot::load_from_snapshot(full, NO_RECORDS).unwrap();
    assert!(root.raise(TallyEvent::Added(1)).is_err());
    assert_eq!(root.state().total(), 0);
    assert!(!root.has_pending());
}

#[test]
fn a_snapshot_holds_no_pending_event() {
    let stored = Snapshot {
        stream: stream("tally-1"),
        version: version(7),
        state: opened("tally-1").into_state(),
    };
    let mut root = AggregateRoot::load_from_snapshot(stored.clone(), NO_RECORDS).unwrap();
    let Snapshot {
        stream,
        version,
        state,
    } = root.to_snapshot().unwrap();
    assert_eq!(
        (stream, version, state),
        (stored.stream, stored.version, &stored.state)
    );

    root.raise(TallyEvent::Added(1)).unwrap();
    assert_eq!(root.to_snapshot(), None);
}

#[test]
fn a_snapshot_stays_requested_until_it_is_taken() {
    let mut root = opened("tally-1");
    assert!(!root.is_snapshot_requested());
    root.request_snapshot();
    assert!(root.is_snapshot_requested());
}

#[test]
fn debug_output_has_stream_and_version_without_the_state() {
    let shown = format!("{:?}", opened("tally-1"));
    assert!(shown.contains("tally-1") && !shown.contains("added"));
}
