//! What an examination of a store finds.

use persistence_sqlite::{CheckProgress, Problem};
use shared_kernel::{EventStoreExt, ExpectedVersion};
use sqlx::Executor;

use crate::fixture::{Place, events, stream};

/// Inserts past the store; the triggers do not stand in the way of new rows.
const INSERT: &str = "INSERT INTO events (stream_key, version, position, recorded_at, \
    schema_version, event_id, event_type, metadata, payload) VALUES ";
const REST: &str = ", 9000000000000000, 1, unhex('0190000000007000800000000000000' || ";

async fn problems(place: &Place) -> Vec<Problem> {
    place.store().await.check(|_| ()).await.unwrap().problems
}

async fn insert(place: &Place, key_version_position: &str) {
    let last = key_version_position.len() % 10;
    let sql = format!("{INSERT}({key_version_position}{REST}'{last}'), 'T', '{{}}', '{{}}')");
    place
        .shell()
        .await
        .execute(sqlx::AssertSqlSafe(sql))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_store_in_good_health_is_clean_and_the_progress_is_told() {
    let place = Place::new();
    let store = place.store().await;
    let empty = store
        .check(|_| panic!("there is nothing to read"))
        .await
        .unwrap();
    assert!(empty.is_clean() && empty.events == 0);
    for name in ["a-1", "b-1"] {
        store
            .append_to(stream(name), ExpectedVersion::NoStream, events(1100))
            .await
            .unwrap();
    }
    let mut told = Vec::new();
    let report = store.check(|progress| told.push(progress)).await.unwrap();
    assert!(report.is_clean());
    assert_eq!((report.events, report.streams), (2200, 2));
    let at = |read| CheckProgress { read, total: 2200 };
    assert_eq!(told, [at(1000), at(2000), at(2200)]);
}

#[tokio::test]
async fn gaps_in_positions_and_versions_are_found() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(1))
        .await
        .unwrap();
    insert(&place, "1, 3, 5").await;
    let found = problems(&place).await;
    let version_gap = Problem::VersionGap {
        stream: "a-1".into(),
        events: 2,
        first: 1,
        last: 3,
    };
    assert_eq!(found, [version_gap, Problem::PositionGap { missing: 2 }]);
}

#[tokio::test]
async fn streams_and_events_that_do_not_belong_together_are_found() {
    let place = Place::new();
    place.store().await.close().await;
    place
        .shell()
        .await
        .execute("INSERT INTO streams (name) VALUES ('e-1')")
        .await
        .unwrap();
    assert_eq!(
        problems(&place).await,
        [Problem::EmptyStream {
            stream: "e-1".into()
        }]
    );
    insert(&place, "7, 1, 1").await;
    assert!(
        problems(&place)
            .await
            .contains(&Problem::UnknownStream { position: 1 })
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_found() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(1))
        .await
        .unwrap();
    let sql = format!("{INSERT}(1, 2, 2, 9000000000000000, 1, zeroblob(16), 'T', '{{}}', '{{}}')");
    place
        .shell()
        .await
        .execute(sqlx::AssertSqlSafe(sql))
        .await
        .unwrap();
    let report = store.check(|_| ()).await.unwrap();
    assert!(
        matches!(&report.problems[..], [Problem::Unreadable { .. }]),
        "{report:?}"
    );
}

#[tokio::test]
async fn a_layout_that_lost_its_guards_is_found() {
    let place = Place::new();
    place.store().await.close().await;
    let mut shell = place.shell().await;
    shell
        .execute("DROP TRIGGER events_are_never_deleted")
        .await
        .unwrap();
    shell
        .execute("CREATE INDEX somebodys_own ON events (event_type)")
        .await
        .unwrap();
    let lost = Problem::LayoutChanged {
        name: "events_are_never_deleted".into(),
    };
    assert_eq!(problems(&place).await, [lost]);
}

#[tokio::test]
async fn a_time_that_goes_back_is_found() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(1))
        .await
        .unwrap();
    insert(&place, "1, 2, 2").await;
    let sql = format!(
        "{INSERT}(1, 3, 3, 5, 1, unhex('01900000000070008000000000000099'), 'T', '{{}}', '{{}}')"
    );
    place
        .shell()
        .await
        .execute(sqlx::AssertSqlSafe(sql))
        .await
        .unwrap();
    assert_eq!(
        problems(&place).await,
        [Problem::TimeWentBack { position: 3 }]
    );
}
