//! Law 37: a change of the file past its triggers is a typed error for every reader that meets it.

use futures_util::TryStreamExt;
use persistence_sqlite::SqliteStore;
use shared_kernel::store::{LogQuery, StreamQuery};
use shared_kernel::{
    AppendError, EventId, EventStore, EventStoreExt, ExpectedVersion, RecordedEvent, StoreError,
};

use crate::fixture::{Place, event, events, stream, version};

/// A store with three events, the second of which is not JSON, so that each is a batch. Then a
/// statement damages the file.
async fn damaged_by(place: &Place, statement: &str) -> (SqliteStore, Vec<EventId>) {
    let store = place.store().await;
    let written = vec![event("{}"), event("no JSON"), event("[1]")];
    let ids = written.iter().map(|event| event.id).collect();
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, written)
        .await
        .unwrap();
    store.close().await;
    place.tamper(statement).await;
    (place.store().await, ids)
}

fn is_damage<T: std::fmt::Debug>(found: &Result<T, StoreError>) -> bool {
    matches!(found, Err(StoreError::Damaged { .. }))
}

fn is_refused<T: std::fmt::Debug>(found: &Result<T, AppendError>) -> bool {
    matches!(found, Err(AppendError::Store(StoreError::Damaged { .. })))
}

async fn log(store: &SqliteStore, query: LogQuery) -> Result<Vec<RecordedEvent>, StoreError> {
    store.read_log(query).try_collect().await
}

#[tokio::test]
async fn a_text_that_is_not_a_batch_fails_every_reader() {
    for change in [
        "'hello'",
        "''",
        "'[]'",
        "substr(events, 2)",
        "events || ','",
        "events || '['",
        "events || events",
        "replace(events, '[3,', '[0,')",
        "replace(events, '[3,', '[-3,')",
        "replace(events, '[3,', '[2,')",
        "replace(events, '[3,', '[9,')",
        "replace(events, '[3,', '[x,')",
        "replace(events, ',3,', ',0,')",
        "replace(events, ',3,', ',2,')",
        "replace(events, ',3,', ',9,')",
        "replace(events, '\"a-1\"', '\"\"')",
        "replace(events, '\"a-1\"', 'NULL')",
        "replace(events, 'Happened', '')",
        "replace(events, '[\"0', '[\"x')",
        "replace(events, '[1]', '[1],[1]')",
        "replace(events, ',3,\"', ',4,\"')",
    ] {
        let place = Place::new();
        let statement = format!("UPDATE batches SET events = {change} WHERE last_position = 3");
        let (store, ids) = damaged_by(&place, &statement).await;
        let read = store.read_whole_stream(stream("a-1")).await;
        // A reader of a stream takes the position from the text; `check` compares it with the row.
        let is_elsewhere = change.contains("'[9,'");
        assert!(is_damage(&read) || is_elsewhere, "{change}: {read:?}");
        assert!(!store.check(|_| ()).await.unwrap().is_clean(), "{change}");
        let found = store.find_event(ids[2]).await;
        if !change.contains(",3,") {
            let read = log(&store, LogQuery::new()).await;
            assert!(is_damage(&read), "{change}: {read:?}");
            assert!(is_damage(&found), "{change}: {found:?}");
        }
        assert!(store.find_event(ids[0]).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_batch_of_another_stream_is_not_taken_for_one_of_this() {
    let place = Place::new();
    let renamed = "UPDATE batches SET events = replace(events, '\"a-1\"', '\"b-1\"')";
    let (store, _) = damaged_by(&place, renamed).await;
    assert!(is_damage(&store.read_whole_stream(stream("a-1")).await));
    assert!(!store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn a_payload_that_is_gone_fails_every_reader() {
    let place = Place::new();
    let gone = "UPDATE batches SET payload = NULL WHERE last_position = 2";
    let (store, ids) = damaged_by(&place, gone).await;
    assert!(is_damage(&log(&store, LogQuery::new()).await));
    assert!(is_damage(&log(&store, LogQuery::new().backward()).await));
    assert!(is_damage(&store.read_whole_stream(stream("a-1")).await));
    assert!(is_damage(&store.find_event(ids[1]).await));
    let third = LogQuery::new().positions(3..);
    assert_eq!(log(&store, third).await.unwrap().len(), 1);
    // A repetition is compared with the recorded events.
    let again = vec![shared_kernel::NewEvent {
        id: ids[1],
        ..event("no JSON")
    }];
    let repeated = store
        .append_to(stream("a-1"), ExpectedVersion::Any, again)
        .await;
    assert!(is_refused(&repeated), "{repeated:?}");
}

#[tokio::test]
async fn an_index_that_leads_to_batches_of_another_stream_is_damage() {
    for index in ["stream_batches", "recent_batches"] {
        for change in [
            "last_position = 2 WHERE stream_key = 1",
            "last_position = 9 WHERE stream_key = 1",
        ] {
            let place = Place::new();
            let store = place.store().await;
            for name in ["a-1", "b-1"] {
                store
                    .append_to(stream(name), ExpectedVersion::NoStream, events(1))
                    .await
                    .unwrap();
            }
            if index == "stream_batches" {
                let moved = "DELETE FROM recent_batches";
                sqlx::Executor::execute(&mut place.shell().await, moved)
                    .await
                    .unwrap();
            }
            place.tamper(&format!("UPDATE {index} SET {change}")).await;
            let read = store.read_whole_stream(stream("a-1")).await;
            assert!(is_damage(&read), "{index} {change}: {read:?}");
            assert_eq!(
                store.read_whole_stream(stream("b-1")).await.unwrap().len(),
                1
            );
        }
    }
}

#[tokio::test]
async fn a_batch_that_its_stream_does_not_lead_to_is_damage_for_its_stream() {
    for (gone, last) in [(1, false), (2, false), (3, true)] {
        let place = Place::new();
        let statement = format!("DELETE FROM recent_batches WHERE last_version = {gone}");
        let (store, _) = damaged_by(&place, &statement).await;
        let read = store.read_whole_stream(stream("a-1")).await;
        // A stream without its last batch looks like a shorter one, until an append or a check
        // finds it.
        assert!(last || is_damage(&read), "{gone}: {read:?}");
        assert!(!store.check(|_| ()).await.unwrap().is_clean(), "{gone}");
        assert_eq!(log(&store, LogQuery::new()).await.unwrap().len(), 3);
    }
}

/// The stream index and the batches must have the same versions, even if the events are contiguous.
/// Example: the index has the last batch at version 9, and the stream has three events.
#[tokio::test]
async fn a_wrong_version_is_damage_for_its_stream() {
    for statement in [
        "UPDATE recent_batches SET last_version = 9 WHERE last_version = 3",
        "UPDATE recent_batches SET last_version = 0 WHERE last_version = 1",
        "UPDATE recent_batches SET last_version = last_version + 10",
        "UPDATE batches SET events = replace(events, ',3,', ',9,') WHERE last_position = 3",
        "UPDATE batches SET events = replace(events, ',\"a-1\",1,', ',\"a-1\",2,')",
    ] {
        let place = Place::new();
        let (store, _) = damaged_by(&place, statement).await;
        let all = StreamQuery::new(stream("a-1"));
        for query in [all.clone(), all.backward()] {
            let read: Result<Vec<_>, _> = store.read_stream(query).try_collect().await;
            assert!(is_damage(&read), "{statement}: {read:?}");
        }
        assert!(!store.check(|_| ()).await.unwrap().is_clean());
    }
}

#[tokio::test]
async fn an_id_that_leads_elsewhere_is_damage() {
    let place = Place::new();
    let elsewhere = "UPDATE event_ids SET position = position + 1 WHERE position > 1";
    let (store, ids) = damaged_by(&place, elsewhere).await;
    for id in &ids[1..] {
        assert!(is_damage(&store.find_event(*id).await));
        let again = vec![shared_kernel::NewEvent {
            id: *id,
            ..event("no JSON")
        }];
        let repeated = store
            .append_to(stream("a-1"), ExpectedVersion::Any, again)
            .await;
        assert!(is_refused(&repeated), "{repeated:?}");
    }
}

/// Such a stream would get the versions 1, 2, 3 … a second time.
#[tokio::test]
async fn a_listed_stream_without_events_is_damage_for_the_next_append() {
    for statement in [
        "DELETE FROM recent_batches",
        "UPDATE recent_batches SET last_version = -last_version",
    ] {
        let place = Place::new();
        let (store, _) = damaged_by(&place, statement).await;
        for expected in [ExpectedVersion::Any, ExpectedVersion::NoStream] {
            let refused = store.append_to(stream("a-1"), expected, events(1)).await;
            assert!(is_refused(&refused), "{statement}: {refused:?}");
        }
        let other = store
            .append_to(stream("b-1"), ExpectedVersion::Any, events(1))
            .await;
        assert_eq!(other.unwrap().positions[0].get(), 4);
    }
}

#[tokio::test]
async fn a_log_that_became_shorter_is_never_written_over() {
    let place = Place::new();
    let store = place.store().await;
    for _ in 0..3 {
        store
            .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
            .await
            .unwrap();
    }
    let shorter = "DELETE FROM batches WHERE last_position = 3";
    place.tamper(shorter).await;
    let next = events(1);
    let refused = store.append_to(stream("a-1"), ExpectedVersion::Any, next);
    let refused = refused.await.unwrap_err();
    assert!(
        matches!(refused, AppendError::Store(StoreError::Replaced { .. })),
        "{refused:?}"
    );
    let store = place.store().await;
    // The index still has the version that is gone, so an append to the stream does not reuse it.
    let next = store
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await;
    match next {
        Ok(receipt) => assert_eq!(receipt.versions[0].1, version(4)),
        Err(error) => assert!(is_refused::<()>(&Err(error))),
    }
    assert!(!store.check(|_| ()).await.unwrap().is_clean());
    assert!(is_damage(&store.read_whole_stream(stream("a-1")).await));
}
