//! The time of applying a decoded history to an aggregate, without a store or a codec.

#![expect(clippy::unwrap_used, reason = "a failing bench has no result")]

use benches::{Tally, TallyEvent, recorded, tally_codec, tally_stream};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use shared_kernel::codec::EventCodec;
use shared_kernel::{AggregateRoot, EventEnvelope};

fn replay(criterion: &mut Criterion) {
    let codec = tally_codec();
    let mut group = criterion.benchmark_group("replay");
    for length in [20, 200, 10_000] {
        let history: Vec<EventEnvelope<TallyEvent>> = recorded(length)
            .into_iter()
            .map(|recorded| {
                let event = codec.decode(&recorded).unwrap().into_single().unwrap();
                EventEnvelope::new(recorded, event)
            })
            .collect();
        group.throughput(Throughput::Elements(length as u64));
        group.bench_function(format!("history of {length}"), |bencher| {
            bencher.iter_batched(
                || history.clone(),
                |history| {
                    AggregateRoot::<Tally>::load_from_history(tally_stream(0), history).unwrap()
                },
                BatchSize::LargeInput,
            );
        });
    }
}

criterion_group!(benches, replay);
criterion_main!(benches);
