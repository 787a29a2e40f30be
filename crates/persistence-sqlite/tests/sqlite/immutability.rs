//! Law 11: the file itself refuses to change events, whoever asks.

use shared_kernel::{EventStoreExt, ExpectedVersion};
use sqlx::Executor;

use crate::fixture::{Place, events, stream};

#[tokio::test]
async fn no_statement_changes_or_removes_what_is_recorded() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(2))
        .await
        .unwrap();
    // So many that parts of the stream are there too.
    for _ in 0..40 {
        store
            .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
            .await
            .unwrap();
    }
    // With an index that leads to all of it.
    store.close().await;
    let store = place.store().await;
    let before = store.read_whole_stream(stream("a-1")).await.unwrap();

    let mut shell = place.shell().await;
    for statement in [
        "UPDATE events SET payload = '{}' WHERE position = 1",
        "UPDATE events SET position = 9 WHERE position = 2",
        "DELETE FROM events",
        "DELETE FROM events WHERE position = 2",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 2",
        "INSERT INTO events (position, event_type) VALUES (3, 'Forged')",
        "UPDATE runs SET events = '[]'",
        "DELETE FROM runs",
        "INSERT OR REPLACE INTO runs SELECT position, event_ids, '[]', NULL FROM runs",
        "INSERT OR REPLACE INTO runs SELECT 2, event_ids, '[]', NULL FROM runs",
        "INSERT OR IGNORE INTO runs SELECT * FROM runs",
        "UPDATE indexed_ids SET position = 1",
        "DELETE FROM indexed_ids",
        "UPDATE indexed_streams SET version = 1",
        "DELETE FROM indexed_streams",
        "UPDATE stream_parts SET runs = '[]'",
        "DELETE FROM stream_parts",
        "UPDATE indexed SET through = through - 1",
        "UPDATE indexed SET through = through + 1",
        "UPDATE indexed SET only_one = 2",
        "INSERT OR REPLACE INTO indexed VALUES (1, 0)",
        "INSERT INTO indexed VALUES (2, 0)",
        "DELETE FROM indexed",
        "UPDATE streams SET name = 'b-1'",
        "DELETE FROM streams",
        "INSERT OR REPLACE INTO streams (stream_key, name) VALUES (1, 'b-1')",
        "INSERT OR REPLACE INTO streams (stream_key, name) VALUES (2, 'a-1')",
    ] {
        let refused = shell.execute(statement).await.unwrap_err();
        let code = refused
            .as_database_error()
            .and_then(|e| e.code().map(|c| c.into_owned()));
        assert_eq!(
            code.as_deref(),
            Some("1811"),
            "SQLITE_CONSTRAINT_TRIGGER for {statement}"
        );
    }
    assert_eq!(
        store.read_whole_stream(stream("a-1")).await.unwrap(),
        before
    );
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn a_row_that_breaks_the_shape_of_an_event_is_refused() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(1))
        .await
        .unwrap();
    let mut shell = place.shell().await;
    for values in [
        "(0, randomblob(16), '[]', NULL)",
        "('two', randomblob(16), '[]', NULL)",
        "(2, randomblob(15), '[]', NULL)",
        "(2, x'', '[]', NULL)",
        "(2, NULL, '[]', NULL)",
        "(2, randomblob(16), NULL, NULL)",
        "(2, randomblob(16), x'5b5d', NULL)",
        "(2, randomblob(16), '[]', 7)",
    ] {
        let insert = sqlx::AssertSqlSafe(format!("INSERT INTO runs VALUES {values}"));
        assert!(shell.execute(insert).await.is_err(), "{values}");
    }
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}
