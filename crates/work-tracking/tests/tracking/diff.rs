//! The differences of an item between two moments.

use std::time::Duration;

use shared_kernel::StreamVersion;
use shared_kernel::repository::AsOf;
use work_item::{Field, FieldChange, FieldValue, WorkItemId};
use work_tracking::{FailureKind, TrackingError};

use crate::fixture::{
    Fixture, TASK, anonymous, fixture, item, minutes_after_ten, snowflake, title, who,
};

/// An item that is retitled at 10:01, and assigned and retitled at 10:02.
async fn changed() -> (Fixture, WorkItemId) {
    let fixture = fixture();
    let id = item(&fixture.tracker, TASK, None).await;
    let minute = Duration::from_secs(60);
    fixture.clock.advance(minute);
    fixture
        .tracker
        .retitle(id, title("y"), &anonymous())
        .await
        .unwrap();
    fixture.clock.advance(minute);
    fixture
        .tracker
        .assign(id, who("ada"), &anonymous())
        .await
        .unwrap();
    fixture
        .tracker
        .retitle(id, title("z"), &anonymous())
        .await
        .unwrap();
    (fixture, id)
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
async fn a_diff_of_two_versions_lists_the_changed_fields() {
    let (fixture, id) = changed().await;
    let diff = fixture
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
    assert_eq!(diff.to, fixture.tracker.show(id).await.unwrap());

    let back = fixture
        .tracker
        .diff(id, version(2), version(1))
        .await
        .unwrap();
    assert_eq!(back.changes, [change(Field::Title, Some("y"), Some("x"))]);
    let none = fixture
        .tracker
        .diff(id, version(3), version(3))
        .await
        .unwrap();
    assert_eq!(none.changes, []);
}

#[tokio::test]
async fn a_diff_of_two_times_lists_the_changed_fields() {
    let (fixture, id) = changed().await;
    let minutes = |minutes| AsOf::Time(minutes_after_ten(minutes));
    let diff = fixture
        .tracker
        .diff(id.number(), minutes(0), minutes(1))
        .await
        .unwrap();
    assert_eq!(diff.changes, [change(Field::Title, Some("x"), Some("y"))]);
    // A moment in the future means the present state.
    let diff = fixture
        .tracker
        .diff(id, minutes(1), minutes(99))
        .await
        .unwrap();
    assert_eq!(diff.changes.len(), 2);
    assert_eq!(diff.to.version, StreamVersion::from(4));
}

#[tokio::test]
async fn a_diff_before_the_creation_is_an_error() {
    let (fixture, id) = changed().await;
    let before = AsOf::Time(minutes_after_ten(-1));
    for (from, to) in [(before, version(1)), (version(1), before)] {
        let refused = fixture.tracker.diff(id, from, to).await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::NotFound);
        assert!(matches!(refused, TrackingError::NotYet { .. }));
    }
    let refused = fixture
        .tracker
        .diff(snowflake(7), version(1), version(2))
        .await
        .unwrap_err();
    assert!(matches!(refused, TrackingError::NotFound { .. }));
}
