//! The time of reading the whole log.

#![expect(clippy::unwrap_used, reason = "a failing bench has no result")]

use benches::stores::subjects;
use benches::{counted, tally_stream};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::TryStreamExt;
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStoreExt, ExpectedVersion};
use tokio::runtime::Runtime;

const LENGTH: usize = 10_000;
const STREAMS: usize = 10;

fn scan(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    for subject in subjects(&runtime) {
        for stream in 0..STREAMS {
            let append = subject.events.append_to(
                tally_stream(stream),
                ExpectedVersion::Any,
                counted(LENGTH / STREAMS),
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

criterion_group!(benches, scan);
criterion_main!(benches);
