//! Owns the scenarios of asking about one item, now and then.

use std::time::Duration;

use futures_util::TryStreamExt;
use jiff::SignedDuration;
use shared_kernel::repository::AsOf;
use shared_kernel::snowflake::Snowflake;
use shared_kernel::{DomainEvent, GlobalPosition, StreamVersion};
use work_item::{Status, Transition, WorkItem, WorkItemEvent, WorkNumber};
use work_tracking::{FailureKind, ItemRef, TrackingError};

use crate::given::{
    Bench, ada, bench, name, nobody, note, reason, task, ten, title, with_snapshots,
};

/// An item that was created at ten, started a minute later, blocked after another.
async fn blocked(bench: &Bench) -> WorkItem {
    let id = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item
        .id();
    bench.clock.advance(Duration::from_secs(60));
    bench.tracker.start(id, &nobody()).await.unwrap();
    bench.clock.advance(Duration::from_secs(60));
    bench
        .tracker
        .block(id, reason("waits"), &nobody())
        .await
        .unwrap()
        .item
}

#[tokio::test]
async fn a_number_leads_to_its_item() {
    let bench = bench();
    let item = blocked(&bench).await;
    let found = bench.tracker.find(WorkNumber::FIRST).await.unwrap();
    assert_eq!(found, Some(item.id()));
    assert_eq!(found.unwrap().number(), WorkNumber::FIRST);
    for unknown in [2, i64::MAX.unsigned_abs(), u64::MAX] {
        let unknown = WorkNumber::new(unknown).unwrap();
        assert_eq!(bench.tracker.find(unknown).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_item_is_shown_as_it_was() {
    let bench = bench();
    let item = blocked(&bench).await;
    let minute = |minutes| AsOf::Time(ten() + SignedDuration::from_mins(minutes));
    for (as_of, status) in [
        (AsOf::Version(StreamVersion::FIRST), Status::Pending),
        (AsOf::Version(StreamVersion::from(2)), Status::InProgress),
        (AsOf::Version(StreamVersion::MAX), Status::Blocked),
        (AsOf::Position(GlobalPosition::from(2)), Status::Pending),
        (AsOf::Position(GlobalPosition::from(3)), Status::InProgress),
        (minute(0), Status::Pending),
        (minute(1), Status::InProgress),
        (minute(2), Status::Blocked),
        (minute(999), Status::Blocked),
    ] {
        let shown = bench.tracker.show_as_of(item.id(), as_of).await.unwrap();
        assert_eq!(shown.item.status(), status, "{as_of:?}");
    }
    let now = bench.tracker.show(item.id().number()).await.unwrap();
    assert_eq!((now.item, now.version), (item, StreamVersion::from(3)));
}

#[tokio::test]
async fn before_its_creation_an_item_was_not_there() {
    let bench = bench();
    let item = blocked(&bench).await.id();
    let before = AsOf::Time(ten() - SignedDuration::from_micros(1));
    for as_of in [before, AsOf::Version(StreamVersion::EMPTY)] {
        let refused = bench.tracker.show_as_of(item, as_of).await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::NotFound);
        assert!(matches!(refused, TrackingError::NotYet { item: i } if i == item.into()));
    }
}

#[tokio::test]
async fn what_never_was_is_not_found() {
    let bench = bench();
    blocked(&bench).await;
    let now = AsOf::Version(StreamVersion::MAX);
    let number = ItemRef::from(WorkNumber::new(2).unwrap());
    let id = ItemRef::from(Snowflake::new(2).unwrap());
    let tracker = &bench.tracker;
    for unknown in [number, id] {
        let refusals = [
            tracker.show(unknown).await.map(|_| ()),
            tracker.show_as_of(unknown, now).await.map(|_| ()),
            tracker.history(unknown).await.map(|_| ()),
        ];
        for refused in refusals {
            let refused = refused.unwrap_err();
            assert!(matches!(refused, TrackingError::NotFound { item } if item == unknown));
        }
    }
}

#[tokio::test]
async fn the_history_tells_what_happened_in_order() {
    let bench = bench();
    let item = blocked(&bench).await;
    let history = bench.tracker.history(item.id()).await.unwrap();
    let history: Vec<_> = history.try_collect().await.unwrap();
    let types: Vec<_> = history.iter().map(|e| e.event.event_type()).collect();
    assert_eq!(types, ["WorkItemCreated", "StatusChanged", "StatusChanged"]);
    let versions: Vec<_> = history.iter().map(|e| e.version.get()).collect();
    assert_eq!(versions, [1, 2, 3]);
    assert_eq!(
        history[2].recorded_at,
        ten() + SignedDuration::from_secs(120)
    );
    assert_eq!(
        history[2].event,
        WorkItemEvent::StatusChanged {
            by: Transition::Block,
            from: Status::InProgress,
            to: Status::Blocked,
            reason: Some(reason("waits")),
            at: ten() + SignedDuration::from_secs(120),
        }
    );
}

#[tokio::test]
async fn with_snapshots_all_is_as_without() {
    let plain = bench();
    let snapshots = with_snapshots(plain.tracker.clone());
    let id = snapshots
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item
        .id();
    snapshots.assign(id, name("ada"), &nobody()).await.unwrap();
    for n in 0..230 {
        let retitled = snapshots
            .retitle(id, title(&format!("t{n}")), &nobody())
            .await;
        assert_eq!(retitled.unwrap().version, StreamVersion::from(n + 3));
    }
    for version in [1, 2, 99, 100, 101, 150, 200, 232] {
        let as_of = AsOf::Version(StreamVersion::from(version));
        let through = snapshots.show_as_of(id, as_of).await.unwrap();
        assert_eq!(through, plain.tracker.show_as_of(id, as_of).await.unwrap());
        assert_eq!(through.version, StreamVersion::from(version));
    }
    assert_eq!(
        snapshots.show(id).await.unwrap(),
        plain.tracker.show(id).await.unwrap()
    );
}

#[tokio::test]
async fn notes_are_told_with_who_took_them_and_when_and_nothing_else_is() {
    let bench = bench();
    let item = blocked(&bench).await.id();
    assert_eq!(bench.tracker.notes(item).await.unwrap(), []);
    for text in ["first", "second\nline"] {
        bench.clock.advance(Duration::from_secs(60));
        let noted = bench.tracker.note(item, note(text), &ada().into()).await;
        assert_eq!(noted.unwrap().recorded, 1);
        bench
            .tracker
            .assign(item, name(&text[..5]), &nobody())
            .await
            .unwrap();
    }
    let notes = bench.tracker.notes(item).await.unwrap();
    let told: Vec<_> = notes
        .iter()
        .map(|n| (n.version.get(), n.event.as_str()))
        .collect();
    assert_eq!(told, [(4, "first"), (6, "second\nline")]);
    assert_eq!(notes[1].metadata.actor, ada().actor);
    assert_eq!(notes[1].recorded_at, ten() + SignedDuration::from_secs(240));
    assert_eq!(notes[1].stream, item.stream_id());

    let missing = bench.tracker.notes(WorkNumber::new(9).unwrap()).await;
    assert!(matches!(missing, Err(TrackingError::NotFound { .. })));
}
