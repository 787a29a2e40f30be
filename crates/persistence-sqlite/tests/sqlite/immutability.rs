//! Law 11: the file itself refuses to change events, also where a shell asks.

use shared_kernel::{EventStoreExt, ExpectedVersion};
use sqlx::Executor;

use crate::fixture::{Place, events, stream};

/// A trigger of the layout refused the row (<https://sqlite.org/rescode.html>).
const CONSTRAINT_TRIGGER: &str = "1811";

/// SQLite changes no row of a view without a trigger for it.
const ERROR: &str = "1";

/// A store with rows in both tables of the stream index.
async fn filled(place: &Place) -> persistence_sqlite::SqliteStore {
    let store = place.store().await;
    for count in [2, 1] {
        store
            .append_to(stream("a-1"), ExpectedVersion::Any, events(count))
            .await
            .unwrap();
        // This moves the index, and loses none of it.
        let moved = "DELETE FROM recent_batches";
        place.shell().await.execute(moved).await.unwrap();
    }
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await
        .unwrap();
    let moved = place.number("SELECT count(*) FROM stream_batches").await;
    let recent = place.number("SELECT count(*) FROM recent_batches").await;
    assert_eq!((moved, recent), (2, 1));
    store
}

async fn is_refused(place: &Place, statement: &'static str, expected: &str) {
    let refused = place.shell().await.execute(statement).await.unwrap_err();
    let code = refused
        .as_database_error()
        .and_then(|e| e.code().map(|c| c.into_owned()));
    assert_eq!(code.as_deref(), Some(expected), "{statement}");
}

#[tokio::test]
async fn no_statement_changes_or_removes_what_is_recorded() {
    let place = Place::new();
    let store = filled(&place).await;
    let before = store.read_whole_stream(stream("a-1")).await.unwrap();
    for statement in [
        "UPDATE batches SET events = '[]'",
        "UPDATE batches SET last_position = 9 WHERE last_position = 4",
        "DELETE FROM batches",
        "DELETE FROM batches WHERE last_position = 4",
        "INSERT OR REPLACE INTO batches SELECT last_position, count, 0, '[]', NULL, NULL FROM batches",
        "INSERT OR REPLACE INTO batches VALUES (4, 1, 0, '[]', NULL, NULL)",
        "INSERT OR REPLACE INTO batches VALUES (4, 4, 0, '[]', NULL, NULL)",
        "INSERT OR IGNORE INTO batches SELECT * FROM batches",
        "INSERT INTO batches VALUES (6, 1, 0, '[]', NULL, NULL)",
        "INSERT INTO append VALUES (1, NULL, 5, 4, 1, 0, randomblob(16), '[]', NULL, NULL)",
        "INSERT OR REPLACE INTO append VALUES (1, NULL, 4, 4, 1, 0, randomblob(16), '[]', NULL, NULL)",
        "INSERT INTO append VALUES (1, 'a-1', 5, 5, 1, 0, randomblob(16), '[]', NULL, NULL)",
        "UPDATE event_ids SET position = 1",
        "DELETE FROM event_ids",
        "UPDATE stream_batches SET last_version = 1",
        "DELETE FROM stream_batches",
        "UPDATE recent_batches SET last_position = 1",
        "UPDATE streams SET name = 'b-1'",
        "DELETE FROM streams",
        "INSERT OR REPLACE INTO streams (stream_key, name) VALUES (1, 'b-1')",
        "INSERT OR REPLACE INTO streams (stream_key, name) VALUES (2, 'a-1')",
    ] {
        is_refused(&place, statement, CONSTRAINT_TRIGGER).await;
    }
    for statement in [
        "UPDATE events SET payload = '{}' WHERE position = 1",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 2",
        "INSERT INTO events (position, event_type) VALUES (5, 'Forged')",
        "UPDATE history SET event_type = 'Forged'",
        "DELETE FROM history",
        "UPDATE append SET events = '[]'",
        "DELETE FROM append",
    ] {
        is_refused(&place, statement, ERROR).await;
    }
    assert_eq!(
        store.read_whole_stream(stream("a-1")).await.unwrap(),
        before
    );
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn a_row_that_breaks_the_shape_of_a_batch_is_refused() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(1))
        .await
        .unwrap();
    let mut shell = place.shell().await;
    for values in [
        "batches VALUES (1, 0, 0, '[]', NULL, NULL)",
        "batches VALUES (0, -1, 0, '[]', NULL, NULL)",
        "batches VALUES ('two', 1, 0, '[]', NULL, NULL)",
        "batches VALUES (2, 1, 'now', '[]', NULL, NULL)",
        "batches VALUES (2, 1, NULL, '[]', NULL, NULL)",
        "batches VALUES (2, 1, 0, NULL, NULL, NULL)",
        "batches VALUES (2, 1, 0, x'5b5d', NULL, NULL)",
        "event_ids VALUES (randomblob(15), 2)",
        "event_ids VALUES (NULL, 2)",
        "event_ids VALUES (randomblob(16), NULL)",
        "event_ids VALUES ('0190000000000000', 2)",
        // With 15 bytes of an id, and with an id for one of two events.
        "append VALUES (1, NULL, 2, 2, 1, 0, randomblob(15), '[]', NULL, NULL)",
        "append VALUES (1, NULL, 3, 3, 2, 0, randomblob(16), '[]', NULL, NULL)",
        "append VALUES (NULL, NULL, 2, 2, 1, 0, randomblob(16), '[]', NULL, NULL)",
        "append VALUES (1, NULL, NULL, 2, 1, 0, randomblob(16), '[]', NULL, NULL)",
    ] {
        let insert = sqlx::AssertSqlSafe(format!("INSERT INTO {values}"));
        assert!(shell.execute(insert).await.is_err(), "{values}");
    }
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}
