//! Saboteurs with a wrong snapshot or wrong events after it.

use async_trait::async_trait;
use persistence_memory::MemoryStore;
use shared_kernel::snapshot::{
    SnapshotAndTail, SnapshotQuery, SnapshotRecord, SnapshottedEventStore, StateSchema,
};
use shared_kernel::store::{DEFAULT_PAGE_SIZE, Page};
use shared_kernel::{EventStore, SnapshotStore, StoreError, StreamId, StreamVersion};

use crate::tail_harness::TailSabotage;

/// Reads from the two ports one after the other. This breaks no law.
#[derive(Default)]
pub(crate) struct AsksTwice;

#[async_trait]
impl TailSabotage for AsksTwice {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let snapshot = store
            .load(&query.stream, &query.schema, query.at_most)
            .await?;
        tail_after(store, query, snapshot).await
    }
}

/// Leaves out the event at the snapshot's version.
#[derive(Default)]
pub(crate) struct LeavesTheLastEventOfTheSnapshotOut;

#[async_trait]
impl TailSabotage for LeavesTheLastEventOfTheSnapshotOut {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let mut read = store.read_from_snapshot(query).await?;
        let version = read.snapshot.as_ref().map(|snapshot| snapshot.version);
        let after = version.and_then(StreamVersion::next);
        if after.is_some() {
            read.tail = store.read_stream_page(&query.tail(after)).await?;
        }
        Ok(read)
    }
}

/// Returns the newest snapshot even if it is above the requested version.
#[derive(Default)]
pub(crate) struct GivesTheNewestSnapshot;

#[async_trait]
impl TailSabotage for GivesTheNewestSnapshot {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let highest = StreamVersion::MAX;
        let snapshot = store.load(&query.stream, &query.schema, highest).await?;
        tail_after(store, query, snapshot).await
    }
}

/// Returns events above the requested version.
#[derive(Default)]
pub(crate) struct ReadsTheTailToTheEnd;

#[async_trait]
impl TailSabotage for ReadsTheTailToTheEnd {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let SnapshotAndTail { snapshot, .. } = store.read_from_snapshot(query).await?;
        let to_the_end = query.clone().at_most(StreamVersion::MAX);
        tail_after(store, &to_the_end, snapshot).await
    }
}

/// Ignores a snapshot without the event at its version, instead of returning it.
#[derive(Default)]
pub(crate) struct HidesASnapshotWithoutItsEvent;

#[async_trait]
impl TailSabotage for HidesASnapshotWithoutItsEvent {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let read = store.read_from_snapshot(query).await?;
        if !read.tail.items.is_empty() {
            return Ok(read);
        }
        tail_after(store, query, None).await
    }
}

/// Never returns a next page.
#[derive(Default)]
pub(crate) struct ForgetsTheRestOfTheTail;

#[async_trait]
impl TailSabotage for ForgetsTheRestOfTheTail {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let SnapshotAndTail { snapshot, tail } = store.read_from_snapshot(query).await?;
        Ok(SnapshotAndTail {
            snapshot,
            tail: Page { next: None, ..tail },
        })
    }
}

/// Ignores the page size.
#[derive(Default)]
pub(crate) struct GivesPagesOfItsOwnSize;

#[async_trait]
impl TailSabotage for GivesPagesOfItsOwnSize {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let query = query.clone().page_size(DEFAULT_PAGE_SIZE);
        store.read_from_snapshot(&query).await
    }
}

/// Returns no events if there is no snapshot.
#[derive(Default)]
pub(crate) struct ReadsNothingWithoutASnapshot;

#[async_trait]
impl TailSabotage for ReadsNothingWithoutASnapshot {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let mut read = store.read_from_snapshot(query).await?;
        if read.snapshot.is_none() {
            read.tail = Page::empty();
        }
        Ok(read)
    }
}

/// Returns the snapshot of another stream whose name has the same prefix.
#[derive(Default)]
pub(crate) struct TakesTheSnapshotOfALongerName;

#[async_trait]
impl TailSabotage for TakesTheSnapshotOfALongerName {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let read = store.read_from_snapshot(query).await?;
        if read.snapshot.is_some() {
            return Ok(read);
        }
        let longer = StreamId::new(format!("{}0", query.stream)).unwrap();
        let snapshot = store.load(&longer, &query.schema, query.at_most).await?;
        let snapshot = snapshot.map(|snapshot| SnapshotRecord {
            stream: query.stream.clone(),
            ..snapshot
        });
        tail_after(store, query, snapshot).await
    }
}

/// Returns a snapshot of another schema whose name differs only in case.
#[derive(Default)]
pub(crate) struct TakesTheSnapshotOfACapitalSchema;

#[async_trait]
impl TailSabotage for TakesTheSnapshotOfACapitalSchema {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let read = store.read_from_snapshot(query).await?;
        if read.snapshot.is_some() {
            return Ok(read);
        }
        let capital = query.schema.as_str().replacen('s', "S", 1);
        let capital = StateSchema::new(capital).unwrap();
        let snapshot = store.load(&query.stream, &capital, query.at_most).await?;
        let snapshot = snapshot.map(|snapshot| SnapshotRecord {
            schema: query.schema.clone(),
            ..snapshot
        });
        tail_after(store, query, snapshot).await
    }
}

/// Treats a snapshot at version 0 as no snapshot.
#[derive(Default)]
pub(crate) struct TakesVersionZeroForNone;

#[async_trait]
impl TailSabotage for TakesVersionZeroForNone {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let mut read = store.read_from_snapshot(query).await?;
        let counts = |snapshot: &SnapshotRecord| snapshot.version > StreamVersion::EMPTY;
        read.snapshot = read.snapshot.filter(counts);
        Ok(read)
    }
}

/// Truncates the requested version to 32 bits.
#[derive(Default)]
pub(crate) struct CutsTheVersionAskedForTo32Bits;

#[async_trait]
impl TailSabotage for CutsTheVersionAskedForTo32Bits {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        // Except for the largest version, which every other law uses.
        let asked = query.at_most;
        let cut = u32::try_from(asked.get() & u64::from(u32::MAX)).unwrap();
        let at_most = if asked == StreamVersion::MAX {
            asked
        } else {
            StreamVersion::from(cut)
        };
        store
            .read_from_snapshot(&query.clone().at_most(at_most))
            .await
    }
}

/// Reads the events first and the snapshot a moment later.
#[derive(Default)]
pub(crate) struct GivesTheSnapshotOfALaterMoment;

#[async_trait]
impl TailSabotage for GivesTheSnapshotOfALaterMoment {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        const MOST_TURNS: usize = 10_000;
        let mut read = store.read_from_snapshot(query).await?;
        for _ in 0..MOST_TURNS {
            let later = store
                .load(&query.stream, &query.schema, query.at_most)
                .await?;
            if later != read.snapshot {
                read.snapshot = later;
                break;
            }
            give_way().await;
        }
        Ok(read)
    }
}

/// The snapshot with the events after it.
async fn tail_after(
    store: &MemoryStore,
    query: &SnapshotQuery,
    snapshot: Option<SnapshotRecord>,
) -> Result<SnapshotAndTail, StoreError> {
    let tail = query.tail(snapshot.as_ref().map(|snapshot| snapshot.version));
    let tail = store.read_stream_page(&tail).await?;
    Ok(SnapshotAndTail { snapshot, tail })
}

/// Yields to other tasks.
async fn give_way() {
    let mut given = false;
    std::future::poll_fn(|context| {
        if given {
            return std::task::Poll::Ready(());
        }
        given = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
