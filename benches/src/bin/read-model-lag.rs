//! Measures how far rows are behind their events, and what live projections cost the appends.
//!
//! `cargo run --release -p benches --bin read-model-lag` prints two Markdown tables:
//!
//! - The time from the end of an append to its row, at 1,000 appends a second. The projection runs
//!   in another process, and a reader looks at the rows every 300 µs.
//! - The appends of one task beside three live projections in another process, against the appends
//!   of one task alone.
//!
//! All stores have `Durability::Full`. The files are in a temporary folder below `target`, which
//! should be on a real disk.

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use benches::{TallyEvent, counted, tally_codec, tally_stream};
use persistence_sqlite::SqliteStore;
use read_models_sqlite::{SqliteReadModels, SqliteTx, sqlx};
use read_side::{ApplyError, Projector, Typed, TypedProjection, async_trait};
use serialization::JsonEventCodec;
use shared_kernel::time::{SystemTimer, Timer};
use shared_kernel::{EventEnvelope, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition};
use tokio::sync::watch;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The appends of the first measurement, one each millisecond.
const PACED: usize = 10_000;

/// The length of a round of the second measurement.
const ROUND: Duration = Duration::from_secs(5);

const ROUNDS: usize = 5;

/// The pause between two looks of the reader.
const LOOK: Duration = Duration::from_micros(300);

const PATIENCE: Duration = Duration::from_secs(60);

/// The amounts that were counted, by position.
struct Amounts<const N: usize>;

#[async_trait]
impl<const N: usize> TypedProjection<SqliteTx> for Amounts<N> {
    type Event = TallyEvent;
    const NAME: &'static str = ["amounts-1", "amounts-2", "amounts-3"][N];
    const VERSION: u32 = 1;

    async fn create(&self, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        let amounts = "CREATE TABLE amounts (position INTEGER PRIMARY KEY, amount INTEGER) STRICT";
        tx.execute(amounts, ());
        Ok(())
    }

    async fn apply(
        &self,
        event: &EventEnvelope<TallyEvent>,
        tx: &mut SqliteTx,
    ) -> Result<(), ApplyError> {
        let TallyEvent::Counted { amount, .. } = &event.event;
        let amount = i64::try_from(*amount)?;
        tx.execute(
            "INSERT INTO amounts VALUES (?, ?)",
            (event.position, amount),
        );
        Ok(())
    }
}

type Of<const N: usize> =
    Projector<Typed<Amounts<N>, JsonEventCodec<TallyEvent>>, SqliteStore, SqliteReadModels>;

fn projector<const N: usize>(log: &SqliteStore) -> Outcome<Of<N>> {
    let models = SqliteReadModels::beside(log.path());
    let amounts = Typed::new(Amounts::<N>, tally_codec());
    Ok(Projector::new(amounts, log.clone(), models)?)
}

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "a program reads its arguments")]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            std::fs::create_dir_all("target")?;
            let folder = tempfile::tempdir_in("target")?;
            lag(&folder.path().join("lag.annals")).await?;
            contention(&folder.path().join("contention.annals")).await
        }
        ["follow", path, "1"] => follow_one(Path::new(path)).await,
        ["follow", path, _] => follow_three(Path::new(path)).await,
        _ => Err("read-model-lag has no arguments".into()),
    }
}

async fn follow_one(path: &Path) -> Outcome<()> {
    let log = SqliteStore::open(path).await?;
    Ok(projector::<0>(&log)?.run(std::future::pending()).await?)
}

async fn follow_three(path: &Path) -> Outcome<()> {
    let log = SqliteStore::open(path).await?;
    let (one, two, three) = (
        projector::<0>(&log)?,
        projector::<1>(&log)?,
        projector::<2>(&log)?,
    );
    tokio::try_join!(
        one.run(std::future::pending()),
        two.run(std::future::pending()),
        three.run(std::future::pending()),
    )?;
    Ok(())
}

/// Another process that follows the log. Dropped, it is killed.
struct Follower(Child);

impl Follower {
    fn start(path: &Path, projections: &str) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let child = command.arg("follow").arg(path).arg(projections).spawn()?;
        Ok(Self(child))
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn append(log: &SqliteStore, n: usize) -> Outcome<GlobalPosition> {
    let appended = log.append_to(tally_stream(n % 100), ExpectedVersion::Any, counted(1));
    Ok(appended.await?.last_position().unwrap_or_default())
}

async fn lag(path: &Path) -> Outcome<()> {
    let log = SqliteStore::open(path).await?;
    append(&log, 0).await?;
    let _follower = Follower::start(path, "1")?;
    let amounts = projector::<0>(&log)?;
    amounts.wait_until(1, PATIENCE).await?;
    let (stop, stopped) = watch::channel(false);
    let reader = tokio::spawn(look(amounts.clone(), stopped));

    let mut appended = Vec::new();
    let start = Instant::now();
    let mut due = start;
    for n in 1..=PACED {
        due += Duration::from_millis(1);
        SystemTimer
            .sleep(due.saturating_duration_since(Instant::now()))
            .await;
        appended.push((append(&log, n).await?, Instant::now()));
    }
    let seconds = start.elapsed().as_secs_f64();
    let last = appended.last().map_or(GlobalPosition::START, |(at, _)| *at);
    amounts.wait_until(last, PATIENCE).await?;
    stop.send_replace(true);
    let seen = reader.await??;

    let mut lags: Vec<_> = appended
        .iter()
        .filter_map(|(position, end)| {
            let first = seen.partition_point(|(at, _)| at < position);
            Some(seen.get(first)?.1.saturating_duration_since(*end))
        })
        .collect();
    lags.sort_unstable();
    let at =
        |share: usize| lags[(lags.len() * share / 1_000).min(lags.len() - 1)].as_secs_f64() * 1e3;
    println!("| appends/s | rows | p50 | p90 | p99 | p99.9 |\n|---|---|---|---|---|---|");
    println!(
        "| {:.0} | {} | {:.1} ms | {:.1} ms | {:.1} ms | {:.1} ms |\n",
        PACED as f64 / seconds,
        lags.len(),
        at(500),
        at(900),
        at(990),
        at(999),
    );
    Ok(())
}

/// The last position of the rows, and the time at which the reader first saw it.
async fn look(
    amounts: Of<0>,
    stopped: watch::Receiver<bool>,
) -> Outcome<Vec<(GlobalPosition, Instant)>> {
    let live = amounts.live().await?;
    let mut rows = amounts.models().reader(&live).await?;
    let mut seen: Vec<(GlobalPosition, Instant)> = Vec::new();
    loop {
        let is_last = *stopped.borrow();
        let sql = "SELECT max(position) FROM amounts";
        let last: i64 = sqlx::query_scalar(sql).fetch_one(&mut rows).await?;
        let last = GlobalPosition::try_from(last)?;
        if seen.last().is_none_or(|(before, _)| *before < last) {
            seen.push((last, Instant::now()));
        }
        if is_last {
            return Ok(seen);
        }
        SystemTimer.sleep(LOOK).await;
    }
}

async fn contention(path: &Path) -> Outcome<()> {
    let log = SqliteStore::open(path).await?;
    let mut n = 0_usize;
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (beside, rates) in [false, true].into_iter().zip(&mut rates) {
            let follower = match beside {
                true => Some(Follower::start(path, "3")?),
                false => None,
            };
            if follower.is_some() {
                caught_up(&log).await?;
            }
            let (start, before) = (Instant::now(), n);
            while start.elapsed() < ROUND {
                append(&log, n).await?;
                n += 1;
            }
            rates.push((n - before) as f64 / start.elapsed().as_secs_f64());
        }
    }
    let median = |rates: &mut Vec<f64>| {
        rates.sort_unstable_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    let [alone, beside] = rates.each_mut().map(median);
    println!("| appends/s alone | beside three live projections | ratio |\n|---|---|---|");
    println!("| {alone:.0} | {beside:.0} | {:.2} |", beside / alone);
    Ok(())
}

/// Waits until the projections have all events, so that they only follow.
async fn caught_up(log: &SqliteStore) -> Outcome<()> {
    let head = log.head().await?.unwrap_or_default();
    projector::<0>(log)?.wait_until(head, PATIENCE).await?;
    projector::<1>(log)?.wait_until(head, PATIENCE).await?;
    projector::<2>(log)?.wait_until(head, PATIENCE).await?;
    Ok(())
}
