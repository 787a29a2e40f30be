//! Laws on expected versions, and on the conflict that a wrong one causes.

use shared_kernel::store::Conflict;
use shared_kernel::{Append, AppendError, EventStore, ExpectedVersion, StreamVersion};

use crate::EventStoreHarness;
use crate::specimen::{events, exactly, store_of, stream, version};
use crate::walk::{add, land, refused};

/// [Law 3](shared_kernel::laws#law-3). `Any`, `NoStream`, `StreamExists` and `Exact(version)` let
/// an append land where they hold.
pub async fn an_expectation_that_holds_lets_the_append_land(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    for (name, first) in [
        ("a-1", ExpectedVersion::Any),
        ("b-1", ExpectedVersion::NoStream),
    ] {
        let expectations = [
            first,
            exactly(2),
            ExpectedVersion::StreamExists,
            ExpectedVersion::Any,
            exactly(8),
        ];
        for (written, expected) in (1..).zip(expectations) {
            let append = Append::new().write(stream(name), expected, events(2));
            let receipt = land(&store, append).await;
            assert_eq!(
                receipt.version_of(&stream(name)),
                Some(version(2 * written))
            );
        }
    }
}

/// [Law 3](shared_kernel::laws#law-3). `Exact(0)` means `NoStream`.
pub async fn exact_zero_means_no_stream(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    land(
        &store,
        Append::new().write(stream("a-1"), exactly(0), events(3)),
    )
    .await;
    assert_conflict(&store, "a-1", exactly(0), 3).await;
}

/// [Law 4](shared_kernel::laws#law-4). A wrong expectation, too low or too high, is a conflict that
/// says stream, expected and actual version, and nothing is written.
pub async fn a_wrong_expectation_is_a_conflict_and_writes_nothing(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let append = Append::new()
        .write(stream("used-1"), ExpectedVersion::Any, events(3))
        .write(stream("other-1"), ExpectedVersion::Any, events(5));
    land(&store, append).await;

    for expected in [
        ExpectedVersion::NoStream,
        exactly(1),
        exactly(2),
        exactly(4),
        exactly(5),
    ] {
        assert_conflict(&store, "used-1", expected, 3).await;
    }
    for expected in [ExpectedVersion::StreamExists, exactly(1), exactly(5)] {
        assert_conflict(&store, "never-1", expected, 0).await;
    }
}

/// [Law 22](shared_kernel::laws#law-22). An expected version past 2³¹, past 2³² or at the very last
/// is a conflict like any other and is never cut short. Example: 2³² + 3 is not 3.
pub async fn an_expected_version_past_two_to_the_31_is_never_cut_short(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    add(&store, "a-1", 3).await;
    for too_high in [
        (1 << 31) + 3,
        (1 << 32) + 3,
        (1 << 53) + 3,
        StreamVersion::MAX.get(),
    ] {
        assert_conflict(&store, "a-1", exactly(too_high), 3).await;
    }
    assert_conflict(&store, "never-1", exactly(1 << 32), 0).await;
}

async fn assert_conflict(
    store: &dyn EventStore,
    name: &str,
    expected: ExpectedVersion,
    actual: u64,
) {
    let append = Append::new().write(stream(name), expected, events(2));
    let error = refused(store, append).await;
    let AppendError::Conflict(conflict) = error else {
        panic!("{expected:?} at version {actual} is {error:?}, not a conflict");
    };
    let found = Conflict {
        stream: stream(name),
        expected,
        actual: version(actual),
    };
    assert_eq!(conflict, found);
}
