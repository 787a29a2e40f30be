//! Law 38, where it is more than a golden file shows: whatever the first layout could hold comes over into
//! runs as it was, or the file is left as it is.

use futures_util::TryStreamExt;
use persistence_sqlite::{OpenError, Problem, SqliteStore};
use shared_kernel::{
    EventStore, EventStoreExt, ExpectedVersion, LogQuery, RecordedEvent, StoreError, StreamQuery,
};
use sqlx::{Executor, raw_sql};

use crate::fixture::{Place, events, stream};

const LAYOUT_1: &str = include_str!("../../migrations/0001_initial.sql");

/// A file of the first layout with these rows: `rows` gives key, version, position and time, then what else
/// an event has.
async fn file_of_layout_1(place: &Place, rows: &[&str]) {
    std::fs::write(place.store_path(), b"").unwrap();
    let mut shell = place.shell().await;
    raw_sql(LAYOUT_1).execute(&mut shell).await.unwrap();
    let streams = "INSERT INTO streams (name) VALUES ('a-1'), ('b-1'), ('\"c\\d\"')";
    shell.execute(streams).await.unwrap();
    for (number, row) in rows.iter().enumerate() {
        let insert = format!(
            "INSERT INTO events (event_id, stream_key, version, position, recorded_at, \
                schema_version, event_type, metadata, payload) \
             VALUES (unhex('0190000000007000800000000000{number:04x}'), {row})"
        );
        shell.execute(sqlx::AssertSqlSafe(insert)).await.unwrap();
    }
}

async fn log(store: &SqliteStore) -> Vec<RecordedEvent> {
    store.read_log(LogQuery::new()).try_collect().await.unwrap()
}

fn told(event: &RecordedEvent) -> String {
    format!(
        "{} {} {} {} {} {} {} {}",
        event.position.get(),
        event.stream,
        event.version.get(),
        event.recorded_at.as_microsecond(),
        event.event_type,
        event.schema_version.get(),
        serde_json::to_string(&event.metadata).unwrap(),
        event.payload.escape_ascii(),
    )
}

#[tokio::test]
async fn every_kind_of_event_comes_over_as_it_was() {
    let place = Place::new();
    let large = "x".repeat(20_000);
    let large_row = format!("1, 3, 6, 70, 1, 'T', '{{}}', '\"{large}\"'");
    file_of_layout_1(
        &place,
        &[
            r#"1, 1, 1, 50, 1, 'T', '{}', '{"a": 1.0}'"#,
            r#"1, 2, 2, 50, 2, 'T "q"', '{"correlation":"c","pairs":{"k":"v \"w\""}}', ' [ ] '"#,
            r#"2, 1, 3, 50, 1, 'Ü\', '{"actor":{"kind":"agent","name":"é"}}', x'00ff'"#,
            r#"3, 1, 4, -7, 1, 'T', '{"causation":"d"}', 'null'"#,
            r#"3, 2, 5, 60, 1, 'T', '{}', x''"#,
            &large_row,
        ],
    )
    .await;
    let store = place.store().await;
    let events = log(&store).await;
    let expected = [
        r#"1 a-1 1 50 T 1 {} {\"a\": 1.0}"#,
        r#"2 a-1 2 50 T "q" 2 {"correlation":"c","pairs":{"k":"v \"w\""}}  [ ] "#,
        r#"3 b-1 1 50 Ü\ 1 {"actor":{"kind":"agent","name":"é"}} \x00\xff"#,
        r#"4 "c\d" 1 -7 T 1 {"causation":"d"} null"#,
        r#"5 "c\d" 2 60 T 1 {} "#,
        &format!(r#"6 a-1 3 70 T 1 {{}} \"{large}\""#),
    ];
    assert_eq!(events.iter().map(told).collect::<Vec<_>>(), expected);
    for event in &events {
        let found = store.find_event(event.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(event));
    }
    let a = store.read_whole_stream(stream("a-1")).await.unwrap();
    let positions: Vec<_> = a.iter().map(|event| event.position.get()).collect();
    assert_eq!(positions, [1, 2, 6]);
    let problems = store.check(|_| ()).await.unwrap().problems;
    assert_eq!(problems, [Problem::TimeWentBack { position: 4 }]);
}

#[tokio::test]
async fn a_long_log_comes_over_and_goes_on() {
    let place = Place::new();
    let rows: Vec<String> = (1..=2_500)
        .map(|position| {
            let (key, version) = (2 - position % 2, (position + 1) / 2);
            format!("{key}, {version}, {position}, 50, 1, 'T', '{{}}', '{position}'")
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    file_of_layout_1(&place, &rows).await;
    // Two at once: the first brings it over, the other finds it done.
    let (store, other) = tokio::join!(place.store(), place.store());
    let moved = log(&store).await;
    assert_eq!(moved, log(&other).await);
    assert_eq!(moved.len(), 2_500);
    for (event, number) in moved.iter().zip(1..) {
        assert_eq!(event.position.get(), number);
        assert_eq!(event.payload, number.to_string());
    }
    store
        .append_to(
            stream("b-1"),
            ExpectedVersion::Exact(1_250.into()),
            events(3),
        )
        .await
        .unwrap();
    let b = StreamQuery::new(stream("b-1"));
    let b: Vec<_> = store.read_stream(b).try_collect().await.unwrap();
    assert!(b.iter().map(|event| event.version.get()).eq(1..=1_253));
    // Its third stream has no events, which a store never leaves so.
    let empty = Problem::EmptyStream {
        stream: "\"c\\d\"".into(),
    };
    assert_eq!(store.check(|_| ()).await.unwrap().problems, [empty]);
}

#[tokio::test]
async fn what_a_damaged_file_lost_is_missing_afterwards_and_the_rest_is_there() {
    let place = Place::new();
    let rows = [
        "1, 2, 3, 50, 1, 'T', '{}', '1'",
        "1, 3, 4, 50, 1, 'T', '{}', '2'",
        "1, 6, 9, 50, 1, 'T', '{}', '3'",
        // Only a position is missing, only a version, and nothing but that time went on.
        "1, 7, 11, 50, 1, 'T', '{}', '4'",
        "1, 9, 12, 50, 1, 'T', '{}', '5'",
        "1, 10, 13, 60, 1, 'T', '{}', '6'",
    ];
    file_of_layout_1(&place, &rows).await;
    let store = place.store().await;
    let query = StreamQuery::new(stream("a-1"));
    for query in [query.clone(), query.backward()] {
        let mut read: Vec<_> = store.read_stream(query).try_collect().await.unwrap();
        read.sort_by_key(|event| event.version);
        let numbers = read.iter().map(|event| {
            let recorded_at = event.recorded_at.as_microsecond();
            (event.position.get(), event.version.get(), recorded_at)
        });
        assert_eq!(
            numbers.collect::<Vec<_>>(),
            [
                (3, 2, 50),
                (4, 3, 50),
                (9, 6, 50),
                (11, 7, 50),
                (12, 9, 50),
                (13, 10, 60)
            ]
        );
    }
    let report = store.check(|_| ()).await.unwrap();
    assert!(
        report
            .problems
            .contains(&Problem::PositionGap { missing: 1 })
    );
    assert!(
        report
            .problems
            .contains(&Problem::PositionGap { missing: 5 })
    );
}

#[tokio::test]
async fn a_file_with_something_that_is_no_event_is_left_as_it_is() {
    for row in [
        "1, 2, 2, 50, 1, 'T', '{', '1'",
        "1, 2, 2, 50, 1, 'T', '{\"other\":1}', '1'",
    ] {
        let place = Place::new();
        file_of_layout_1(&place, &["1, 1, 1, 50, 1, 'T', '{}', '1'", row]).await;
        let refused = SqliteStore::open(place.store_path()).await.unwrap_err();
        assert!(
            matches!(&refused, OpenError::Store(StoreError::Damaged { location, .. })
                if *location == place.store_path().display().to_string()),
            "{refused:?}"
        );
        let mut shell = place.shell().await;
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM events, pragma_user_version \
             WHERE user_version = 1",
        )
        .fetch_one(&mut shell)
        .await
        .unwrap();
        assert_eq!(count, 2, "{row}");
    }
}
