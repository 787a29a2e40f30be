//! Saboteurs that let readers or writers wait too long.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use shared_kernel::store::{AppendReceipt, EventFilter, LogPage, LogQuery};
use shared_kernel::{Append, AppendError, EventStore, GlobalPosition, StoreError};

use crate::harness::{Door, Sabotage};

/// Looks for a new event once and never again.
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

/// Wakes only one of the waiting readers.
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

/// Returns the next position instead of the head.
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

/// Keeps the position of a wait in 32 bits.
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

/// Returns at the position itself instead of past it.
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

/// Blocks writers until a reader of the log has reached its end.
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

/// Wakes readers only after events of their own handle.
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

/// Returns the head if it is past the position; otherwise waits forever.
async fn already_past(door: &Door, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
    match door.store.head().await? {
        Some(head) if head > position => Ok(head),
        _ => pending().await,
    }
}
