//! An operator who retries and skips while another process runs the read model.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use persistence_sqlite::SqliteStore;
use read_models_sqlite::{SqliteReadModels, SqliteTx, sqlx};
use read_side::{ApplyError, Options, Poison, Projection, Projector};
use shared_kernel::event::EventType;
use shared_kernel::{EventId, EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent, StreamId};
use tempfile::TempDir;
use tokio::process::Command;

use crate::fixture::holder;

/// The percentages of each lamp in their order, up to the highest that the program knows.
struct Levels {
    highest: u32,
}

#[async_trait]
impl Projection<SqliteTx> for Levels {
    const NAME: &'static str = "levels";
    const VERSION: u32 = 1;

    async fn create(&self, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        tx.execute(
            "CREATE TABLE levels (lamp TEXT NOT NULL, percent INTEGER NOT NULL) STRICT",
            (),
        );
        Ok(())
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        let percent: u32 = std::str::from_utf8(&event.payload)?.parse()?;
        if percent > self.highest {
            return Err(format!("{percent} % is above {} %", self.highest).into());
        }
        tx.execute("INSERT INTO levels VALUES (?, ?)", (&event.stream, percent));
        Ok(())
    }
}

type Of = Projector<Levels, SqliteStore, SqliteReadModels>;

async fn open(folder: &Path, highest: u32) -> (SqliteStore, Of) {
    let path = folder.join("lamps.annals");
    let log = SqliteStore::open(&path).await.unwrap();
    let options = Options::new(holder(&format!("process {}", std::process::id())))
        .poison(Poison::Park)
        .ttl(Duration::from_secs(600));
    let models = SqliteReadModels::beside(&path);
    let levels = Projector::with_options(Levels { highest }, log.clone(), models, options);
    (log, levels.unwrap())
}

async fn dim(log: &SqliteStore, lamp: &str, percent: &str) -> EventId {
    let dimmed = EventType::new("Dimmed").unwrap();
    let event = NewEvent::with_fresh_id(dimmed, percent.to_owned()).unwrap();
    let id = event.id;
    let lamp = StreamId::new(lamp).unwrap();
    log.append_to(lamp, ExpectedVersion::Any, vec![event])
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn an_operator_retries_and_skips_beside_a_running_process() {
    const PATIENCE: Duration = Duration::from_secs(60);
    let folder = TempDir::new().unwrap();
    let (log, levels) = open(folder.path(), 200).await;
    for (lamp, percent) in [("lamp-1", "50"), ("lamp-1", "150"), ("lamp-1", "60")] {
        dim(&log, lamp, percent).await;
    }
    let wrong = dim(&log, "lamp-2", "bright").await;
    let mut runner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "operator::runs_until_it_is_killed", "--ignored"])
        .env("LEVELS_FOLDER", folder.path())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();

    levels.wait_until(4, PATIENCE).await.unwrap();
    assert_eq!(levels.parked().await.unwrap().len(), 3);
    // The lease of the runner lasts for ten minutes, and it is alive.
    let lamp = StreamId::new("lamp-1").unwrap();
    assert_eq!(levels.retry(&lamp).await.unwrap(), 2);
    levels.skip(wrong, "a typing error").await.unwrap();
    assert_eq!(levels.parked().await.unwrap(), []);

    // The runner goes on, and knows that no stream is parked.
    dim(&log, "lamp-1", "70").await;
    dim(&log, "lamp-2", "80").await;
    levels.wait_until(6, PATIENCE).await.unwrap();
    let live = levels.live().await.unwrap();
    let mut rows = levels.models().reader(&live).await.unwrap();
    let sql = "SELECT lamp, percent FROM levels ORDER BY lamp, rowid";
    let rows: Vec<(String, u32)> = sqlx::query_as(sql).fetch_all(&mut rows).await.unwrap();
    let expected = [
        ("lamp-1", 50),
        ("lamp-1", 150),
        ("lamp-1", 60),
        ("lamp-1", 70),
    ];
    let expected = expected.into_iter().chain([("lamp-2", 80)]);
    assert!(
        rows.iter().map(|(lamp, p)| (&**lamp, *p)).eq(expected),
        "{rows:?}"
    );
    runner.kill().await.unwrap();
}

#[tokio::test]
#[ignore = "the process that is killed"]
#[expect(
    clippy::disallowed_methods,
    reason = "the parent hands the folder over by the environment"
)]
async fn runs_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os("LEVELS_FOLDER").unwrap());
    let (_, levels) = open(&folder, 100).await;
    levels.run(std::future::pending()).await.unwrap();
}
