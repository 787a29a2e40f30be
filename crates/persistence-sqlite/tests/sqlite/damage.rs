//! Law 37: what somebody has done to the file past its triggers is an error that says so, wherever it is met.

use futures_util::TryStreamExt;
use persistence_sqlite::SqliteStore;
use shared_kernel::{
    AppendError, EventId, EventStore, EventStoreExt, ExpectedVersion, LogQuery, RecordedEvent,
    StoreError,
};
use sqlx::Executor;

use crate::fixture::{Place, event, events, stream};

/// A store with three events, the second of which is no JSON, and what is done to it.
async fn damaged_by(place: &Place, statement: &'static str) -> (SqliteStore, Vec<EventId>) {
    let store = place.store().await;
    let written = vec![event("{}"), event("no JSON"), event("[1]")];
    let ids = written.iter().map(|event| event.id).collect();
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, written)
        .await
        .unwrap();
    // Whatever is done is done to a file that is whole, with its index.
    store.close().await;
    let guards = [
        "runs_are_never_updated",
        "streams_are_never_deleted",
        "event_ids_are_never_updated",
        "stream_heads_are_never_updated",
    ];
    let mut shell = place.shell_without(&guards).await;
    shell.execute(statement).await.unwrap();
    (place.store().await, ids)
}

fn is_damage<T: std::fmt::Debug>(found: &Result<T, StoreError>) -> bool {
    matches!(found, Err(StoreError::Damaged { .. }))
}

async fn log(store: &SqliteStore, query: LogQuery) -> Result<Vec<RecordedEvent>, StoreError> {
    store.read_log(query).try_collect().await
}

#[tokio::test]
async fn a_run_that_is_none_is_met_by_every_reader() {
    for statement in [
        "UPDATE runs SET events = 'hello' WHERE position = 3",
        "UPDATE runs SET events = '[]' WHERE position = 3",
        "UPDATE runs SET events = replace(events, '[3,1,', '[0,1,') WHERE position = 3",
        "UPDATE runs SET events = replace(events, '[3,', '[9,') WHERE position = 3",
        "UPDATE runs SET events = replace(events, 'Happened', '') WHERE position = 3",
        "UPDATE runs SET event_ids = zeroblob(16) WHERE position = 3",
        "UPDATE runs SET event_ids = CAST(event_ids || event_ids AS BLOB) WHERE position = 3",
    ] {
        let place = Place::new();
        let (store, ids) = damaged_by(&place, statement).await;
        let read = log(&store, LogQuery::new()).await;
        // One that says to be elsewhere is not taken for an event of the place where it is.
        let is_elsewhere = matches!(&read, Ok(events) if events.len() == 2);
        assert!(is_damage(&read) || is_elsewhere, "{statement}: {read:?}");
        assert!(is_damage(&store.find_event(ids[2]).await), "{statement}");
        assert!(
            !store.check(|_| ()).await.unwrap().is_clean(),
            "{statement}"
        );
        assert!(store.find_event(ids[0]).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_payload_that_is_gone_is_met_by_every_reader() {
    let place = Place::new();
    let gone = "UPDATE runs SET payload = NULL WHERE position = 2";
    let (store, ids) = damaged_by(&place, gone).await;
    assert!(is_damage(&log(&store, LogQuery::new()).await));
    assert!(is_damage(&log(&store, LogQuery::new().backward()).await));
    assert!(is_damage(&store.read_whole_stream(stream("a-1")).await));
    assert!(is_damage(&store.find_event(ids[1]).await));
    let third = LogQuery::new().positions(3..);
    assert_eq!(log(&store, third).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_stream_without_a_name_is_met_by_every_reader_of_the_log() {
    for statement in [
        "DELETE FROM streams",
        "UPDATE runs SET events = replace(events, ',1,', ',7,')",
    ] {
        let place = Place::new();
        let (store, ids) = damaged_by(&place, statement).await;
        assert!(
            is_damage(&log(&store, LogQuery::new()).await),
            "{statement}"
        );
        assert!(is_damage(&store.find_event(ids[0]).await), "{statement}");
        let narrowed = LogQuery::new().category(stream("a-1").category());
        assert!(is_damage(&log(&store, narrowed).await), "{statement}");
    }
}

#[tokio::test]
async fn a_stream_that_names_runs_of_another_one_is_met() {
    let place = Place::new();
    let store = place.store().await;
    for name in ["a-1", "b-1"] {
        store
            .append_to(stream(name), ExpectedVersion::NoStream, events(1))
            .await
            .unwrap();
    }
    store.close().await;
    let store = place.store().await;
    for runs in ["[2]", "[1,1]", "[x]"] {
        let mixed = format!("INSERT OR REPLACE INTO indexed_streams VALUES (1, 1, 1, '{runs}')");
        let mixed = sqlx::AssertSqlSafe(mixed);
        place.shell().await.execute(mixed).await.unwrap();
        let read = store.read_whole_stream(stream("a-1")).await;
        assert!(is_damage(&read), "{runs}: {read:?}");
    }
}

#[tokio::test]
async fn an_id_that_leads_elsewhere_is_met() {
    let place = Place::new();
    let elsewhere = "UPDATE indexed_ids SET position = position + 1 WHERE position > 1";
    let (store, ids) = damaged_by(&place, elsewhere).await;
    for id in &ids[1..] {
        assert!(is_damage(&store.find_event(*id).await));
    }
}

#[tokio::test]
async fn a_head_that_is_none_is_met_by_the_next_append() {
    for statement in [
        "UPDATE indexed_streams SET runs = 'x'",
        "UPDATE indexed_streams SET version = -1",
    ] {
        let place = Place::new();
        let (store, _) = damaged_by(&place, statement).await;
        let refused = store
            .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
            .await;
        assert!(
            matches!(refused, Err(AppendError::Store(StoreError::Damaged { .. }))),
            "{statement}: {refused:?}"
        );
        let other = store
            .append_to(stream("b-1"), ExpectedVersion::Any, events(1))
            .await;
        assert_eq!(other.unwrap().positions[0].get(), 4);
    }
}
