//! Laws on the atomicity of an append: all of it lands or nothing, over one stream or several.

use shared_kernel::store::{AppendOutcome, InvalidAppend};
use shared_kernel::{Append, AppendError, ExpectedVersion};

use crate::EventStoreHarness;
use crate::specimen::{events, exactly, position, store_of, stream, version};
use crate::walk::{add, land, positions, refused, whole_log};

/// [Law 5](shared_kernel::laws#law-5). The events of an append lie side by side in the log, stream
/// after stream, in input order.
pub async fn the_events_of_an_append_lie_side_by_side_in_input_order(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    add(&store, "m-1", 1).await;
    let written = [("z-1", events(2)), ("a-1", events(3)), ("m-1", events(1))];
    let append = written
        .iter()
        .fold(Append::new(), |append, (name, events)| {
            append.write(stream(name), ExpectedVersion::Any, events.clone())
        });
    land(&store, append).await;

    let expected: Vec<_> = written
        .iter()
        .flat_map(|(name, events)| events.iter().map(move |event| (stream(name), event.id)))
        .collect();
    let found: Vec<_> = whole_log(&store).await[1..]
        .iter()
        .map(|event| (event.stream.clone(), event.id))
        .collect();
    assert_eq!(found, expected);
}

/// [Law 5](shared_kernel::laws#law-5). A refused append leaves no hole in versions or positions.
pub async fn a_refused_append_leaves_no_hole(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let good = || Append::new().write(stream("a-1"), ExpectedVersion::Any, events(2));
    let bad = || good().write(stream("b-1"), exactly(7), events(3));
    land(&store, good()).await;
    for _ in 0..3 {
        assert!(store.append(bad()).await.is_err());
    }
    let receipt = land(&store, good()).await;
    assert_eq!(receipt.version_of(&stream("a-1")), Some(version(4)));
    assert_eq!(receipt.positions, [position(3), position(4)]);
    assert_eq!(
        positions(&whole_log(&store).await),
        [1, 2, 3, 4].map(position)
    );
}

/// [Law 6](shared_kernel::laws#law-6). One broken expectation, wherever it stands, refuses an
/// append over several streams whole.
pub async fn one_broken_expectation_refuses_the_append_over_all_its_streams(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let names = ["a-1", "b-1", "c-1"];
    for name in names {
        add(&store, name, 1).await;
    }
    for broken in names {
        let append = names.iter().fold(Append::new(), |append, name| {
            let expected = if *name == broken {
                exactly(2)
            } else {
                exactly(1)
            };
            append.write(stream(name), expected, events(2))
        });
        let error = refused(&store, append).await;
        assert_conflict_on(error, broken, exactly(2), 1);
    }
}

/// [Law 6](shared_kernel::laws#law-6). Streams that are only checked bind the append and are not
/// written.
pub async fn streams_that_are_only_checked_bind_the_append(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    add(&store, "rule-1", 2).await;
    let write = || Append::new().write(stream("case-1"), ExpectedVersion::Any, events(1));

    let receipt = land(
        &store,
        write()
            .check(stream("rule-1"), exactly(2))
            .check(stream("none-1"), ExpectedVersion::NoStream),
    )
    .await;
    assert_eq!(receipt.versions, [(stream("case-1"), version(1))]);
    let streams: Vec<_> = whole_log(&store)
        .await
        .into_iter()
        .map(|e| e.stream)
        .collect();
    assert_eq!(streams, ["rule-1", "rule-1", "case-1"].map(stream));

    let too_low = write().check(stream("rule-1"), exactly(1));
    assert_conflict_on(refused(&store, too_low).await, "rule-1", exactly(1), 2);
    let too_high = write().check(stream("none-1"), exactly(1));
    assert_conflict_on(refused(&store, too_high).await, "none-1", exactly(1), 0);
    let second = write()
        .check(stream("rule-1"), exactly(2))
        .check(stream("rule-1"), exactly(3));
    assert_conflict_on(refused(&store, second).await, "rule-1", exactly(3), 2);
}

/// [Law 6](shared_kernel::laws#law-6). A check on a stream that the same append writes looks at the
/// version before the append, and the same check may stand there twice.
pub async fn a_check_on_a_written_stream_looks_at_the_version_before(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let write = || Append::new().write(stream("a-1"), ExpectedVersion::Any, events(2));
    land(
        &store,
        write().check(stream("a-1"), ExpectedVersion::NoStream),
    )
    .await;
    let twice = write()
        .check(stream("a-1"), exactly(2))
        .check(stream("a-1"), exactly(2));
    land(&store, twice).await;
    let after = write().check(stream("a-1"), exactly(6));
    assert_conflict_on(refused(&store, after).await, "a-1", exactly(6), 4);
}

/// [Law 6](shared_kernel::laws#law-6). An append that writes a stream in two places is refused with
/// a typed error.
pub async fn a_stream_written_in_two_places_of_an_append_is_refused(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let append = Append::new()
        .write(stream("a-1"), ExpectedVersion::Any, events(1))
        .write(stream("b-1"), ExpectedVersion::Any, events(1))
        .write(stream("a-1"), ExpectedVersion::Any, events(1));
    let error = refused(&store, append).await;
    let AppendError::Invalid(InvalidAppend::StreamRepeated { stream: repeated }) = error else {
        panic!("a stream in two places is {error:?}, not refused as repeated");
    };
    assert_eq!(repeated, stream("a-1"));
}

/// [Law 7](shared_kernel::laws#law-7). An empty append moves no version and is no error; its
/// expectations are still checked.
pub async fn an_empty_append_writes_nothing_and_still_checks_its_expectations(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    add(&store, "a-1", 2).await;
    let before = whole_log(&store).await;

    let receipt = land(&store, Append::new()).await;
    assert_eq!((receipt.versions.len(), receipt.positions.len()), (0, 0));
    let nothing = Append::new()
        .write(stream("a-1"), exactly(2), Vec::new())
        .write(stream("never-1"), ExpectedVersion::NoStream, Vec::new());
    let receipt = land(&store, nothing).await;
    let versions = [(stream("a-1"), version(2)), (stream("never-1"), version(0))];
    assert_eq!(receipt.versions, versions);
    assert_eq!(receipt.positions, []);
    land(&store, Append::new().check(stream("a-1"), exactly(2))).await;
    assert_eq!(whole_log(&store).await, before);

    let wrong = Append::new().write(stream("a-1"), exactly(1), Vec::new());
    assert_conflict_on(refused(&store, wrong).await, "a-1", exactly(1), 2);
    let wrong = Append::new().check(stream("a-1"), exactly(3));
    assert_conflict_on(refused(&store, wrong).await, "a-1", exactly(3), 2);
}

/// [Law 8](shared_kernel::laws#law-8). The receipt gives each stream's new version and the
/// positions, in input order.
pub async fn the_receipt_gives_new_versions_and_positions_in_input_order(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    add(&store, "m-1", 3).await;
    let append = Append::new()
        .write(stream("z-1"), ExpectedVersion::Any, events(2))
        .write(stream("m-1"), ExpectedVersion::Any, Vec::new())
        .write(stream("a-1"), ExpectedVersion::Any, events(1));
    let receipt = land(&store, append).await;
    let versions = [("z-1", 2), ("m-1", 3), ("a-1", 1)];
    let versions = versions.map(|(name, number)| (stream(name), version(number)));
    assert_eq!(receipt.versions, versions);
    assert_eq!(receipt.positions, [4, 5, 6].map(position));
    assert_eq!(receipt.outcome, AppendOutcome::Written);
}

fn assert_conflict_on(error: AppendError, name: &str, expected: ExpectedVersion, actual: u64) {
    let AppendError::Conflict(conflict) = error else {
        panic!("a broken expectation is {error:?}, not a conflict");
    };
    assert_eq!(conflict.stream, stream(name));
    assert_eq!(
        (conflict.expected, conflict.actual),
        (expected, version(actual))
    );
}
