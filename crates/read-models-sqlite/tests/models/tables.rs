//! Tables of the user: foreign keys, indexes, full-text search, and poisonous events.

use read_models_sqlite::sqlx::{self, Executor, Row};
use read_side::{ProjectionError, ReadModelStore};
use shared_kernel::GlobalPosition;

use crate::fixture::{Lamps, World, value};

#[tokio::test]
async fn a_reader_sees_the_tables_of_the_live_build() {
    let world = World::new();
    world.dim("lamp-1", "40").await;
    world.dim("lamp-2", "70").await;
    world.dim("lamp-1", "50").await;
    let lamps = world.projector(Lamps);
    assert_eq!(lamps.catch_up().await.unwrap(), GlobalPosition::from(3));

    let build = lamps.live().await.unwrap().record.build;
    let mut rows = lamps.models().reader(&build).await.unwrap();
    let all = sqlx::query("SELECT name, percent FROM lamps ORDER BY percent");
    let all = all.fetch_all(&mut rows).await.unwrap();
    let all: Vec<(String, i64)> = all.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(all, [("lamp-1".to_owned(), 50), ("lamp-2".to_owned(), 70)]);

    let found = sqlx::query("SELECT name FROM words WHERE words MATCH 'dimmed AND 70'");
    let found = found.fetch_all(&mut rows).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].get::<String, _>(0), "lamp-2");
}

#[tokio::test]
async fn a_reader_writes_nothing() {
    let world = World::new();
    world.dim("lamp-1", "40").await;
    let lamps = world.projector(Lamps);
    lamps.catch_up().await.unwrap();
    let build = lamps.live().await.unwrap().record.build;
    let mut rows = lamps.models().reader(&build).await.unwrap();
    for sql in ["DELETE FROM lamps", "CREATE TABLE x (x)"] {
        assert!(rows.execute(sql).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn a_row_that_breaks_a_rule_stops_at_its_event_and_leaves_nothing() {
    let world = World::new();
    world.dim("lamp-1", "40").await;
    world.dim("lamp-2", "101").await;
    world.dim("lamp-3", "40").await;
    let lamps = world.projector(Lamps);
    let Err(ProjectionError::Stopped(failure)) = lamps.catch_up().await else {
        panic!("an event was applied against a CHECK");
    };
    assert_eq!(failure.position, GlobalPosition::from(2));
    assert!(failure.reason.contains("percent <= 100"), "{failure}");
    let records = lamps.models().builds(lamps.model()).await.unwrap();
    let build = &records[0].build;
    let through = "SELECT through FROM annals_progress";
    assert_eq!(value(lamps.models(), build, through).await, 1);
    let names = "SELECT count(*) FROM lamps";
    assert_eq!(value(lamps.models(), build, names).await, 1);
    let words = "SELECT count(*) FROM words";
    assert_eq!(value(lamps.models(), build, words).await, 1);

    lamps.skip(failure.event_id, "too bright").await.unwrap();
    lamps.catch_up().await.unwrap();
    assert_eq!(value(lamps.models(), build, names).await, 2);
    let skipped = lamps.skipped().await.unwrap();
    assert_eq!(skipped[0].why, "too bright");
    assert_eq!(skipped[0].failure, failure);
}

#[tokio::test]
async fn a_rebuild_has_the_same_rows_in_another_file() {
    let world = World::new();
    for number in 0..100 {
        let lamp = format!("lamp-{}", number % 7);
        world.dim(&lamp, &number.to_string()).await;
    }
    let lamps = world.projector(Lamps);
    lamps.catch_up().await.unwrap();
    let first = lamps.live().await.unwrap().record.build;
    let before = lamps.models().checksum(&first).await.unwrap();
    lamps.rebuild().await.unwrap();
    let second = lamps.live().await.unwrap().record.build;
    assert_ne!(first, second);
    let after = lamps.models().checksum(&second).await.unwrap();
    assert_eq!(before, after);
    let proof = lamps.prove().await.unwrap();
    assert!(proof.holds(), "{proof}");

    let names = ["catalog.db", "lamps.v1.1.views", "lamps.v1.2.views"];
    assert_eq!(world.file_names(), names);
    lamps.switch_back().await.unwrap();
    assert_eq!(lamps.live().await.unwrap().record.build, first);
}

#[tokio::test]
async fn the_checksum_is_one_of_all_rows() {
    let world = World::new();
    world.dim("lamp-1", "40").await;
    let lamps = world.projector(Lamps);
    lamps.catch_up().await.unwrap();
    let build = lamps.live().await.unwrap().record.build;
    let mut known = vec![lamps.models().checksum(&build).await.unwrap()];
    let path = world.folder().join("lamps.v1.1.views");
    for change in [
        "UPDATE lamps SET percent = 41",
        "UPDATE words SET text = 'dimmed to 41'",
        "INSERT INTO annals_rows VALUES ('a', 'b', x'00')",
        "INSERT INTO annals_rows VALUES ('a', 'c', x'')",
        "CREATE TABLE annalss (x); INSERT INTO annalss VALUES (1)",
        "UPDATE annalss SET x = 1.0",
        "UPDATE annalss SET x = '1'",
        "UPDATE annalss SET x = NULL",
        "DELETE FROM annalss",
    ] {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
        let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
        other.execute(change).await.unwrap();
        let new = lamps.models().checksum(&build).await.unwrap();
        assert!(!known.contains(&new), "{change}");
        known.push(new);
    }
}
