//! How long appends, loads and scans take, in memory and on a SQLite file with `synchronous=FULL`.

#![expect(clippy::unwrap_used, reason = "a bench that fails has nothing to tell")]

use std::sync::Arc;

use benches::{Tally, counted, tally_codec, tally_stream};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::TryStreamExt;
use persistence_memory::{MemoryEventStore, MemorySnapshotStore};
use persistence_sqlite::SqliteStore;
use serialization::JsonStateCodec;
use shared_kernel::{
    EventSourcedRepository, EventStore, EventStoreExt, ExpectedVersion, LogQuery, SnapshotStore,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A store to be measured, and what has to live as long.
struct Subject {
    name: &'static str,
    events: Arc<dyn EventStore>,
    snapshots: Arc<dyn SnapshotStore>,
    _folder: Option<TempDir>,
}

fn subjects(runtime: &Runtime) -> [Subject; 2] {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = runtime
        .block_on(SqliteStore::open(folder.path().join("store")))
        .unwrap();
    [
        Subject {
            name: "memory",
            events: Arc::new(MemoryEventStore::new()),
            snapshots: Arc::new(MemorySnapshotStore::new()),
            _folder: None,
        },
        Subject {
            name: "sqlite-full",
            events: Arc::new(sqlite.clone()),
            snapshots: Arc::new(sqlite),
            _folder: Some(folder),
        },
    ]
}

fn append(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    for subject in subjects(&runtime) {
        let mut group = criterion.benchmark_group(format!("append/{}", subject.name));
        for batch in [1, 100] {
            group.throughput(Throughput::Elements(batch as u64));
            group.bench_function(format!("batch of {batch}"), |bencher| {
                bencher.iter_batched(
                    || counted(batch),
                    |events| {
                        let append =
                            subject
                                .events
                                .append_to(tally_stream(0), ExpectedVersion::Any, events);
                        runtime.block_on(append).unwrap()
                    },
                    BatchSize::SmallInput,
                );
            });
        }
    }
}

fn load(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    for subject in subjects(&runtime) {
        let mut group = criterion.benchmark_group(format!("load/{}", subject.name));
        for length in [20, 200, 10_000] {
            let append = subject.events.append_to(
                tally_stream(length),
                ExpectedVersion::NoStream,
                counted(length),
            );
            runtime.block_on(append).unwrap();
            let replaying = EventSourcedRepository::<Tally>::new(
                Arc::clone(&subject.events),
                Arc::new(tally_codec()),
            );
            let with_snapshot = replaying.clone().with_snapshots(
                Arc::clone(&subject.snapshots),
                Arc::new(JsonStateCodec::new()),
            );
            group.throughput(Throughput::Elements(length as u64));
            group.bench_function(format!("replay of {length}"), |bencher| {
                bencher.iter(|| {
                    runtime
                        .block_on(replaying.get(&tally_stream(length)))
                        .unwrap()
                });
            });
            let mut tally = runtime
                .block_on(with_snapshot.get(&tally_stream(length)))
                .unwrap();
            runtime
                .block_on(with_snapshot.take_snapshot(&mut tally))
                .unwrap();
            group.bench_function(format!("snapshot of {length}"), |bencher| {
                bencher.iter(|| {
                    runtime
                        .block_on(with_snapshot.get(&tally_stream(length)))
                        .unwrap()
                });
            });
        }
    }
}

fn scan(criterion: &mut Criterion) {
    const LENGTH: usize = 10_000;
    let runtime = Runtime::new().unwrap();
    for subject in subjects(&runtime) {
        for stream in 0..10 {
            let append = subject.events.append_to(
                tally_stream(stream),
                ExpectedVersion::Any,
                counted(LENGTH / 10),
            );
            runtime.block_on(append).unwrap();
        }
        let mut group = criterion.benchmark_group(format!("scan/{}", subject.name));
        group.throughput(Throughput::Elements(LENGTH as u64));
        group.bench_function(format!("log of {LENGTH}"), |bencher| {
            bencher.iter(|| {
                let log = subject.events.read_log(LogQuery::new());
                let count = log.try_fold(0, |count, _| async move { Ok(count + 1) });
                assert_eq!(runtime.block_on(count).unwrap(), LENGTH);
            });
        });
    }
}

criterion_group!(stores, append, load, scan);
criterion_main!(stores);
