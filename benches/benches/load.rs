//! The time of loading an aggregate through the repository, by the length of its stream, with a
//! snapshot and without.

#![expect(clippy::unwrap_used, reason = "a failing bench has no result")]

use std::sync::Arc;

use benches::stores::subjects;
use benches::{Tally, counted, tally_codec, tally_stream};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serialization::JsonStateCodec;
use shared_kernel::{EventSourcedRepository, EventStoreExt, ExpectedVersion};
use tokio::runtime::Runtime;

fn load(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    for subject in subjects(&runtime) {
        let mut group = criterion.benchmark_group(format!("load/{}", subject.name));
        let replaying = EventSourcedRepository::<Tally>::new(
            Arc::clone(&subject.events),
            Arc::new(tally_codec()),
        );
        let with_snapshot = replaying.clone().with_snapshots(
            Arc::clone(&subject.snapshots),
            Arc::new(JsonStateCodec::new()),
        );
        for length in [20, 200, 10_000] {
            let stream = tally_stream(length);
            let append = subject.events.append_to(
                stream.clone(),
                ExpectedVersion::NoStream,
                counted(length),
            );
            runtime.block_on(append).unwrap();
            let mut tally = runtime.block_on(with_snapshot.get(&stream)).unwrap();
            runtime
                .block_on(with_snapshot.take_snapshot(&mut tally))
                .unwrap();

            group.throughput(Throughput::Elements(length as u64));
            for (way, repository) in [("replay", &replaying), ("snapshot", &with_snapshot)] {
                group.bench_function(format!("{way} of {length}"), |bencher| {
                    bencher.iter(|| runtime.block_on(repository.get(&stream)).unwrap());
                });
            }
        }
    }
}

criterion_group!(benches, load);
criterion_main!(benches);
