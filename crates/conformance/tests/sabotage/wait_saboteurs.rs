//! Saboteurs that leave readers waiting, or writers.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use shared_kernel::store::{AppendReceipt, EventFilter, LogPage, LogQuery};
use shared_kernel::{Append, AppendError, EventStore, GlobalPosition, StoreError};

use crate::harness::{Door, Sabotage};

/// Looks once and never again.
#[derive(Default)]
pub(crate) struct NeverWakes;

#[async_trait]
impl Sabotage for NeverWakes {
    async fn wait_past(
        &self,
        door: &Door,
        position: GlobalPosition,
    ) -> Result<GlobalPosition, StoreError> {
        already_past(door, position).await
    }
}

/// Wakes one reader and forgets the others.
#[derive(Default)]
pub(crate) struct WakesOnlyOneReader(AtomicBool);

#[async_trait]
impl Sabotage for WakesOnlyOneReader {
    async fn wait_past(
        &self,
        door: &Door,
        position: GlobalPosition,
    ) -> Result<GlobalPosition, StoreError> {
        if self.0.swap(true, Ordering::SeqCst) {
            return already_past(door, position).await;
        }
        let head = door.store.wait_past(position).await;
        self.0.store(false, Ordering::SeqCst);
        head
    }
}

/// Answers with the next position, wherever the log ends.
#[derive(Default)]
pub(crate) struct AnswersWithTheNextPosition;

#[async_trait]
impl Sabotage for AnswersWithTheNextPosition {
    async fn wait_past(
        &self,
        door: &Door,
        position: GlobalPosition,
    ) -> Result<GlobalPosition, StoreError> {
        let head = door.store.wait_past(position).await?;
        Ok(position.next().unwrap_or(head))
    }
}

/// Keeps positions that are waited for in 32 bits.
#[derive(Default)]
pub(crate) struct CutsAwaitedPositionsTo32Bits;

#[async_trait]
impl Sabotage for CutsAwaitedPositionsTo32Bits {
    async fn wait_past(
        &self,
        door: &Door,
        position: GlobalPosition,
    ) -> Result<GlobalPosition, StoreError> {
        let cut = GlobalPosition::new(position.get() & 0xffff_ffff).unwrap_or(position);
        door.store.wait_past(cut).await
    }
}

/// Answers for the position itself where one past it is waited for.
#[derive(Default)]
pub(crate) struct AnswersForThePositionItself;

#[async_trait]
impl Sabotage for AnswersForThePositionItself {
    async fn wait_past(
        &self,
        door: &Door,
        position: GlobalPosition,
    ) -> Result<GlobalPosition, StoreError> {
        let before = position.previous().unwrap_or(position);
        door.store.wait_past(before).await
    }
}

/// Holds writers up as long as a reader of the log has not come to the end.
#[derive(Default)]
pub(crate) struct HoldsACursorOpen(AtomicBool);

#[async_trait]
impl Sabotage for HoldsACursorOpen {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        while self.0.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        door.store.append(append).await
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let page = door.store.read_log_page(query).await?;
        if query.filter == EventFilter::default() {
            self.0.store(page.next.is_some(), Ordering::SeqCst);
        }
        Ok(page)
    }
}

/// Wakes readers only for events of their own handle.
#[derive(Default)]
pub(crate) struct WakesOnlyWithinAHandle;

#[async_trait]
impl Sabotage for WakesOnlyWithinAHandle {
    async fn wait_past(
        &self,
        door: &Door,
        position: GlobalPosition,
    ) -> Result<GlobalPosition, StoreError> {
        if door.has_company() {
            return already_past(door, position).await;
        }
        door.store.wait_past(position).await
    }
}

/// The head where it is past the position by now; else nothing ever comes.
async fn already_past(door: &Door, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
    match door.store.head().await? {
        Some(head) if head > position => Ok(head),
        _ => pending().await,
    }
}
