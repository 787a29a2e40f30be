//! Laws on frozen stores: their log moves, and they take no new events.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use shared_kernel::store::{
    AppendOutcome, Destination, ImportError, LogPart, LogPoint, LogTransfer,
};
use shared_kernel::{
    Append, AppendError, EventStore, ExpectedVersion, GlobalPosition, StoreError, StreamId,
};

use crate::LogTransferHarness;
use crate::race::together;
use crate::specimen::{
    AN_EARLY_MORNING, clock_at, events, exactly, fresh_id, position, stream, version,
};
use crate::walk::{add, land, whole_log, whole_stream};

/// [Law 72](shared_kernel::laws#law-72). A frozen store refuses new events, whatever they expect,
/// and names the new place, until it is no longer frozen.
pub async fn a_frozen_store_refuses_new_events_and_names_the_new_place(
    harness: &dyn LogTransferHarness,
) {
    let store = harness.open_transfer(clock_at(AN_EARLY_MORNING)).await;
    assert_eq!(store.frozen_for().await.unwrap(), None);
    add(&store, "a-1", 2).await;
    let new = destination("the new place");
    assert_eq!(store.freeze(&new).await.unwrap(), Some(position(2)));
    assert_eq!(store.frozen_for().await.unwrap(), Some(new.clone()));
    let name = stream("a-1");
    for append in [
        Append::new().write(name.clone(), ExpectedVersion::Any, events(1)),
        Append::new().write(name.clone(), exactly(7), events(1)),
        Append::new().write(stream("b-1"), ExpectedVersion::NoStream, events(1)),
        Append::new().check(name, exactly(2)),
    ] {
        let refused = store.append(append).await;
        assert_moved(refused.map(drop), &new);
    }
    let log = whole_log(&store).await;
    let mut next = log[1].clone();
    (next.position, next.version, next.id) = (position(3), version(3), fresh_id());
    let part = LogPart {
        store: store.id().await.unwrap(),
        after: Some(LogPoint::from(&log[1])),
        events: vec![next],
    };
    match store.import(part).await {
        Err(ImportError::Store(error)) => assert_moved(Err(error.into()), &new),
        other => panic!("an import into a frozen store gave {other:?}"),
    }
    assert_eq!(whole_log(&store).await, log);
    assert_eq!(log.len(), 2);

    // Again for the same place, and never for another one.
    assert_eq!(store.freeze(&new).await.unwrap(), Some(position(2)));
    let other = store.freeze(&destination("elsewhere")).await;
    assert_moved(other.map(drop).map_err(AppendError::from), &new);

    store.unfreeze().await.unwrap();
    assert_eq!(store.frozen_for().await.unwrap(), None);
    add(&store, "a-1", 1).await;
    assert_eq!(store.head().await.unwrap(), Some(position(3)));
}

/// [Law 72](shared_kernel::laws#law-72). Reads go on in a frozen store, and so do repetitions of
/// recorded appends: their writers learn that their events are recorded.
pub async fn reads_and_repetitions_go_on_in_a_frozen_store(harness: &dyn LogTransferHarness) {
    let store = harness.open_transfer(clock_at(AN_EARLY_MORNING)).await;
    let append = Append::new().write(stream("a-1"), ExpectedVersion::NoStream, events(3));
    let receipt = land(&store, append.clone()).await;
    let log = whole_log(&store).await;
    store.freeze(&destination("the new place")).await.unwrap();
    assert_eq!(whole_log(&store).await, log);
    assert_eq!(whole_stream(&store, &stream("a-1")).await, log);
    assert_eq!(
        store.stream_version(&stream("a-1")).await.unwrap(),
        version(3)
    );
    let found = store.find_event(log[1].id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&log[1]));
    assert_eq!(store.wait_past(position(2)).await.unwrap(), position(3));
    let repeated = land(&store, append).await;
    assert_eq!(repeated.outcome, AppendOutcome::Repeated);
    assert_eq!(
        (repeated.positions, repeated.versions),
        (receipt.positions, receipt.versions)
    );
}

/// [Law 72](shared_kernel::laws#law-72). While writers write, a freeze answers a position that no
/// event follows: each append is acknowledged at or before it, or refused.
pub async fn no_event_follows_the_answer_of_a_freeze(harness: &dyn LogTransferHarness) {
    let store = harness.open_transfer(clock_at(AN_EARLY_MORNING)).await;
    freeze_beside_writers(&[Arc::clone(&store), store]).await;
}

/// [Law 72](shared_kernel::laws#law-72). The same, with writers on another handle.
pub async fn a_freeze_binds_other_handles(harness: &dyn LogTransferHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let handles = [
        harness.open_transfer(clock.clone()).await,
        harness.open_transfer(clock).await,
    ];
    freeze_beside_writers(&handles).await;
}

/// [Law 72](shared_kernel::laws#law-72). A store that was frozen is frozen after reopening.
pub async fn a_freeze_is_there_after_reopening(harness: &dyn LogTransferHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let store = harness.open_transfer(clock.clone()).await;
    add(&store, "a-1", 1).await;
    let new = destination("the new place");
    store.freeze(&new).await.unwrap();
    drop(store);
    let store = harness.open_transfer(clock).await;
    assert_eq!(store.frozen_for().await.unwrap(), Some(new.clone()));
    let append = Append::new().write(stream("a-1"), ExpectedVersion::Any, events(1));
    assert_moved(store.append(append).await.map(drop), &new);
}

/// Freezes the first handle while writers write on the second one.
async fn freeze_beside_writers(handles: &[Arc<dyn LogTransfer>; 2]) {
    const WRITERS: usize = 4;
    let new = destination("the new place");
    let is_frozen = Arc::new(AtomicBool::new(false));
    let ends = together(WRITERS + 1, |number| {
        let [freezing, writing] = handles.each_ref().map(Arc::clone);
        let (new, is_frozen) = (new.clone(), Arc::clone(&is_frozen));
        async move {
            if number == WRITERS {
                freezing.wait_past(position(20)).await.unwrap();
                let frozen_at = freezing.freeze(&new).await.unwrap();
                is_frozen.store(true, Ordering::SeqCst);
                return frozen_at;
            }
            append_until_moved(&*writing, &stream(format!("a-{number}")), &new, &is_frozen).await
        }
    })
    .await;
    let (frozen_at, acknowledged) = ends.split_last().expect("there are five");
    let frozen_at = frozen_at.expect("the log has events");
    for handle in handles {
        assert_eq!(handle.head().await.unwrap(), Some(frozen_at));
        assert_eq!(whole_log(handle).await.len() as u64, frozen_at.get());
    }
    for last in acknowledged {
        assert!(*last <= Some(frozen_at), "{last:?} after {frozen_at}");
    }
}

/// Appends event after event until the store refuses. Returns the last position.
async fn append_until_moved(
    store: &dyn EventStore,
    name: &StreamId,
    new: &Destination,
    is_frozen: &AtomicBool,
) -> Option<GlobalPosition> {
    let mut last = None;
    loop {
        let began_after_the_freeze = is_frozen.load(Ordering::SeqCst);
        let append = Append::new().write(name.clone(), ExpectedVersion::Any, events(1));
        match store.append(append).await {
            Ok(_) if began_after_the_freeze => panic!("an append after the freeze succeeded"),
            Ok(receipt) => last = receipt.last_position(),
            refused => {
                assert_moved(refused.map(drop), new);
                return last;
            }
        }
        tokio::task::yield_now().await;
    }
}

fn assert_moved(refused: Result<(), AppendError>, new: &Destination) {
    match refused {
        Err(AppendError::Store(StoreError::Moved { to, .. })) => assert_eq!(to, new.as_str()),
        other => panic!("an append to a frozen store gave {other:?}"),
    }
}

fn destination(text: &str) -> Destination {
    Destination::new(text).expect("a destination of a law is well formed")
}
