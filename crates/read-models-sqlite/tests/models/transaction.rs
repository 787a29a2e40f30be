//! Transactions: together or not at all, whatever the statements of the user do.

use std::error::Error;
use std::time::Duration;

use futures_util::FutureExt;
use read_models_sqlite::sqlx::Row;
use read_models_sqlite::{SqliteReadModels, Value};
use read_side::{Build, Lease, ReadModelError, ReadModelStore};

use crate::fixture::{World, leased, step, value};

const COUNT: &str = "SELECT count(*) FROM t";
const THROUGH: &str = "SELECT through FROM annals_progress WHERE segment = 0";

async fn assert_unchanged(models: &SqliteReadModels, build: &Build) {
    assert_eq!(value(models, build, COUNT).await, 0);
    assert_eq!(value(models, build, THROUGH).await, 1);
}

/// The reason for which a commit is refused.
async fn refusal(models: &SqliteReadModels, lease: &Lease, statements: &[&'static str]) -> String {
    let mut tx = models.begin(lease).await.unwrap();
    for sql in statements {
        tx.execute(*sql, ());
    }
    match models.commit(tx, lease, step(1, 2)).await {
        Err(ReadModelError::Refused { source, .. }) => source.to_string(),
        other => panic!("{statements:?}: {other:?}"),
    }
}

#[tokio::test]
async fn statements_are_sent_in_order_and_a_read_sees_them() {
    let world = World::new();
    let models = world.models();
    let lease = leased(&models).await;
    let mut tx = models.begin(&lease).await.unwrap();
    for number in 0..1_000 {
        tx.execute("INSERT INTO t VALUES (?)", (number,));
        tx.execute("UPDATE t SET x = ?2 WHERE x = ?1", (number, -number - 1));
        if number % 100 == 0 {
            let sql = "SELECT min(x), count(*) FROM t -- the newest";
            let row = tx.fetch_optional(sql, ()).await.unwrap().unwrap();
            assert_eq!((row.get(0), row.get(1)), (-number - 1, number + 1));
        }
    }
    tx.execute("DELETE FROM t WHERE x <= ? -- an end", (-501,));
    tx.execute("UPDATE t SET x = ?", [Value::Null]);
    models.commit(tx, &lease, step(1, 2)).await.unwrap();
    assert_eq!(value(&models, &lease.build, COUNT).await, 500);
    assert_eq!(
        value(&models, &lease.build, "SELECT count(x) FROM t").await,
        0
    );
    assert_eq!(value(&models, &lease.build, THROUGH).await, 2);
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    let world = World::new();
    let models = world.models();
    let lease = leased(&models).await;
    let mut never_sent = models.begin(&lease).await.unwrap();
    never_sent.execute("INSERT INTO t VALUES (1)", ());
    drop(never_sent);
    assert_unchanged(&models, &lease.build).await;

    let mut sent = models.begin(&lease).await.unwrap();
    sent.execute("INSERT INTO t VALUES (1)", ());
    sent.fetch_all(COUNT, ()).await.unwrap();
    drop(sent);
    assert_unchanged(&models, &lease.build).await;
    let next = models.begin(&lease).await.unwrap();
    models.commit(next, &lease, step(1, 2)).await.unwrap();
    assert_eq!(value(&models, &lease.build, COUNT).await, 0);
}

#[tokio::test]
async fn a_statement_whose_future_is_dropped_leaves_nothing() {
    let world = World::new();
    let models = world.models().with_busy_timeout(Duration::from_secs(30));
    let lease = leased(&models).await;
    let mut tx = models.begin(&lease).await.unwrap();
    tx.execute("INSERT INTO t VALUES (1)", ());
    tx.fetch_all(COUNT, ()).await.unwrap();
    let slow = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 200000) \
                INSERT INTO t SELECT -x FROM n RETURNING x";
    // Polled once: the statement runs, and its rows are not waited for.
    assert!(tx.fetch_all(slow, ()).now_or_never().is_none());
    let error = tx.fetch_all(COUNT, ()).await.unwrap_err();
    assert!(matches!(error, ReadModelError::Refused { .. }), "{error:?}");
    let committed = models.commit(tx, &lease, step(1, 2)).await;
    assert!(matches!(committed, Err(ReadModelError::Refused { .. })));

    let next = models.begin(&lease).await.unwrap();
    models.commit(next, &lease, step(1, 2)).await.unwrap();
    assert_eq!(value(&models, &lease.build, COUNT).await, 0);
}

#[tokio::test]
async fn rows_that_break_a_rule_are_refused_with_the_step() {
    let world = World::new();
    let models = world.models();
    let lease = leased(&models).await;
    let twice = ["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"];
    let reason = refusal(&models, &lease, &twice).await;
    assert!(reason.contains("UNIQUE constraint failed: t.x"), "{reason}");
    let reason = refusal(&models, &lease, &["INSERT INTO nowhere VALUES (1)"]).await;
    assert!(reason.contains("no such table: nowhere"), "{reason}");
    // A foreign key that only the commit checks.
    let keys = "CREATE TABLE u (y REFERENCES t (x) DEFERRABLE INITIALLY DEFERRED); \
                INSERT INTO u VALUES (5)";
    let reason = refusal(&models, &lease, &[keys]).await;
    assert!(reason.contains("FOREIGN KEY constraint failed"), "{reason}");
    assert_unchanged(&models, &lease.build).await;
}

#[tokio::test]
async fn only_the_projector_ends_a_transaction() {
    let world = World::new();
    let models = world.models();
    let lease = leased(&models).await;
    let row = "INSERT INTO t VALUES (1)";
    for statements in [
        &[row, "COMMIT"][..],
        &[row, "END; BEGIN"],
        &["ROLLBACK", row],
        &[row, "ROLLBACK", "BEGIN"],
        &[row, "INSERT OR ROLLBACK INTO t VALUES (1)"],
    ] {
        refusal(&models, &lease, statements).await;
        assert_unchanged(&models, &lease.build).await;
    }
    let next = models.begin(&lease).await.unwrap();
    models.commit(next, &lease, step(1, 2)).await.unwrap();
}

#[tokio::test]
async fn a_caught_error_does_not_let_the_rest_be_committed() {
    let world = World::new();
    let models = world.models();
    let lease = leased(&models).await;
    let mut tx = models.begin(&lease).await.unwrap();
    tx.execute("INSERT INTO t VALUES (1)", ());
    tx.execute("INSERT INTO t VALUES (1)", ());
    let read = tx.fetch_optional(COUNT, ()).await;
    let Err(error @ ReadModelError::Refused { .. }) = read else {
        panic!("{read:?}");
    };
    let source = error.source().unwrap().to_string();
    assert!(source.contains("UNIQUE"), "{source}");
    let committed = models.commit(tx, &lease, step(1, 2)).await;
    assert!(matches!(committed, Err(ReadModelError::Refused { .. })));
    assert_unchanged(&models, &lease.build).await;
}

#[tokio::test]
async fn a_full_disk_is_no_fault_of_the_event() {
    let world = World::new();
    let models = world.models();
    let lease = leased(&models).await;
    let mut tx = models.begin(&lease).await.unwrap();
    tx.execute("PRAGMA max_page_count = 1", ());
    tx.execute("INSERT INTO t VALUES (zeroblob(100000))", ());
    let committed = models.commit(tx, &lease, step(1, 2)).await;
    let Err(ReadModelError::Unusable { obstacle, .. }) = committed else {
        panic!("{committed:?}");
    };
    assert_eq!(obstacle, "the disk is full");
    assert_unchanged(&models, &lease.build).await;
}

#[tokio::test]
async fn values_that_do_not_fit_their_placeholders_are_refused() {
    let world = World::new();
    let models = world.models();
    let lease = leased(&models).await;
    for (sql, problem) in [
        ("INSERT INTO t VALUES (?)", "1 placeholders and 0 values"),
        ("INSERT INTO t VALUES (?3)", "3 placeholders and 0 values"),
        ("INSERT INTO t VALUES (:x)", "a placeholder is ? or ?1"),
        ("INSERT INTO t VALUES ('x)", "has no end"),
    ] {
        let reason = refusal(&models, &lease, &[sql]).await;
        assert!(reason.contains(problem) && reason.contains(sql), "{reason}");
    }
    assert_unchanged(&models, &lease.build).await;
}

#[tokio::test]
async fn a_transaction_belongs_to_its_segment() {
    let world = World::new();
    let models = world.models();
    let lease = leased(&models).await;
    let claimed = models.claim(&lease.build, 1, &lease.holder, lease.ttl);
    let other = claimed.await.unwrap();
    let mut tx = models.begin(&lease).await.unwrap();
    tx.execute("INSERT INTO t VALUES (1)", ());
    let committed = models.commit(tx, &other, step(0, 1)).await;
    assert!(matches!(committed, Err(ReadModelError::Refused { .. })));
    assert_unchanged(&models, &lease.build).await;
}
