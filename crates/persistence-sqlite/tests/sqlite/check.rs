//! What an examination of a store finds.

use persistence_sqlite::{CheckProgress, Problem};
use shared_kernel::{EventStoreExt, ExpectedVersion};
use sqlx::Executor;

use crate::fixture::{Place, events, stream};

/// Later than any event of the tests.
const LATER: i64 = 9_000_000_000_000_000;

async fn problems(place: &Place) -> Vec<Problem> {
    place.store().await.check(|_| ()).await.unwrap().problems
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
    place.forge(1, 3, 5, LATER).await;
    let found = problems(&place).await;
    let version_gap = Problem::VersionGap {
        stream: "a-1".into(),
        events: 2,
        first: 1,
        last: 3,
    };
    assert_eq!(found, [Problem::PositionGap { missing: 2 }, version_gap]);
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
    place.forge(7, 1, 1, LATER).await;
    assert!(matches!(
        &problems(&place).await[..],
        [Problem::Unreadable { .. }]
    ));
}

#[tokio::test]
async fn what_leads_to_the_wrong_events_is_found() {
    let misleading = [
        "UPDATE indexed_streams SET runs = '[1]'",
        "UPDATE indexed_streams SET version = 2",
        "UPDATE indexed_streams SET version = 100",
        "UPDATE indexed_streams SET runs = '[x]'",
        "DELETE FROM indexed_streams",
        "UPDATE indexed_streams SET runs = '[1,2,2]'",
        "UPDATE indexed_streams SET runs = '[]', first_version = 4",
    ];
    for statement in misleading {
        let place = Place::new();
        let store = place.store().await;
        for _ in 0..3 {
            store
                .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
                .await
                .unwrap();
        }
        store.close().await;
        let guards = [
            "stream_heads_are_never_updated",
            "stream_heads_are_never_deleted",
        ];
        let mut shell = place.shell_without(&guards).await;
        shell.execute(statement).await.unwrap();
        let misleads = Problem::StreamMisleads {
            stream: "a-1".into(),
        };
        assert!(problems(&place).await.contains(&misleads), "{statement}");
    }
    for (statement, position) in [
        ("DELETE FROM indexed_ids WHERE position = 2", None),
        (
            "UPDATE indexed_ids SET position = 3 WHERE position = 2",
            Some(3),
        ),
        (
            "UPDATE indexed_ids SET position = 9 WHERE position = 2",
            Some(9),
        ),
        ("INSERT INTO indexed_ids VALUES (zeroblob(16), 2)", Some(2)),
    ] {
        let place = Place::new();
        let store = place.store().await;
        store
            .append_to(stream("a-1"), ExpectedVersion::NoStream, events(3))
            .await
            .unwrap();
        store.close().await;
        let guards = ["event_ids_are_never_deleted", "event_ids_are_never_updated"];
        let mut shell = place.shell_without(&guards).await;
        shell.execute(statement).await.unwrap();
        let misleads = Problem::IdMisleads { position };
        assert!(problems(&place).await.contains(&misleads), "{statement}");
    }
}

#[tokio::test]
async fn a_stream_without_events_that_says_otherwise_is_found() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(1))
        .await
        .unwrap();
    let listed = "INSERT INTO streams (name) VALUES ('e-1'); \
        INSERT INTO indexed_streams VALUES (2, 1, 1, '[7]')";
    place.shell().await.execute(listed).await.unwrap();
    let misleads = Problem::StreamMisleads {
        stream: "e-1".into(),
    };
    assert_eq!(problems(&place).await, [misleads]);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_found() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(1))
        .await
        .unwrap();
    let torn = "INSERT INTO runs VALUES (2, zeroblob(16), '[2,1,2,0,[2,\"T\",1,[],{}]]', NULL)";
    place.shell().await.execute(torn).await.unwrap();
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
        .execute("DROP TRIGGER runs_are_never_deleted")
        .await
        .unwrap();
    shell
        .execute("CREATE INDEX somebodys_own ON runs (payload)")
        .await
        .unwrap();
    let lost = Problem::LayoutChanged {
        name: "runs_are_never_deleted".into(),
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
    place.forge(1, 2, 2, LATER).await;
    place.forge(1, 3, 3, 5).await;
    assert_eq!(
        problems(&place).await,
        [Problem::TimeWentBack { position: 3 }]
    );
}
