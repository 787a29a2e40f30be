//! Four projections in two processes that are killed again and again.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use persistence_sqlite::SqliteStore;
use read_models_sqlite::{SqliteReadModels, SqliteTx, sqlx};
use read_side::{ApplyError, Options, Projection, Projector};
use shared_kernel::event::EventType;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent, StreamId};
use sqlx::Row;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::fixture::holder;

const EVENTS: u32 = 20_000;
const KILLS: u32 = 10;

/// Adds each number `N + 1` times: a sum that shows an event that was lost or counted twice.
struct Sum<const N: usize>;

#[async_trait]
impl<const N: usize> Projection<SqliteTx> for Sum<N> {
    const NAME: &'static str = ["sum-1", "sum-2", "sum-3", "sum-4"][N];
    const VERSION: u32 = 1;

    async fn create(&self, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        tx.execute("CREATE TABLE sums (total INTEGER NOT NULL) STRICT", ());
        tx.execute("INSERT INTO sums VALUES (0)", ());
        Ok(())
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        let number: i64 = std::str::from_utf8(&event.payload)?.parse()?;
        for _ in 0..=N {
            tx.execute("UPDATE sums SET total = total + ?", (number,));
        }
        Ok(())
    }
}

/// The sum, and the sum of the numbers up to the position. Both are read in one statement.
const TOTALS: &str = "SELECT total, through * (through + 1) / 2 FROM sums, annals_progress";

type Runner<const N: usize> = Projector<Sum<N>, SqliteStore, SqliteReadModels>;

fn projector<const N: usize>(log: &SqliteStore, models: &SqliteReadModels) -> Runner<N> {
    let options = Options::new(holder(&format!("process {}", std::process::id())));
    let options = options.ttl(Duration::from_millis(200));
    Projector::with_options(Sum::<N>, log.clone(), models.clone(), options).unwrap()
}

async fn open(folder: &Path) -> (SqliteStore, SqliteReadModels) {
    let log = SqliteStore::open(folder.join("sums.annals")).await.unwrap();
    let models = SqliteReadModels::open(folder.join("sums.annals-views"))
        .with_busy_timeout(Duration::from_secs(10));
    (log, models)
}

fn runner(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sums::runs_until_it_is_killed", "--ignored"])
        .env("SUMS_FOLDER", folder)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn check<const N: usize>(log: &SqliteStore, models: &SqliteReadModels) -> u64 {
    let Ok(live) = projector::<N>(log, models).live().await else {
        return 0;
    };
    let mut rows = models.reader(&live.record.build).await.unwrap();
    let row = sqlx::query(TOTALS).fetch_one(&mut rows).await.unwrap();
    let times = i64::try_from(N).unwrap() + 1;
    assert_eq!(row.get::<i64, _>(0), times * row.get::<i64, _>(1));
    live.through().get()
}

#[tokio::test]
async fn sums_equal_the_log_whatever_is_killed() {
    let folder = TempDir::new().unwrap();
    let (log, models) = open(folder.path()).await;
    let mut runners = [runner(folder.path()), runner(folder.path())];
    let mut kills = 0;
    for first in (1..=EVENTS).step_by(100) {
        let events = (first..first + 100).map(|number| {
            let added = EventType::new("NumberAdded").unwrap();
            NewEvent::with_fresh_id(added, number.to_string()).unwrap()
        });
        let stream = StreamId::new(format!("numbers-{}", first % 7)).unwrap();
        log.append_to(stream, ExpectedVersion::Any, events.collect())
            .await
            .unwrap();
        if first / 100 % (EVENTS / 100 / KILLS) == 19 {
            let one = &mut runners[usize::from(kills % 2 == 0)];
            one.kill().await.unwrap();
            check::<0>(&log, &models).await;
            check::<3>(&log, &models).await;
            *one = runner(folder.path());
            kills += 1;
        }
    }
    assert_eq!(kills, KILLS);
    let patience = Duration::from_secs(60);
    projector::<0>(&log, &models)
        .wait_until(EVENTS, patience)
        .await
        .unwrap();
    projector::<1>(&log, &models)
        .wait_until(EVENTS, patience)
        .await
        .unwrap();
    projector::<2>(&log, &models)
        .wait_until(EVENTS, patience)
        .await
        .unwrap();
    projector::<3>(&log, &models)
        .wait_until(EVENTS, patience)
        .await
        .unwrap();
    assert_eq!(check::<0>(&log, &models).await, u64::from(EVENTS));
    assert_eq!(check::<1>(&log, &models).await, u64::from(EVENTS));
    assert_eq!(check::<2>(&log, &models).await, u64::from(EVENTS));
    assert_eq!(check::<3>(&log, &models).await, u64::from(EVENTS));
    for runner in &mut runners {
        runner.kill().await.unwrap();
    }
}

#[tokio::test]
#[ignore = "the process that is killed"]
#[expect(
    clippy::disallowed_methods,
    reason = "the parent hands the folder over by the environment"
)]
async fn runs_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os("SUMS_FOLDER").unwrap());
    let (log, models) = open(&folder).await;
    let forever = std::future::pending::<()>;
    let (one, two) = (projector::<0>(&log, &models), projector::<1>(&log, &models));
    let (three, four) = (projector::<2>(&log, &models), projector::<3>(&log, &models));
    let ended = tokio::try_join!(
        one.run(forever()),
        two.run(forever()),
        three.run(forever()),
        four.run(forever()),
    );
    ended.unwrap();
}
