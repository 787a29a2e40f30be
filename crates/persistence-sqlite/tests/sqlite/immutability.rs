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
    let before = store.read_whole_stream(stream("a-1")).await.unwrap();

    let mut shell = place.shell().await;
    for statement in [
        "UPDATE events SET payload = '{}' WHERE position = 1",
        "UPDATE events SET position = 9 WHERE position = 2",
        "DELETE FROM events",
        "DELETE FROM events WHERE position = 2",
        "INSERT OR REPLACE INTO events \
            SELECT position, stream_key, version, 0, 1, event_id, 'Forged', '{}', '{}' FROM events \
            WHERE position = 2",
        "INSERT OR REPLACE INTO events \
            SELECT 3, stream_key, 3, 0, 1, event_id, 'Forged', '{}', '{}' FROM events \
            WHERE position = 2",
        "INSERT OR REPLACE INTO events \
            SELECT 3, stream_key, version, 0, 1, randomblob(16), 'Forged', '{}', '{}' FROM events \
            WHERE position = 2",
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
        "(2, 1, 'two', 0, 1, randomblob(16), 'T', '{}', '{}')",
        "(2, 1, 0, 0, 1, randomblob(16), 'T', '{}', '{}')",
        "(2, 1, 2, 0, 0, randomblob(16), 'T', '{}', '{}')",
        "(2, 1, 2, 0, 1, randomblob(15), 'T', '{}', '{}')",
        "(2, 1, 2, 0, 1, randomblob(16), 'T', '{}', 7)",
        "(2, 1, 2, 0, 1, randomblob(16), 'T', '{}', NULL)",
    ] {
        let insert = sqlx::AssertSqlSafe(format!("INSERT INTO events VALUES {values}"));
        assert!(shell.execute(insert).await.is_err(), "{values}");
    }
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}
