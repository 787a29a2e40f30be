//! Laws on several handles on one storage, opened independently as by two processes.

use std::pin::pin;
use std::sync::Arc;

use futures_util::poll;
use shared_kernel::store::{AppendOutcome, StreamsQuery};
use shared_kernel::time::Clock;
use shared_kernel::{Append, AppendError, EventStore, ExpectedVersion};
use tokio::time::timeout;

use crate::EventStoreHarness;
use crate::log::assert_no_gaps;
use crate::race::together;
use crate::specimen::{AN_EARLY_MORNING, clock_at, events, exactly, position, stream, version};
use crate::walk::{add, land, streams, whole_log, whole_stream};

/// [Law 36](shared_kernel::laws#law-36). A handle sees the events of another handle at once, by
/// every way to read.
pub async fn handles_on_one_storage_see_each_others_writes(harness: &dyn EventStoreHarness) {
    let [one, other] = two_handles(harness).await;
    for (round, (writer, reader)) in (1..).zip([(&one, &other), (&other, &one), (&one, &other)]) {
        let write = Append::new().write(stream("a-1"), ExpectedVersion::Any, events(2));
        land(writer, write).await;
        let log = whole_log(writer).await;
        assert_eq!(log.len(), 2 * round);
        assert_eq!(whole_log(reader).await, log);
        assert_eq!(whole_stream(reader, &stream("a-1")).await, log);
        let last = log.last().expect("the log has events");
        assert_eq!(reader.head().await.unwrap(), writer.head().await.unwrap());
        let versions = [
            reader.stream_version(&last.stream).await.unwrap(),
            writer.stream_version(&last.stream).await.unwrap(),
        ];
        assert_eq!(versions[0], versions[1]);
        assert_eq!(
            reader.find_event(last.id).await.unwrap().as_ref(),
            Some(last)
        );
        assert_eq!(streams(reader, StreamsQuery::default()).await.len(), 1);
    }
}

/// [Law 36](shared_kernel::laws#law-36). Writers on several handles that race on one exact version:
/// exactly one wins, and the others get a conflict, never a lost write.
pub async fn of_writers_on_several_handles_exactly_one_wins(harness: &dyn EventStoreHarness) {
    let handles = two_handles(harness).await;
    let name = stream("contended-1");
    add(&handles[0], "contended-1", 1).await;
    for round in 1..=6 {
        let results = together(4, |writer| {
            let store = Arc::clone(&handles[writer % 2]);
            let append = Append::new().write(name.clone(), exactly(round), events(1));
            async move { store.append(append).await }
        })
        .await;
        let won = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(won, 1, "winners on version {round}");
        for lost in results.iter().filter_map(|result| result.as_ref().err()) {
            let AppendError::Conflict(conflict) = lost else {
                panic!("a writer who lost the race got {lost:?}, not a conflict");
            };
            assert_eq!(conflict.actual, version(round + 1));
        }
        for handle in &handles {
            assert_eq!(whole_stream(handle, &name).await.len() as u64, round + 1);
        }
    }
}

/// [Law 36](shared_kernel::laws#law-36). An append that one handle wrote is a repetition on the
/// other.
pub async fn an_append_of_one_handle_is_a_repetition_on_the_other(harness: &dyn EventStoreHarness) {
    let [one, other] = two_handles(harness).await;
    let append = Append::new().write(stream("a-1"), ExpectedVersion::Any, events(2));
    let given = land(&one, append.clone()).await;
    let receipt = land(&other, append).await;
    assert_eq!(receipt.outcome, AppendOutcome::Repeated);
    assert_eq!(
        (receipt.positions, receipt.versions),
        (given.positions, given.versions)
    );
}

/// [Law 23](shared_kernel::laws#law-23). A reader that waits on one handle wakes when another
/// handle writes.
pub async fn a_reader_that_waits_wakes_when_another_handle_writes(harness: &dyn EventStoreHarness) {
    let [one, other] = two_handles(harness).await;
    for (last, (reader, writer)) in (0..).zip([(&one, &other), (&other, &one), (&one, &other)]) {
        let mut waiting = pin!(reader.wait_past(position(last)));
        assert!(poll!(waiting.as_mut()).is_pending(), "it does not wait");
        add(writer, "a-1", 1).await;
        let woken = timeout(harness.patience(), waiting).await;
        assert_eq!(
            woken.expect("the reader wakes in time").unwrap(),
            position(last + 1)
        );
    }
}

/// [Law 20](shared_kernel::laws#law-20). A reader on one handle never meets a gap, while writers
/// write on several.
pub async fn a_reader_on_one_handle_never_meets_a_gap_of_writers_on_several(
    harness: &dyn EventStoreHarness,
) {
    let handles = two_handles(harness).await;
    assert_no_gaps(&handles, &handles).await;
}

pub(crate) async fn two_handles(harness: &dyn EventStoreHarness) -> [Arc<dyn EventStore>; 2] {
    let clock: Arc<dyn Clock> = clock_at(AN_EARLY_MORNING);
    [
        harness.open_events(Arc::clone(&clock)).await,
        harness.open_events(clock).await,
    ]
}
