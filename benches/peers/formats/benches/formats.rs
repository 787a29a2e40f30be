//! The speed of each format for encoding and decoding: typed events, and untyped JSON values.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use formats::{FORMATS, NESTED, UNIFORM, nested, uniform};

fn typed(criterion: &mut Criterion) {
    let (uniform, nested) = (uniform(UNIFORM), nested(NESTED));
    for format in &FORMATS {
        let text = (format.uniform.encode)(&uniform);
        measure(
            criterion,
            "uniform/encode",
            format.name,
            uniform.len(),
            || (format.uniform.encode)(&uniform),
        );
        measure(
            criterion,
            "uniform/decode",
            format.name,
            uniform.len(),
            || (format.uniform.decode)(&text),
        );
        let text = (format.nested.encode)(&nested);
        measure(
            criterion,
            "nested/encode",
            format.name,
            nested.len(),
            || (format.nested.encode)(&nested),
        );
        measure(
            criterion,
            "nested/decode",
            format.name,
            nested.len(),
            || (format.nested.decode)(&text),
        );
    }
}

fn untyped(criterion: &mut Criterion) {
    let values = serde_json::to_value(nested(NESTED)).expect("the set is JSON");
    let values = values.as_array().expect("the set is an array");
    for format in &FORMATS {
        let text = (format.value.encode)(values);
        measure(criterion, "value/encode", format.name, values.len(), || {
            (format.value.encode)(values)
        });
        measure(criterion, "value/decode", format.name, values.len(), || {
            (format.value.decode)(&text)
        });
    }
}

fn measure<R>(
    criterion: &mut Criterion,
    group: &str,
    name: &str,
    events: usize,
    mut work: impl FnMut() -> R,
) {
    let mut group = criterion.benchmark_group(group);
    group
        .throughput(Throughput::Elements(events as u64))
        .sample_size(10);
    group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
        bencher.iter_with_large_drop(&mut work);
    });
}

criterion_group!(formats, typed, untyped);
criterion_main!(formats);
