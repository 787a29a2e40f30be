//! Transactions: together or not at all, whatever the statements of the user do.

use std::error::Error;
use std::num::NonZeroU32;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use read_models_postgres::sqlx::{self, Row};
use read_models_postgres::{PostgresReadModels, PostgresTx, Settings};
use read_side::{
    Build, Failure, Lease, Parked, ReadModelError, ReadModelStore, Rows, Status, Step,
};
use shared_kernel::{EventStoreExt, StreamId};

use crate::fixture::{TTL, World, holder, leased, step, value};

const COUNT: &str = "SELECT count(*) FROM t";
const THROUGH: &str = "SELECT through FROM annals_progress WHERE segment = 0";

async fn assert_unchanged(models: &PostgresReadModels, build: &Build) {
    assert_eq!(value(models, build, COUNT).await, 0);
    assert_eq!(value(models, build, THROUGH).await, 1);
}

async fn run(tx: &mut PostgresTx, statements: &[&'static str]) -> Result<(), ReadModelError> {
    for sql in statements {
        tx.execute(sqlx::query(*sql)).await?;
    }
    Ok(())
}

/// The reason for which statements, or the commit after them, are refused.
async fn refusal(
    models: &PostgresReadModels,
    lease: &Lease,
    statements: &[&'static str],
) -> String {
    let mut tx = models.begin(lease).await.unwrap();
    let done = match run(&mut tx, statements).await {
        Ok(()) => models.commit(tx, lease, step(1, 2)).await,
        failed => failed,
    };
    match done {
        Err(ReadModelError::Refused { source, .. }) => source.to_string(),
        other => panic!("{statements:?}: {other:?}"),
    }
}

#[tokio::test]
async fn a_read_sees_the_statements_before_it() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    let mut tx = models.begin(&lease).await.unwrap();
    for number in 0..100i64 {
        let insert = sqlx::query("INSERT INTO t VALUES ($1)").bind(number);
        assert_eq!(tx.execute(insert).await.unwrap(), 1);
        let newest = sqlx::query("SELECT max(x), count(*) FROM t -- the newest");
        let row = tx.fetch_optional(newest).await.unwrap().unwrap();
        assert_eq!((row.get(0), row.get(1)), (number, number + 1));
    }
    let delete = sqlx::query("DELETE FROM t WHERE x >= $1").bind(50i64);
    assert_eq!(tx.execute(delete).await.unwrap(), 50);
    models.commit(tx, &lease, step(1, 2)).await.unwrap();
    assert_eq!(value(&models, &lease.build, COUNT).await, 50);
    assert_eq!(value(&models, &lease.build, THROUGH).await, 2);
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    let mut tx = models.begin(&lease).await.unwrap();
    run(&mut tx, &["INSERT INTO t VALUES (1)"]).await.unwrap();
    drop(tx);
    assert_unchanged(&models, &lease.build).await;
    let next = models.begin(&lease).await.unwrap();
    models.commit(next, &lease, step(1, 2)).await.unwrap();
    assert_eq!(value(&models, &lease.build, COUNT).await, 0);
}

#[tokio::test]
async fn a_statement_whose_future_is_dropped_leaves_nothing() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    let mut tx = models.begin(&lease).await.unwrap();
    run(&mut tx, &["INSERT INTO t VALUES (1)"]).await.unwrap();
    let slow = sqlx::query("INSERT INTO t SELECT generate_series(2, 200000)");
    // Polled once: the statement runs, and its answer is not waited for.
    assert!(tx.execute(slow).now_or_never().is_none());
    let error = tx.fetch_all(sqlx::query(COUNT)).await.unwrap_err();
    assert!(matches!(error, ReadModelError::Refused { .. }), "{error:?}");
    let committed = models.commit(tx, &lease, step(1, 2)).await;
    assert!(matches!(committed, Err(ReadModelError::Refused { .. })));
    assert_unchanged(&models, &lease.build).await;
}

#[tokio::test]
async fn rows_that_break_a_rule_are_refused_with_the_step() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    let twice = ["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"];
    let reason = refusal(&models, &lease, &twice).await;
    assert!(reason.contains("t_x_key"), "{reason}");
    let reason = refusal(&models, &lease, &["INSERT INTO nowhere VALUES (1)"]).await;
    assert!(reason.contains("\"nowhere\" does not exist"), "{reason}");
    let reason = refusal(&models, &lease, &["INSERT INTO t VALUES (1/0)"]).await;
    assert!(reason.contains("division by zero"), "{reason}");
    // A foreign key that only the commit checks.
    let keys = [
        "CREATE TABLE u (y bigint REFERENCES t (x) DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO u VALUES (5)",
    ];
    let reason = refusal(&models, &lease, &keys).await;
    assert!(reason.contains("u_y_fkey"), "{reason}");
    assert_unchanged(&models, &lease.build).await;
}

#[tokio::test]
async fn only_the_projector_ends_a_transaction() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    let row = "INSERT INTO t VALUES (1)";
    for statements in [
        &[row, "COMMIT"][..],
        &[row, "/* a /* nested */ comment */; end"],
        &["ROLLBACK", row],
        &["PREPARE TRANSACTION 'x'", row],
        &[row, "SAVEPOINT s"],
        &["SELECT 1; COMMIT"],
        &["DO 'BEGIN COMMIT; END'"],
        &["VACUUM"],
    ] {
        refusal(&models, &lease, statements).await;
        assert_unchanged(&models, &lease.build).await;
    }
    for script in [
        "COMMIT",
        "INSERT INTO t VALUES (1); COMMIT",
        "ROLLBACK; SELECT 1",
    ] {
        let mut tx = models.begin(&lease).await.unwrap();
        let refused = tx.script(script).await;
        assert!(
            matches!(refused, Err(ReadModelError::Refused { .. })),
            "{script}: {refused:?}"
        );
        drop(tx);
        assert_unchanged(&models, &lease.build).await;
    }
    let next = models.begin(&lease).await.unwrap();
    models.commit(next, &lease, step(1, 2)).await.unwrap();
}

#[tokio::test]
async fn a_caught_error_does_not_let_the_rest_be_committed() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    let mut tx = models.begin(&lease).await.unwrap();
    let twice = ["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"];
    let Err(error @ ReadModelError::Refused { .. }) = run(&mut tx, &twice).await else {
        panic!("it was not refused");
    };
    let source = error.source().unwrap().to_string();
    assert!(source.contains("t_x_key"), "{source}");
    let committed = models.commit(tx, &lease, step(1, 2)).await;
    assert!(matches!(committed, Err(ReadModelError::Refused { .. })));
    assert_unchanged(&models, &lease.build).await;
}

/// Law 62: a failure of a store is no fault of the event.
#[tokio::test]
async fn failures_of_the_server_are_told_from_those_of_an_event() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    let raise = async |state: &str| {
        let mut tx = models.begin(&lease).await.unwrap();
        let raise = format!("DO $$ BEGIN RAISE 'it''s' USING ERRCODE = '{state}'; END $$");
        tx.script(&raise).await.unwrap_err()
    };
    // Wrong values, constraints, names, limits, and a trigger that raises.
    for state in [
        "22003", "23505", "23514", "42P01", "42703", "54000", "P0001", "0A000",
    ] {
        let error = raise(state).await;
        assert!(
            matches!(error, ReadModelError::Refused { .. }),
            "{state}: {error:?}"
        );
    }
    // A deadlock, a lock or a statement that took too long, no memory.
    for state in ["40P01", "40001", "55P03", "57014", "53200"] {
        let error = raise(state).await;
        assert!(
            matches!(error, ReadModelError::Busy { .. }),
            "{state}: {error:?}"
        );
    }
    for (state, expected) in [
        ("53100", "the disk of the server is full"),
        ("25006", "the server takes no writes"),
        ("42501", "needs this right"),
        ("XX001", "fills a new schema"),
    ] {
        let error = raise(state).await;
        let ReadModelError::Unusable { obstacle, .. } = &error else {
            panic!("{state}: {error:?}");
        };
        assert!(obstacle.contains(expected), "{state}: {obstacle}");
    }
    assert_unchanged(&models, &lease.build).await;
}

#[tokio::test]
async fn a_transaction_belongs_to_its_segment() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    let claimed = models.claim(&lease.build, 1, &lease.holder, lease.ttl);
    let other = claimed.await.unwrap();
    let mut tx = models.begin(&lease).await.unwrap();
    run(&mut tx, &["INSERT INTO t VALUES (1)"]).await.unwrap();
    let committed = models.commit(tx, &other, step(0, 1)).await;
    assert!(matches!(committed, Err(ReadModelError::Refused { .. })));
    assert_unchanged(&models, &lease.build).await;
}

/// Law 59: a lease that was given back commits nothing, also if its transaction began before.
#[tokio::test]
async fn a_transaction_whose_lease_was_given_back_is_refused() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    let mut tx = models.begin(&lease).await.unwrap();
    run(&mut tx, &["INSERT INTO t VALUES (1)"]).await.unwrap();
    models.release(&lease).await.unwrap();
    let refused = models.commit(tx, &lease, step(1, 2)).await;
    assert!(
        matches!(refused, Err(ReadModelError::Fenced { .. })),
        "{refused:?}"
    );
    assert_unchanged(&models, &lease.build).await;
}

/// Its statements were prepared for the other build, whose table has other columns.
#[tokio::test]
async fn a_text_means_the_tables_of_its_own_build() {
    let world = World::new();
    // One connection serves both builds.
    let settings = Settings::new(Duration::from_secs(5), NonZeroU32::MIN);
    let models = PostgresReadModels::connect_with(&world.address, &settings);
    let models = models.await.unwrap();
    let tables = [
        "CREATE TABLE w (x bigint)",
        "CREATE TABLE w (x text, y text)",
    ];
    for table in tables {
        let build = crate::fixture::create(&models, "wide").await;
        let lease = models.claim(&build, 0, &holder("one"), TTL).await.unwrap();
        let mut tx = models.begin(&lease).await.unwrap();
        run(&mut tx, &[table, "INSERT INTO w VALUES ('7')"])
            .await
            .unwrap();
        let all = tx.fetch_all(sqlx::query("SELECT * FROM w")).await.unwrap();
        assert_eq!(all[0].len(), table.matches(" text").count().max(1));
        models.commit(tx, &lease, step(0, 1)).await.unwrap();
    }
}

#[tokio::test]
async fn a_fault_of_a_statement_is_refused_and_no_lost_connection() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    for statement in [
        "INSERT INTO t VALUES ($1)",
        "COPY t FROM STDIN",
        "INSERT INTO t VALUES (1) -- \0",
    ] {
        refusal(&models, &lease, &[statement]).await;
        assert_unchanged(&models, &lease.build).await;
    }
}

#[tokio::test]
async fn a_setting_that_would_outlive_the_transaction_is_refused() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    for statement in ["SET default_transaction_read_only = on", "LISTEN lamps"] {
        refusal(&models, &lease, &[statement]).await;
        assert_unchanged(&models, &lease.build).await;
    }
    let mut tx = models.begin(&lease).await.unwrap();
    let local = ["SET LOCAL work_mem = '8MB'", "INSERT INTO t VALUES (1)"];
    run(&mut tx, &local).await.unwrap();
    models.commit(tx, &lease, step(1, 2)).await.unwrap();
}

/// A temporary table outlives its transaction, on the connection that the next build uses.
#[tokio::test]
async fn a_temporary_table_of_another_build_hides_no_table() {
    let world = World::new();
    let settings = Settings::new(Duration::from_secs(5), NonZeroU32::MIN);
    let models = PostgresReadModels::connect_with(&world.address, &settings);
    let models = models.await.unwrap();
    for tables in ["CREATE TEMP TABLE w (x int)", "CREATE TABLE w (x int)"] {
        let build = crate::fixture::create(&models, "hidden").await;
        let lease = models.claim(&build, 0, &holder("one"), TTL).await.unwrap();
        let mut tx = models.begin(&lease).await.unwrap();
        run(&mut tx, &[tables, "INSERT INTO w VALUES (7)"])
            .await
            .unwrap();
        models.commit(tx, &lease, step(0, 1)).await.unwrap();
        if !tables.contains("TEMP") {
            let schema = PostgresReadModels::schema(&build);
            let rows = world.sql(&format!("SELECT count(*) FROM {schema}.w"));
            assert_eq!(rows.unwrap(), "1");
            assert_eq!(value(&models, &build, "SELECT count(*) FROM w").await, 1);
        }
    }
}

/// A session that waits for its program longer than the lease is ended by the server.
#[tokio::test]
async fn a_frozen_owner_holds_up_the_next_one_no_longer_than_its_lease() {
    let world = World::new();
    let models = world.models().await;
    let build = leased(&models).await.build;
    let ttl = Duration::from_millis(300);
    let frozen = models
        .take_over(&build, 0, &holder("frozen"), ttl)
        .await
        .unwrap();
    let mut tx = models.begin(&frozen).await.unwrap();
    run(&mut tx, &["INSERT INTO t VALUES (1)"]).await.unwrap();
    let next = models
        .take_over(&build, 0, &holder("next"), TTL)
        .await
        .unwrap();
    // Its row waits for that of the frozen owner.
    let committed = loop {
        let mut tx = models.begin(&next).await.unwrap();
        match run(&mut tx, &["INSERT INTO t VALUES (1)"]).await {
            Ok(()) => break models.commit(tx, &next, step(1, 2)).await,
            Err(ReadModelError::Busy { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    };
    committed.unwrap();
    let error = models.commit(tx, &frozen, step(1, 2)).await.unwrap_err();
    assert!(
        matches!(error, ReadModelError::ConnectionLost { .. }),
        "{error:?}"
    );
    assert!(error.is_transient());
    assert_eq!(value(&models, &build, COUNT).await, 1);
}

/// Segments that share a document, which each of them reads before it writes.
#[tokio::test(flavor = "multi_thread")]
async fn no_change_of_a_shared_document_is_lost() {
    const TIMES: u32 = 20;
    let world = World::new();
    let models = world.models().await;
    let build = crate::fixture::create(&models, "totals").await;
    let count = async |segment: u16| {
        let holder = holder(&format!("segment {segment}"));
        let lease = models.claim(&build, segment, &holder, TTL).await.unwrap();
        for number in 0..TIMES {
            let mut tx = models.begin(&lease).await.unwrap();
            let total = tx.get("totals", "all").await.unwrap();
            let total = total.map_or(0, |total| String::from_utf8_lossy(&total).parse().unwrap());
            tokio::task::yield_now().await;
            tx.put("totals", "all", Bytes::from((total + 1u32).to_string()));
            models
                .commit(tx, &lease, step(number, number + 1))
                .await
                .unwrap();
        }
    };
    tokio::join!(count(0), count(1));
    let total = "SELECT convert_from(document, 'UTF8')::bigint FROM annals_rows";
    assert_eq!(value(&models, &build, total).await, i64::from(2 * TIMES));
}

#[tokio::test]
async fn the_reason_of_a_failure_may_quote_any_payload() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    world.dim("lamp-1", "40").await;
    let events = world
        .log
        .read_whole_stream(StreamId::new("lamp-1").unwrap());
    let event = &events.await.unwrap()[0];
    let failure = Failure::of(event, "the payload \0 is wrong".to_owned());
    let tx = models.begin(&lease).await.unwrap();
    let stop = Step {
        status: Status::Stopped(failure.clone()),
        park: vec![Parked {
            failure,
            was_tried: true,
        }],
        ..step(1, 2)
    };
    models.commit(tx, &lease, stop).await.unwrap();
    let parked = models.parked(&lease.build).await.unwrap();
    assert_eq!(parked[0].failure.reason, "the payload \u{FFFD} is wrong");
}
