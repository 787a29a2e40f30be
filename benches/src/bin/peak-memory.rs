//! Measures the memory of a scan of the log and of a replay of a stream, by the length of the log.
//!
//! `cargo run --release -p benches --bin peak-memory` prints a Markdown table. Each figure is the
//! peak memory of a separate process, from Linux (`VmHWM` in `/proc/self/status`).

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use benches::{Tally, counted, tally_codec, tally_stream};
use futures_util::TryStreamExt;
use persistence_sqlite::SqliteStore;
use shared_kernel::store::LogQuery;
use shared_kernel::{Append, EventSourcedRepository, EventStore, EventStoreExt, ExpectedVersion};

/// The lengths of the measured logs, in events.
const LENGTHS: [usize; 3] = [10_000, 100_000, 1_000_000];

/// The number of events in each stream. The first stream is the replayed one.
const LONG_STREAM: usize = 10_000;

/// The number of events in one append.
const BATCH: usize = 1_000;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "a program reads its arguments")]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => table(),
        ["fill", path, length] => fill(Path::new(path), length.parse()?).await,
        ["open", path] => report(open(Path::new(path)).await?),
        ["scan", path] => report(scan(Path::new(path)).await?),
        ["replay", path] => report(replay(Path::new(path)).await?),
        _ => Err("peak-memory has no arguments".into()),
    }
}

fn table() -> Outcome<()> {
    println!(
        "| events in the log | file | open | scan of the log | replay of {LONG_STREAM} events |"
    );
    println!("|---|---|---|---|---|");
    for length in LENGTHS {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        run(&["fill", text(&path)?, &length.to_string()])?;
        let megabytes = std::fs::metadata(&path)?.len() / 1_000_000;
        let measure = |what| run(&[what, text(&path)?]);
        let (open, scan, replay) = (measure("open")?, measure("scan")?, measure("replay")?);
        println!("| {length} | {megabytes} MB | {open} | {scan} | {replay} |");
    }
    Ok(())
}

fn text(path: &Path) -> Outcome<&str> {
    path.to_str()
        .ok_or_else(|| "the path of the temporary folder is not UTF-8".into())
}

/// Runs this program in a new process, and returns its output.
fn run(arguments: &[&str]) -> Outcome<String> {
    let program: PathBuf = std::env::current_exe()?;
    let output = Command::new(program).args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Prints the peak memory of this process, and the number of events as a check that the work was
/// done.
fn report(events: usize) -> Outcome<()> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("/proc/self/status has no line VmHWM; this program needs Linux")?;
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse()?;
    println!("{:.1} MB ({events} events)", kilobytes as f64 / 1024.0);
    Ok(())
}

async fn fill(path: &Path, length: usize) -> Outcome<()> {
    let store = SqliteStore::open(path).await?;
    for batch in 0..length / BATCH {
        let stream = tally_stream(batch * BATCH / LONG_STREAM);
        let append = Append::new().write(stream, ExpectedVersion::Any, counted(BATCH));
        store.append(append).await?;
    }
    store.close().await;
    Ok(())
}

async fn open(path: &Path) -> Outcome<usize> {
    let store = SqliteStore::open(path).await?;
    Ok(usize::from(store.head().await?.is_none()))
}

async fn scan(path: &Path) -> Outcome<usize> {
    let store = SqliteStore::open(path).await?;
    let mut log = store.read_log(LogQuery::new());
    let mut events = 0;
    while log.try_next().await?.is_some() {
        events += 1;
    }
    Ok(events)
}

async fn replay(path: &Path) -> Outcome<usize> {
    let store: Arc<dyn EventStore> = Arc::new(SqliteStore::open(path).await?);
    let repository = EventSourcedRepository::<Tally>::new(store, Arc::new(tally_codec()));
    let tally = repository.get(&tally_stream(0)).await?;
    Ok(usize::try_from(tally.state().sum)?)
}
