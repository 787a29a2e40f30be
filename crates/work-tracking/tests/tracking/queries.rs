//! The queries about one item: present and past states, history, notes.

use std::time::Duration;

use futures_util::TryStreamExt;
use jiff::SignedDuration;
use shared_kernel::repository::AsOf;
use shared_kernel::{DomainEvent, GlobalPosition, StreamVersion};
use work_item::{Status, Transition, WorkItem, WorkItemEvent, WorkNumber};
use work_tracking::{FailureKind, TrackingError};

use crate::fixture::{
    Fixture, TASK, ada, anonymous, fixture, item, minutes_after_ten, missing, note, number, reason,
    ten, title, who, with_snapshots,
};

/// An item that is created at 10:00, started at 10:01 and blocked at 10:02.
async fn blocked(fixture: &Fixture) -> WorkItem {
    let id = item(&fixture.tracker, TASK, None).await;
    fixture.clock.advance(Duration::from_secs(60));
    fixture.tracker.start(id, &anonymous()).await.unwrap();
    fixture.clock.advance(Duration::from_secs(60));
    fixture
        .tracker
        .block(id, reason("waits"), &anonymous())
        .await
        .unwrap()
        .item
}

#[tokio::test]
async fn an_item_is_found_by_number() {
    let fixture = fixture();
    let item = blocked(&fixture).await;
    let found = fixture.tracker.find(WorkNumber::FIRST).await.unwrap();
    assert_eq!(found, Some(item.id()));
    assert_eq!(found.unwrap().number(), WorkNumber::FIRST);
    for unknown in [2, i64::MAX.unsigned_abs(), u64::MAX] {
        let unknown = number(unknown);
        assert_eq!(fixture.tracker.find(unknown).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_past_state_is_shown_by_version_position_and_time() {
    let fixture = fixture();
    let item = blocked(&fixture).await;
    let minute = |minutes| AsOf::Time(minutes_after_ten(minutes));
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
        let shown = fixture.tracker.show_as_of(item.id(), as_of).await.unwrap();
        assert_eq!(shown.item.status(), status, "{as_of:?}");
    }
    let now = fixture.tracker.show(item.id().number()).await.unwrap();
    assert_eq!((now.item, now.version), (item, StreamVersion::from(3)));
}

#[tokio::test]
async fn before_its_creation_an_item_does_not_exist() {
    let fixture = fixture();
    let item = blocked(&fixture).await.id();
    let before = AsOf::Time(ten() - SignedDuration::from_micros(1));
    for as_of in [before, AsOf::Version(StreamVersion::EMPTY)] {
        let refused = fixture.tracker.show_as_of(item, as_of).await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::NotFound);
        assert!(matches!(refused, TrackingError::NotYet { item: i } if i == item.into()));
    }
}

#[tokio::test]
async fn a_missing_item_is_not_found() {
    let fixture = fixture();
    blocked(&fixture).await;
    let now = AsOf::Version(StreamVersion::MAX);
    let tracker = &fixture.tracker;
    for unknown in missing() {
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
async fn the_history_lists_the_events_in_order() {
    let fixture = fixture();
    let item = blocked(&fixture).await;
    let history = fixture.tracker.history(item.id()).await.unwrap();
    let history: Vec<_> = history.try_collect().await.unwrap();
    let types: Vec<_> = history.iter().map(|e| e.event.event_type()).collect();
    assert_eq!(types, ["WorkItemCreated", "StatusChanged", "StatusChanged"]);
    let versions: Vec<_> = history.iter().map(|e| e.version.get()).collect();
    assert_eq!(versions, [1, 2, 3]);
    assert_eq!(history[2].recorded_at, minutes_after_ten(2));
    assert_eq!(
        history[2].event,
        WorkItemEvent::StatusChanged {
            by: Transition::Block,
            from: Status::InProgress,
            to: Status::Blocked,
            reason: Some(reason("waits")),
            at: minutes_after_ten(2),
        }
    );
}

#[tokio::test]
async fn snapshots_do_not_change_the_answers() {
    let plain = fixture();
    let snapshots = with_snapshots(plain.tracker.clone());
    let id = item(&snapshots, TASK, None).await;
    snapshots
        .assign(id, who("ada"), &anonymous())
        .await
        .unwrap();
    for n in 0..230 {
        let retitled = snapshots
            .retitle(id, title(&format!("t{n}")), &anonymous())
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
async fn notes_are_listed_with_actor_and_time() {
    let fixture = fixture();
    let item = blocked(&fixture).await.id();
    assert_eq!(fixture.tracker.notes(item).await.unwrap(), []);
    for text in ["first", "second\nline"] {
        fixture.clock.advance(Duration::from_secs(60));
        let noted = fixture.tracker.note(item, note(text), &ada().into()).await;
        assert_eq!(noted.unwrap().events.len(), 1);
        fixture
            .tracker
            .assign(item, who(&text[..5]), &anonymous())
            .await
            .unwrap();
    }
    let notes = fixture.tracker.notes(item).await.unwrap();
    let texts: Vec<_> = notes
        .iter()
        .map(|n| (n.version.get(), n.event.as_str()))
        .collect();
    assert_eq!(texts, [(4, "first"), (6, "second\nline")]);
    assert_eq!(notes[1].metadata.actor, ada().actor);
    assert_eq!(notes[1].recorded_at, minutes_after_ten(4));
    assert_eq!(notes[1].stream, item.stream_id());

    let missing = fixture.tracker.notes(number(9)).await;
    assert!(matches!(missing, Err(TrackingError::NotFound { .. })));
}
