//! Saboteurs that fail only with a second handle or after a reopening.

use async_trait::async_trait;
use persistence_memory::MemoryEventStore;
use shared_kernel::store::{AppendOutcome, AppendReceipt, LogQuery};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, EventStoreExt, NewEvent, RecordedEvent, StoreError,
};

use crate::harness::{Door, Sabotage};
use crate::id_saboteurs::write_again;

/// Loses the last events at a reopening.
#[derive(Default)]
pub(crate) struct LosesTheEndOnReopening;

#[async_trait]
impl Sabotage for LosesTheEndOnReopening {
    async fn opened(&self, store: MemoryEventStore, reopened: bool) -> MemoryEventStore {
        let log = read_all(&store).await;
        if !reopened || log.len() < 6 {
            return store;
        }
        let left = MemoryEventStore::new();
        for event in &log[..5] {
            let again = NewEvent::new(event.id, event.event_type.clone(), event.payload.clone());
            let expected = shared_kernel::ExpectedVersion::Any;
            let appended = left.append_to(event.stream.clone(), expected, vec![again]);
            appended.await.expect("memory takes it");
        }
        left
    }
}

async fn read_all(store: &MemoryEventStore) -> Vec<RecordedEvent> {
    let page = store.read_log_page(&LogQuery::new()).await;
    page.expect("memory answers").items
}

/// Forgets ids at a reopening.
#[derive(Default)]
pub(crate) struct ForgetsIdsOnReopening;

#[async_trait]
impl Sabotage for ForgetsIdsOnReopening {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        match door.store.append(append.clone()).await {
            Ok(receipt) if receipt.outcome == AppendOutcome::Repeated && door.reopened => {
                write_again(door, &append).await
            }
            other => other,
        }
    }
}

/// Knows only the ids of its own handle.
#[derive(Default)]
pub(crate) struct KnowsOnlyTheIdsOfItsHandle;

#[async_trait]
impl Sabotage for KnowsOnlyTheIdsOfItsHandle {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        match door.store.append(append.clone()).await {
            Ok(receipt) if receipt.outcome == AppendOutcome::Repeated && door.has_company() => {
                write_again(door, &append).await
            }
            other => other,
        }
    }
}

/// Finds no event of another handle by its id.
#[derive(Default)]
pub(crate) struct FindsNothingBesideAnotherHandle;

#[async_trait]
impl Sabotage for FindsNothingBesideAnotherHandle {
    async fn find_event(
        &self,
        door: &Door,
        id: EventId,
    ) -> Result<Option<RecordedEvent>, StoreError> {
        let found = door.store.find_event(id).await?;
        Ok(found.filter(|_| !door.has_company()))
    }
}
