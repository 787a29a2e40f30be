//! Owns the scenarios of what changed in an item between two moments.

use std::time::Duration;

use jiff::SignedDuration;
use shared_kernel::StreamVersion;
use shared_kernel::repository::AsOf;
use shared_kernel::snowflake::Snowflake;
use work_item::{Field, FieldChange, FieldValue, WorkItemId, WorkItemType};
use work_tracking::{FailureKind, TrackingError};

use crate::given::{Bench, bench, item, name, nobody, ten, title};

/// An item that was retitled a minute after its creation, and assigned and retitled after another.
async fn changed() -> (Bench, WorkItemId) {
    let bench = bench();
    let id = item(&bench.tracker, WorkItemType::Task, None).await;
    let minute = Duration::from_secs(60);
    bench.clock.advance(minute);
    bench
        .tracker
        .retitle(id, title("y"), &nobody())
        .await
        .unwrap();
    bench.clock.advance(minute);
    bench
        .tracker
        .assign(id, name("ada"), &nobody())
        .await
        .unwrap();
    bench
        .tracker
        .retitle(id, title("z"), &nobody())
        .await
        .unwrap();
    (bench, id)
}

fn version(version: u64) -> AsOf {
    AsOf::Version(StreamVersion::new(version).unwrap())
}

fn change(field: Field, from: Option<&str>, to: Option<&str>) -> FieldChange {
    let text = |text: &str| FieldValue::Text(text.to_owned());
    FieldChange {
        field,
        from: from.map(text),
        to: to.map(text),
    }
}

#[tokio::test]
async fn what_changed_between_two_versions_is_told_field_by_field() {
    let (bench, id) = changed().await;
    let diff = bench
        .tracker
        .diff(id, version(2), version(4))
        .await
        .unwrap();
    assert_eq!(
        diff.changes,
        [
            change(Field::Title, Some("y"), Some("z")),
            change(Field::Assignee, None, Some("ada")),
        ]
    );
    assert_eq!(diff.from.version, StreamVersion::from(2));
    assert_eq!(diff.to, bench.tracker.show(id).await.unwrap());

    let back = bench
        .tracker
        .diff(id, version(2), version(1))
        .await
        .unwrap();
    assert_eq!(back.changes, [change(Field::Title, Some("y"), Some("x"))]);
    let none = bench
        .tracker
        .diff(id, version(3), version(3))
        .await
        .unwrap();
    assert_eq!(none.changes, []);
}

#[tokio::test]
async fn what_changed_between_two_times_is_told_too() {
    let (bench, id) = changed().await;
    let minutes = |minutes: i64| AsOf::Time(ten() + SignedDuration::from_mins(minutes));
    let diff = bench
        .tracker
        .diff(id.number(), minutes(0), minutes(1))
        .await
        .unwrap();
    assert_eq!(diff.changes, [change(Field::Title, Some("x"), Some("y"))]);
    // A moment that is yet to come is the present.
    let diff = bench
        .tracker
        .diff(id, minutes(1), minutes(99))
        .await
        .unwrap();
    assert_eq!(diff.changes.len(), 2);
    assert_eq!(diff.to.version, StreamVersion::from(4));
}

#[tokio::test]
async fn what_was_not_there_is_not_compared() {
    let (bench, id) = changed().await;
    let before = AsOf::Time(ten() - SignedDuration::from_mins(1));
    for (from, to) in [(before, version(1)), (version(1), before)] {
        let refused = bench.tracker.diff(id, from, to).await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::NotFound);
        assert!(matches!(refused, TrackingError::NotYet { .. }));
    }
    let unknown = Snowflake::new(7).unwrap();
    let refused = bench
        .tracker
        .diff(unknown, version(1), version(2))
        .await
        .unwrap_err();
    assert!(matches!(refused, TrackingError::NotFound { .. }));
}
