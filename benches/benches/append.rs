//! The time of appends: one event, a hundred events in one append, and 64 tasks at once.

#![expect(clippy::unwrap_used, reason = "a failing bench has no result")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use benches::stores::subjects;
use benches::{counted, tally_stream};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use shared_kernel::{Append, EventStore, EventStoreExt, ExpectedVersion};
use tokio::runtime::Runtime;
use tokio::sync::Barrier;

const TASKS: usize = 64;

fn one_task(criterion: &mut Criterion) {
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

/// One iteration is one append of each task.
fn many_tasks(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    for subject in subjects(&runtime) {
        let mut group = criterion.benchmark_group(format!("append/{}", subject.name));
        group.throughput(Throughput::Elements(TASKS as u64));
        group.bench_function(format!("{TASKS} tasks"), |bencher| {
            bencher.iter_custom(|iterations| {
                runtime.block_on(append_side_by_side(&subject.events, iterations))
            });
        });
    }
}

/// Each task appends one event after the other to its own stream. The appends are prepared before
/// the clock starts.
async fn append_side_by_side(events: &Arc<dyn EventStore>, appends: u64) -> Duration {
    let start = Arc::new(Barrier::new(TASKS + 1));
    let workers: Vec<_> = (0..TASKS)
        .map(|task| {
            let prepared: Vec<Append> = (0..appends)
                .map(|_| Append::new().write(tally_stream(task), ExpectedVersion::Any, counted(1)))
                .collect();
            let (events, start) = (Arc::clone(events), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                for append in prepared {
                    events.append(append).await.unwrap();
                }
            })
        })
        .collect();
    start.wait().await;
    let started = Instant::now();
    for worker in workers {
        worker.await.unwrap();
    }
    started.elapsed()
}

criterion_group!(append, one_task, many_tasks);
criterion_main!(append);
