//! The time of the JSON codec for one event.

#![expect(clippy::unwrap_used, reason = "a failing bench has no result")]

use benches::{recorded, tally_codec, tally_codec_without_reading_back};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shared_kernel::codec::EventCodec;

fn codec(criterion: &mut Criterion) {
    let codec = tally_codec();
    let recorded = recorded(1).remove(0);
    let event = codec.decode(&recorded).unwrap().into_single().unwrap();

    let mut group = criterion.benchmark_group("codec/json");
    group.throughput(Throughput::Bytes(recorded.payload.len() as u64));
    group.bench_function("encode", |bencher| {
        bencher.iter(|| codec.encode(&event).unwrap());
    });
    let trusting = tally_codec_without_reading_back();
    group.bench_function("encode without reading back", |bencher| {
        bencher.iter(|| trusting.encode(&event).unwrap());
    });
    group.bench_function("decode", |bencher| {
        bencher.iter(|| codec.decode(&recorded).unwrap());
    });
}

criterion_group!(benches, codec);
criterion_main!(benches);
