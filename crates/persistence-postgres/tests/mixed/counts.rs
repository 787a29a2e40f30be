//! A read model in SQLite files: the number of events of each stream, and its last version.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use persistence_postgres::PostgresStore;
use read_models_sqlite::{SqliteReadModels, SqliteTx, sqlx};
use read_side::{ApplyError, Options, Projection, Projector};
use shared_kernel::RecordedEvent;
use shared_kernel::lease::LeaseHolder;
use sqlx::Row;

pub(crate) struct Counts;

#[async_trait]
impl Projection<SqliteTx> for Counts {
    const NAME: &'static str = "counts";
    const VERSION: u32 = 1;

    async fn create(&self, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        let table = "CREATE TABLE counts (stream TEXT PRIMARY KEY, events INTEGER NOT NULL,
            version INTEGER NOT NULL) STRICT";
        tx.execute(table, ());
        Ok(())
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        let count = "INSERT INTO counts VALUES (?1, 1, ?2)
            ON CONFLICT DO UPDATE SET events = events + 1, version = ?2";
        tx.execute(count, (&event.stream, event.version.as_i64()));
        Ok(())
    }
}

pub(crate) type Runner = Projector<Counts, PostgresStore, SqliteReadModels>;

/// The read model of the process `name`.
pub(crate) fn projector(name: u32, folder: &Path, store: &PostgresStore) -> Runner {
    let models = SqliteReadModels::open(folder.join(format!("views-{name}")))
        .with_busy_timeout(Duration::from_secs(10));
    let holder = LeaseHolder::new(format!("process {}", std::process::id())).unwrap();
    let options = Options::new(holder).ttl(Duration::from_secs(1));
    Projector::with_options(Counts, store.clone(), models, options).unwrap()
}

/// Compares the rows with the log.
pub(crate) async fn check(name: u32, folder: &Path, store: &PostgresStore, log: &[RecordedEvent]) {
    let projector = projector(name, folder, store);
    let through = loop {
        // The lease of the killed process ends within a second.
        match projector.catch_up().await {
            Ok(through) => break through,
            Err(error) => assert!(error.is_transient(), "{error:?}"),
        }
        crate::pause(100).await;
    };
    assert_eq!(through.get(), log.len() as u64);
    let mut expected = BTreeMap::new();
    for event in log {
        *expected.entry(event.stream.to_string()).or_insert(0_i64) += 1;
    }
    let live = projector.live().await.unwrap();
    let mut rows = projector.models().reader(&live.record.build).await.unwrap();
    let rows = sqlx::query("SELECT stream, events, version FROM counts")
        .fetch_all(&mut rows)
        .await
        .unwrap();
    let mut counted = BTreeMap::new();
    for row in rows {
        assert_eq!(row.get::<i64, _>(1), row.get::<i64, _>(2));
        counted.insert(row.get::<String, _>(0), row.get::<i64, _>(1));
    }
    assert_eq!(counted, expected, "the read model of process {name}");
}
