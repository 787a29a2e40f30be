//! Appends that share a commit may share rows of the file. Nobody who reads can tell.

use std::sync::Arc;

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use jiff::Timestamp;
use persistence_sqlite::{Durability, SqliteOptions, SqliteStore};
use shared_kernel::{
    Append, EventStore, EventStoreExt, EventType, ExpectedVersion, LogQuery, ManualClock,
    RecordedEvent, StoreError, StreamQuery,
};
use sqlx::{Executor, Row};

use crate::fixture::{Place, event, events, stream, version};

async fn rows(place: &Place) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM runs");
    count.fetch_one(&mut place.shell().await).await.unwrap()
}

async fn log(store: &SqliteStore, query: LogQuery) -> Vec<RecordedEvent> {
    store.read_log(query).try_collect().await.unwrap()
}

/// Appends to so many streams at once, in turn what is small, several events, and what stands apart.
async fn append_to_all(store: &SqliteStore, streams: usize) {
    let appends = (0..streams).map(|nth| {
        let mut events = match nth % 5 {
            0 => vec![event(r#"{"a":"é"}"#), event(" [1] ")],
            1 => vec![event("no JSON")],
            _ => events(1),
        };
        if nth % 3 == 0 {
            events[0].event_type = EventType::new("Third \"one\"").unwrap();
        }
        let stream = stream(&format!("{}-{nth}", ["a", "b"][nth % 2]));
        store.append_to(stream, ExpectedVersion::Any, events)
    });
    for answer in join_all(appends).await {
        answer.unwrap();
    }
}

#[tokio::test]
async fn what_shares_rows_is_read_as_what_does_not() {
    let place = Place::new();
    let store = place.store().await;
    for _ in 0..4 {
        append_to_all(&store, 40).await;
    }
    let all = log(&store, LogQuery::new()).await;
    assert_eq!(all.len(), 4 * 48);
    assert!(rows(&place).await < 100, "{}", rows(&place).await);
    let numbers = all.iter().map(|event| event.position.get());
    assert!(numbers.eq(1..=192));

    let mut backward = log(&store, LogQuery::new().backward()).await;
    backward.reverse();
    assert_eq!(backward, all);
    for event in &all {
        let found = store.find_event(event.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(event));
        let from = LogQuery::new().positions(event.position..=event.position);
        assert_eq!(log(&store, from).await, std::slice::from_ref(event));
    }
    for nth in 0..40 {
        let name = stream(&format!("{}-{nth}", ["a", "b"][nth % 2]));
        let of_stream = |event: &&RecordedEvent| event.stream == name;
        let expected: Vec<_> = all.iter().filter(of_stream).cloned().collect();
        let read = store.read_whole_stream(name.clone()).await.unwrap();
        assert_eq!(read, expected);
        let last = StreamQuery::new(name).backward().limit(1);
        let last: Vec<_> = store.read_stream(last).try_collect().await.unwrap();
        assert_eq!(last.first(), expected.last());
    }
    let third = EventType::new("Third \"one\"").unwrap();
    let narrowed = LogQuery::new()
        .category(stream("b-1").category())
        .event_type(third.clone());
    let expected = all
        .iter()
        .filter(|event| event.stream.category().as_str() == "b" && event.event_type == third);
    let expected: Vec<_> = expected.cloned().collect();
    assert!(expected.len() > 10);
    assert_eq!(log(&store, narrowed).await, expected);
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn a_shell_finds_an_event_per_row_whoever_shares_it() {
    let place = Place::new();
    let store = place.store().await;
    append_to_all(&store, 20).await;
    append_to_all(&store, 1).await;
    let all = log(&store, LogQuery::new()).await;
    let seen = sqlx::query(
        "SELECT e.position, s.name, e.version, e.recorded_at, e.schema_version, e.event_id, \
            e.event_type, CAST(e.payload AS BLOB), h.stream = s.name AND h.version = e.version \
         FROM events AS e JOIN streams AS s USING (stream_key) JOIN history AS h USING (position) \
         ORDER BY e.position",
    )
    .fetch_all(&mut place.shell().await)
    .await
    .unwrap();
    assert_eq!(seen.len(), all.len());
    for (row, event) in seen.iter().zip(&all) {
        assert_eq!(row.get::<i64, _>(0).cast_unsigned(), event.position.get());
        assert_eq!(row.get::<&str, _>(1), event.stream.as_str());
        assert_eq!(row.get::<i64, _>(2).cast_unsigned(), event.version.get());
        assert_eq!(row.get::<i64, _>(3), event.recorded_at.as_microsecond());
        assert_eq!(row.get::<i64, _>(4), 1);
        assert_eq!(row.get::<&[u8], _>(5), event.id.as_bytes());
        assert_eq!(row.get::<&str, _>(6), event.event_type.as_str());
        let payload = String::from_utf8_lossy(row.get::<&[u8], _>(7));
        assert_eq!(
            payload.trim(),
            String::from_utf8_lossy(&event.payload).trim()
        );
        assert!(row.get::<bool, _>(8));
    }
}

#[tokio::test]
async fn one_append_to_several_streams_shares_rows_too() {
    let place = Place::new();
    let store = place.store().await;
    let none = ExpectedVersion::NoStream;
    let names = ["a-1", "b-1", "c-1"].map(stream);
    let append = names.iter().fold(Append::new(), |append, name| {
        append.write(name.clone(), none, events(2))
    });
    store.append(append).await.unwrap();
    assert_eq!(rows(&place).await, 1);
    // And where the file is asked first, because a neighbour is refused.
    let append = names.iter().fold(Append::new(), |append, name| {
        append.write(name.clone(), ExpectedVersion::Exact(version(2)), events(1))
    });
    let (refused, written) = tokio::join!(
        store.append_to(names[0].clone(), none, events(1)),
        store.append(append)
    );
    assert!(refused.is_err());
    written.unwrap();
    assert_eq!(rows(&place).await, 2);
    for name in names {
        let read = store.read_whole_stream(name).await.unwrap();
        assert_eq!(read.len(), 3);
    }
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn small_groups_fill_their_pages() {
    let place = Place::new();
    let options = SqliteOptions::new().with_durability(Durability::MayLoseLastAppendsOnPowerLoss);
    let store = place.store_with(options).await;
    let payload: &str = Box::leak(format!("\"{}\"", "x".repeat(230)).into_boxed_str());
    for _ in 0..200 {
        let appends = ["a-1", "b-1", "c-1", "d-1"]
            .map(|name| store.append_to(stream(name), ExpectedVersion::Any, vec![event(payload)]));
        for answer in join_all(appends).await {
            answer.unwrap();
        }
    }
    let seen = "SELECT 100 * sum(unused) / sum(pgsize), (SELECT count(*) FROM runs) \
        FROM dbstat WHERE name = 'runs' AND pagetype = 'leaf'";
    let (empty, rows): (i64, i64) = sqlx::query_as(seen)
        .fetch_one(&mut place.shell().await)
        .await
        .unwrap();
    assert!(empty <= 5, "{empty} percent of the pages are empty");
    assert!(rows < 400, "{rows}");
}

#[tokio::test]
async fn time_goes_on_from_a_row_that_is_shared() {
    let place = Place::new();
    let at = |second| {
        let time = Timestamp::from_second(second).unwrap();
        SqliteOptions::new().with_clock(Arc::new(ManualClock::at(time)))
    };
    let store = place.store_with(at(100)).await;
    append_to_all(&store, 20).await;
    store.close().await;
    let store = place.store_with(at(50)).await;
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await
        .unwrap();
    let all = log(&store, LogQuery::new()).await;
    assert!(all.iter().all(|event| event.recorded_at.as_second() == 100));
}

#[tokio::test]
async fn a_shared_row_that_is_damaged_is_met_by_all_who_share_it_and_nobody_else() {
    for damage in [
        "substr(events, 2)",
        "replace(events, '[1,', '[2,')",
        "replace(events, ',1,', ',9,')",
        "replace(events, '\"Happened\"', '\"\"')",
        "replace(events, ']],', ']]')",
    ] {
        let place = Place::new();
        let store = place.store().await;
        let none = ExpectedVersion::NoStream;
        let append = Append::new().write(stream("a-1"), none, events(1));
        store
            .append(append.write(stream("b-1"), none, events(1)))
            .await
            .unwrap();
        store
            .append_to(stream("c-1"), none, events(1))
            .await
            .unwrap();
        store.close().await;
        let mut shell = place.shell_without(&["runs_are_never_updated"]).await;
        let update = format!("UPDATE runs SET events = {damage} WHERE position = 1");
        shell.execute(sqlx::AssertSqlSafe(update)).await.unwrap();
        let store = place.store().await;
        for name in ["a-1", "b-1"] {
            let read = store.read_whole_stream(stream(name)).await;
            assert!(
                matches!(read, Err(StoreError::Damaged { .. })),
                "{damage}: {name}: {read:?}"
            );
        }
        let read = store.read_whole_stream(stream("c-1")).await.unwrap();
        assert_eq!(read.len(), 1, "{damage}");
        assert!(!store.check(|_| ()).await.unwrap().is_clean(), "{damage}");
    }
}
