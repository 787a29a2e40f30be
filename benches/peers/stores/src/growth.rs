//! Measures costs by the length of the log: it fills files of rising length once, then measures
//! them in turns.

mod fill;
mod peak;
mod report;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use persistence_sqlite::SqliteStore;
use serde::Serialize;
use subject::{Outcome, Store, StreamWrite};

pub(crate) use self::peak::print_peak_of_scan;
use crate::annals::Annals;
use crate::machine;
use crate::table::middle;

/// The number of streams loaded per file, spread from its beginning to its end.
const SAMPLED_STREAMS: usize = 50;
/// The number of single appends per round.
const APPENDS: usize = 1_000;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The folder of the files, which stay there and are not filled again. Without it, the files
    /// are in a temporary folder.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// The numbers of events in the logs.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000, 10_000_000])]
    lengths: Vec<usize>,
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// The approximate time of the loads in each round.
    #[arg(long, default_value_t = 0.5)]
    seconds: f64,
    /// Fills the files and measures nothing.
    #[arg(long)]
    fill_only: bool,
    /// The folder of documents: writes the table to `scale.md` and the plots beside it.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Writes all figures to this file as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// The figures of one log.
#[derive(Debug, Clone, Serialize)]
struct Grown {
    events: usize,
    megabytes: f64,
    bytes_per_event: f64,
    /// The time of a single append, in microseconds.
    append_p50: f64,
    append_p99: f64,
    /// The time to load a stream of 200 events, in microseconds.
    load: f64,
    /// The peak memory of a process that scans the log.
    scan_peak_megabytes: f64,
    scan_events_per_second: f64,
}

/// Fills the files and measures them.
pub(crate) fn run(arguments: &Arguments) -> Outcome<()> {
    let temporary = match arguments.folder {
        Some(_) => None,
        None => Some(
            tempfile::Builder::new()
                .prefix("growth-")
                .tempdir_in(machine::disk())?,
        ),
    };
    let folder = match (&arguments.folder, &temporary) {
        (Some(folder), _) => folder.as_path(),
        (None, Some(temporary)) => temporary.path(),
        (None, None) => return Err("there is no folder".into()),
    };
    std::fs::create_dir_all(folder)?;
    let runtime = tokio::runtime::Runtime::new()?;
    for length in &arguments.lengths {
        runtime.block_on(fill::fill(&file(folder, *length), *length))?;
    }
    if arguments.fill_only {
        return Ok(());
    }
    let machine = machine::sentence(folder)?;
    let grown = measure(&runtime, arguments, folder)?;
    print!("{machine}\n\n{}", report::table(&grown));
    if let Some(documents) = &arguments.report {
        report::write(documents, &machine, &grown)?;
    }
    if let Some(path) = &arguments.json {
        std::fs::write(path, serde_json::to_vec_pretty(&grown)?)?;
    }
    Ok(())
}

fn file(folder: &Path, length: usize) -> PathBuf {
    folder.join(format!("log-{length}"))
}

fn measure(
    runtime: &tokio::runtime::Runtime,
    arguments: &Arguments,
    folder: &Path,
) -> Outcome<Vec<Grown>> {
    let mut grown = Vec::new();
    for events in &arguments.lengths {
        let path = file(folder, *events);
        let bytes = std::fs::metadata(&path)?.len() as f64;
        let scan = peak::of_scan(&path)?;
        grown.push(Grown {
            events: *events,
            megabytes: bytes / 1e6,
            bytes_per_event: bytes / scan.events as f64,
            append_p50: f64::NAN,
            append_p99: f64::NAN,
            load: f64::NAN,
            scan_peak_megabytes: scan.peak_megabytes,
            scan_events_per_second: scan.events as f64 / scan.seconds,
        });
    }
    let rounds = (arguments.rounds, arguments.seconds);
    let folder = folder.to_owned();
    runtime.block_on(async move { tokio::spawn(turns(folder, rounds, grown)).await? })
}

/// Times of one log, in microseconds, by round.
#[derive(Default)]
struct Times {
    append_p50: Vec<f64>,
    append_p99: Vec<f64>,
    load: Vec<f64>,
}

/// Appends to and loads from every log in every round.
async fn turns(
    folder: PathBuf,
    (rounds, seconds): (usize, f64),
    mut grown: Vec<Grown>,
) -> Outcome<Vec<Grown>> {
    let mut stores = Vec::new();
    for grown in &grown {
        let store = Annals::new(SqliteStore::open(file(&folder, grown.events)).await?);
        // Load once before the clock starts, because the measurement is of a warm cache.
        loads(&store, grown.events, 0.0).await?;
        stores.push((store, Times::default()));
    }
    // New stream names for each run, so that a folder can be measured again.
    let run = jiff::Timestamp::now().as_microsecond();
    for round in 0..rounds {
        for ((store, times), grown) in stores.iter_mut().zip(&grown) {
            let each = loads(store, grown.events, seconds).await?;
            times.load.push(percentile(each, 50));
            let each = appends(store, &format!("grown_{run}-{round}")).await?;
            times.append_p50.push(percentile(each.clone(), 50));
            times.append_p99.push(percentile(each, 99));
        }
    }
    for ((store, times), grown) in stores.into_iter().zip(&mut grown) {
        grown.append_p50 = middle(times.append_p50);
        grown.append_p99 = middle(times.append_p99);
        grown.load = middle(times.load);
        store.close().await?;
    }
    Ok(grown)
}

/// Loads the sampled streams one after the other, each at least once.
async fn loads(store: &Annals, events: usize, seconds: f64) -> Outcome<Vec<Duration>> {
    let streams = events / fill::STREAM_LENGTH;
    let started = Instant::now();
    let mut each = Vec::new();
    for sample in 0.. {
        if sample >= SAMPLED_STREAMS && started.elapsed().as_secs_f64() >= seconds {
            break;
        }
        let stream = fill::stream(sample % SAMPLED_STREAMS * streams / SAMPLED_STREAMS);
        let load = Instant::now();
        let events = store.load(&stream).await?;
        each.push(load.elapsed());
        if events != fill::STREAM_LENGTH {
            return Err(format!("{stream} gave {events} events").into());
        }
    }
    Ok(each)
}

async fn appends(store: &Annals, stream: &str) -> Outcome<Vec<Duration>> {
    let prepared = (0..APPENDS)
        .map(|version| store.prepare(vec![StreamWrite::new(stream.to_owned(), version as u64, 1)]))
        .collect::<Outcome<Vec<_>>>()?;
    let mut each = Vec::with_capacity(APPENDS);
    for append in prepared {
        let started = Instant::now();
        store.append(append).await?;
        each.push(started.elapsed());
    }
    Ok(each)
}

/// The percentile of the times, in microseconds.
fn percentile(mut each: Vec<Duration>, percent: usize) -> f64 {
    each.sort_unstable();
    let rank = (each.len() * percent).div_ceil(100).max(1);
    each.get(rank - 1)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
}
