//! Laws on repeated appends: of a client that lost the answer, or of an import.

use shared_kernel::store::{AppendOutcome, AppendReceipt};
use shared_kernel::{Append, EventStore, ExpectedVersion, NewEvent};

use crate::EventStoreHarness;
use crate::specimen::{events, exactly, position, store_of, stream, version};
use crate::walk::{add, land, whole_log};

/// [Law 12](shared_kernel::laws#law-12). An append that is recorded already succeeds with the
/// versions and positions that it was given then, says that it was a repetition, and writes
/// nothing; also after later appends.
pub async fn a_repeated_append_is_answered_with_what_it_was_given_then(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let append = Append::new()
        .write(stream("b-1"), ExpectedVersion::Any, events(2))
        .write(stream("a-1"), ExpectedVersion::Any, events(1));
    let given = land(&store, append.clone()).await;
    assert_eq!(given.outcome, AppendOutcome::Written);
    let given = AppendReceipt {
        outcome: AppendOutcome::Repeated,
        ..given
    };
    assert_eq!(repeated(&store, append.clone()).await, given);

    for name in ["a-1", "b-1", "c-1"] {
        add(&store, name, 2).await;
    }
    assert_eq!(repeated(&store, append).await, given);
}

/// [Law 12](shared_kernel::laws#law-12). The receipt of a repetition gives the version that a
/// stream has now where the append names it without events.
pub async fn a_repetition_tells_the_version_of_a_stream_that_it_names_without_events(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let append = Append::new()
        .write(stream("a-1"), ExpectedVersion::Any, events(2))
        .write(stream("silent-1"), ExpectedVersion::Any, Vec::new());
    land(&store, append.clone()).await;
    add(&store, "silent-1", 3).await;
    let versions = [
        (stream("a-1"), version(2)),
        (stream("silent-1"), version(3)),
    ];
    assert_eq!(repeated(&store, append).await.versions, versions);
}

/// [Law 12](shared_kernel::laws#law-12). The expectations of an append do not matter if it is
/// recorded already. Example: written on `NoStream`, it is a repetition though the stream exists by
/// now.
pub async fn a_repetition_succeeds_whatever_it_expects(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let batch = events(2);
    let write = |expected| Append::new().write(stream("a-1"), expected, batch.clone());
    land(&store, write(ExpectedVersion::NoStream)).await;
    add(&store, "a-1", 3).await;

    for expected in [
        ExpectedVersion::NoStream,
        exactly(0),
        exactly(2),
        exactly(9),
        ExpectedVersion::StreamExists,
        ExpectedVersion::Any,
    ] {
        repeated(&store, write(expected)).await;
    }
    let checking = write(ExpectedVersion::Any).check(stream("none-1"), exactly(4));
    repeated(&store, checking).await;
}

/// [Law 12](shared_kernel::laws#law-12). A part of an earlier append is a repetition too: its
/// beginning, middle or end, in one stream or over several.
pub async fn a_part_of_an_earlier_append_is_a_repetition(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let (a, b) = (events(3), events(2));
    let write = |a: &[NewEvent], b: &[NewEvent]| {
        [("a-1", a), ("b-1", b)]
            .into_iter()
            .filter(|(_, events)| !events.is_empty())
            .fold(Append::new(), |append, (name, events)| {
                append.write(stream(name), ExpectedVersion::Any, events.to_vec())
            })
    };
    land(&store, write(&a, &b)).await;
    add(&store, "a-1", 1).await;

    let parts: [(&[NewEvent], &[NewEvent], &[u32]); 7] = [
        (&a[..1], &[], &[1]),
        (&a[1..2], &[], &[2]),
        (&a[1..], &[], &[2, 3]),
        (&a, &[], &[1, 2, 3]),
        (&a[2..], &b[..1], &[3, 4]),
        (&[], &b, &[4, 5]),
        (&[], &b[1..], &[5]),
    ];
    for (of_a, of_b, at) in parts {
        let receipt = repeated(&store, write(of_a, of_b)).await;
        let at: Vec<_> = at.iter().map(|at| position(u64::from(*at))).collect();
        assert_eq!(receipt.positions, at);
    }
}

/// [Law 12](shared_kernel::laws#law-12). Appends that lie side by side are a repetition also when
/// they come again as one.
pub async fn neighbouring_appends_that_come_again_as_one_are_a_repetition(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let batch = events(3);
    for part in [&batch[..1], &batch[1..]] {
        let append = Append::new().write(stream("a-1"), ExpectedVersion::Any, part.to_vec());
        land(&store, append).await;
    }
    let whole = Append::new().write(stream("a-1"), ExpectedVersion::Any, batch);
    let receipt = repeated(&store, whole).await;
    assert_eq!(receipt.positions, [1, 2, 3].map(position));
    assert_eq!(receipt.version_of(&stream("a-1")), Some(version(3)));
}

/// Appends a repetition, and checks that nothing was written.
async fn repeated(store: &dyn EventStore, append: Append) -> AppendReceipt {
    let before = whole_log(store).await;
    let receipt = land(store, append).await;
    assert_eq!(receipt.outcome, AppendOutcome::Repeated);
    assert_eq!(
        whole_log(store).await,
        before,
        "the repetition wrote something"
    );
    receipt
}
