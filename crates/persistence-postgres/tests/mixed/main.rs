//! Three processes of mixed work on one server: appends, a follower, snapshots, leases and a read
//! model in SQLite files. Two of the processes are killed again and again, and so is the server.
//!
//! `ANNALS_SECONDS=600` runs it for ten minutes, and `ANNALS_SEED=7` with other times of the kills.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says by a panic what it found, and its processes talk by their output"
)]

mod counts;
mod memory;
mod work;
mod workers;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use persistence_postgres::PostgresStore;
use postgres_server::{Durability, Server};
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStoreExt, RecordedEvent};
use tempfile::TempDir;

use crate::memory::Memory;
use crate::workers::Worker;

/// The streams that all processes share.
const STREAMS: u64 = 8;

/// Pseudorandom numbers (xorshift64; Marsaglia, 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[expect(clippy::disallowed_methods, reason = "a longer run is asked for")]
fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "the processes work meanwhile")]
async fn pause(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_of_mixed_work_lose_double_and_skip_nothing() {
    // Says so, and skips, where there is no PostgreSQL.
    let _ = Server::shared_or_skip();
    let server = Server::start(Durability::Kept).unwrap();
    let address = server.new_database().unwrap();
    let folder = TempDir::new().unwrap();
    let mut random = Random(number("ANNALS_SEED", 1));
    let length = Duration::from_secs(number("ANNALS_SECONDS", 8));
    let mut workers: Vec<_> = (0..3)
        .map(|name| Worker::start(name, &address, folder.path(), random.below(u64::MAX)))
        .collect();
    let mut memory = Memory::default();
    let begin = Instant::now();
    let (mut next_kill, mut next_crash) = (1_500, 4_000);
    let (mut kills, mut crashes) = (0, 0);
    while begin.elapsed() < length {
        pause(100).await;
        let now = begin.elapsed().as_millis() as u64;
        for worker in &mut workers {
            worker.check();
        }
        // The first process lives from the beginning to the end. After the first crash, its
        // connections are opened again, and it reads on from further behind.
        if crashes > 0 {
            memory.look(&workers[0]);
        }
        if now > next_kill {
            let victim = 1 + usize::try_from(random.below(2)).unwrap();
            workers[victim].kill().await;
            workers[victim].restart(random.below(u64::MAX));
            kills += 1;
            next_kill = now + 1_000 + random.below(3_000);
        }
        if now > next_crash {
            server.crash().unwrap();
            server.resume().unwrap();
            crashes += 1;
            next_crash = now + 4_000 + random.below(8_000);
        }
    }
    let mut acknowledged = HashSet::new();
    for worker in &mut workers {
        worker.kill().await;
        acknowledged.extend(worker.acknowledged());
    }
    let store = PostgresStore::connect(&address).await.unwrap();
    let query = LogQuery::new();
    let log: Vec<RecordedEvent> = store.read_log(query).try_collect().await.unwrap();
    println!(
        "{} events, {} acknowledged, {kills} kills, {crashes} crashes, memory {memory}",
        log.len(),
        acknowledged.len()
    );
    assert!(kills > 0 && crashes > 0);
    check_log(&log, &acknowledged);
    for name in 0..3 {
        counts::check(name, folder.path(), &store, &log).await;
    }
    memory.check();
}

/// Nothing is lost, doubled or skipped, and no term of a worker was leased twice.
fn check_log(log: &[RecordedEvent], acknowledged: &HashSet<String>) {
    let positions = log.iter().map(|event| event.position.get());
    assert!(positions.eq(1..=log.len() as u64), "a hole in the log");
    let mut versions = HashMap::new();
    let (mut ids, mut payloads) = (HashSet::new(), HashSet::new());
    for event in log {
        let version = versions.entry(event.stream.as_str()).or_insert(0);
        *version += 1;
        assert_eq!(event.version.get(), *version, "{}", event.stream);
        assert!(
            ids.insert(event.id.to_string()),
            "{} is there twice",
            event.id
        );
        assert!(
            payloads.insert((event.stream.as_str(), &event.payload)),
            "doubled: {event:?}"
        );
    }
    let lost: Vec<_> = acknowledged.difference(&ids).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(
        acknowledged.len() > 100,
        "{} acknowledged",
        acknowledged.len()
    );
}
