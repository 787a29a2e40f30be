//! Measures the first build and the catch-up of a read model in turns, and prints their ratios to a
//! loop in hand-written rusqlite that fills the same tables with the same batches. With `--server`
//! all of it is on a PostgreSQL server, and the loop is one in hand-written sqlx.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml --package read-models`

mod annals;
mod items;
mod raw;
mod server;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Parser;
use persistence_sqlite::{Durability, SqliteOptions, SqliteStore};
use read_models_sqlite::SqliteReadModels;
use read_side::Projector;
use rusqlite::{Connection, params};
use shared_kernel::event::EventType;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, StreamId};

use crate::annals::{Items, Subject};
use crate::items::Change;
use crate::raw::{Loop, Source};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const NAMES: [&str; 3] = ["annals", "rusqlite on history", "rusqlite on a plain table"];

/// The events of an append.
const EVENTS: usize = 2;

/// Measures a read model beside a loop in hand-written rusqlite.
#[derive(Parser)]
struct Arguments {
    /// The folder for a temporary folder with the files; it should be on a real disk.
    #[arg(long, default_value = "target")]
    folder: PathBuf,
    /// The events of the first build.
    #[arg(long, default_value_t = 50_000)]
    events: usize,
    /// The events of each catch-up.
    #[arg(long, default_value_t = 1_000)]
    news: usize,
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Measure on a PostgreSQL server, which this program starts.
    #[arg(long)]
    server: bool,
}

/// The log in a store, and the same events in a plain table.
struct Log {
    store: SqliteStore,
    path: PathBuf,
    plain: Connection,
    plain_path: PathBuf,
    items: usize,
    appends: usize,
}

impl Log {
    async fn create(folder: &Path, items: usize) -> Outcome<Self> {
        let (path, plain_path) = (folder.join("log.annals"), folder.join("log.plain"));
        let options = SqliteOptions::new();
        let options = options.with_durability(Durability::MayLoseLastAppendsOnPowerLoss);
        let store = SqliteStore::open_with(&path, options).await?;
        let plain = Connection::open(&plain_path)?;
        plain.pragma_update(None, "journal_mode", "WAL")?;
        plain.pragma_update(None, "synchronous", "NORMAL")?;
        plain.execute_batch(
            "CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT NOT NULL,
             version INTEGER NOT NULL, payload TEXT NOT NULL) STRICT",
        )?;
        let appends = 0;
        Ok(Self {
            store,
            path,
            plain,
            plain_path,
            items,
            appends,
        })
    }

    async fn append(&mut self, events: usize) -> Outcome<()> {
        let transaction = self.plain.transaction()?;
        for _ in 0..events / EVENTS {
            let (number, turn) = (self.appends % self.items, self.appends / self.items);
            let name = format!("item-{number}");
            let mut new = Vec::new();
            for k in 0..EVENTS {
                let n = turn * EVENTS + k;
                let payload = serde_json::to_string(&Change::example(number, n))?;
                let mut insert = transaction.prepare_cached(
                    "INSERT INTO events (stream, version, payload) VALUES (?1, ?2, ?3)",
                )?;
                insert.execute(params![name, i64::try_from(n + 1)?, payload])?;
                new.push(NewEvent::with_fresh_id(
                    EventType::new("Changed")?,
                    payload,
                )?);
            }
            let stream = StreamId::new(&name)?;
            self.store
                .append_to(stream, ExpectedVersion::Any, new)
                .await?;
            self.appends += 1;
        }
        transaction.commit()?;
        Ok(())
    }
}

/// The times of the subjects. Ours is the first.
struct Times<const N: usize>([Vec<Duration>; N]);

impl<const N: usize> Times<N> {
    fn new() -> Self {
        Self(std::array::from_fn(|_| Vec::new()))
    }

    fn add(&mut self, turn: [Duration; N]) {
        for (times, time) in self.0.iter_mut().zip(turn) {
            times.push(time);
        }
    }

    fn report(&mut self, what: &str, events: usize, names: [&str; N]) {
        let medians = self.0.each_mut().map(|times| {
            times.sort_unstable();
            times[times.len() / 2]
        });
        for (name, median) in names.iter().zip(medians) {
            let seconds = median.as_secs_f64();
            println!(
                "{what:<12} {name:<26} {:>9.1} ms {:>9.0} events/s  annals has {:.2} of its speed",
                seconds * 1e3,
                events as f64 / seconds,
                seconds / medians[0].as_secs_f64(),
            );
        }
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    if arguments.server {
        return server::measure(&arguments).await;
    }
    std::fs::create_dir_all(&arguments.folder)?;
    let place = tempfile::tempdir_in(&arguments.folder)?;
    let mut log = Log::create(place.path(), arguments.events / 10).await?;
    log.append(arguments.events).await?;
    let (mut first, mut later) = (Times::new(), Times::new());
    for round in 0..arguments.rounds {
        let models = SqliteReadModels::open(place.path().join(format!("views-{round}")));
        let annals = Projector::new(Items, log.store.clone(), models)?;
        let file = |name: &str| place.path().join(format!("{name}-{round}.db"));
        let mut history = Loop::open(&log.path, Source::History, &file("history"))?;
        let mut plain = Loop::open(&log.plain_path, Source::Plain, &file("plain"))?;
        first.add(turn(&annals, &mut history, &mut plain).await?);
        if round + 1 == arguments.rounds {
            for _ in 0..10 * arguments.rounds {
                log.append(arguments.news).await?;
                later.add(turn(&annals, &mut history, &mut plain).await?);
            }
        }
        check(&annals, &file("history"), &file("plain")).await?;
    }
    first.report("first build", arguments.events, NAMES);
    later.report("catch-up", arguments.news, NAMES);
    Ok(())
}

/// Brings all three up to the end of the log.
async fn turn(annals: &Subject, history: &mut Loop, plain: &mut Loop) -> Outcome<[Duration; 3]> {
    let began = Instant::now();
    let reached = annals.catch_up().await?;
    let ours = began.elapsed();
    let began = Instant::now();
    let by_history = history.catch_up()?;
    let theirs = began.elapsed();
    let began = Instant::now();
    let by_plain = plain.catch_up()?;
    assert_eq!([by_history, by_plain], [reached.as_i64(); 2]);
    Ok([ours, theirs, began.elapsed()])
}

/// All three have the same rows.
async fn check(annals: &Subject, history: &Path, plain: &Path) -> Outcome<()> {
    let live = annals.live().await?;
    let ours = annals
        .models()
        .folder()
        .join(format!("{}.views", live.record.build));
    let sums = [ours.as_path(), history, plain].map(|path| -> Outcome<String> {
        let sql = "SELECT (SELECT group_concat(number || title || status || version || position) \
                   FROM items ORDER BY number) || (SELECT group_concat(rowid || title || text) \
                   FROM words ORDER BY rowid)";
        Ok(Connection::open(path)?.query_row(sql, [], |row| row.get(0))?)
    });
    let [ours, history, plain] = sums;
    let ours = ours?;
    assert!(!ours.is_empty() && ours == history? && ours == plain?);
    Ok(())
}
