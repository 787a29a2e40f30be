//! Saboteurs that fail only with concurrent callers.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use shared_kernel::store::{AppendOutcome, AppendReceipt, Conflict, LogPage, LogQuery};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, ExpectedVersion, GlobalPosition, StoreError, StreamId,
};

use crate::harness::{Door, Sabotage};
use crate::rewriting::{Room, holds, is_known, joined, unconditional};

/// Checks versions and then writes; another writer can write in between.
#[derive(Default)]
pub(crate) struct ChecksVersionsBeforeItLocks(Room);

#[async_trait]
impl Sabotage for ChecksVersionsBeforeItLocks {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        if door.has_company() {
            return door.store.append(append).await;
        }
        check_then_write(&self.0, door, append).await
    }
}

/// The same, where several handles are open.
#[derive(Default)]
pub(crate) struct ChecksVersionsBeforeItLocksOnSeveralHandles(Room);

#[async_trait]
impl Sabotage for ChecksVersionsBeforeItLocksOnSeveralHandles {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        if !door.has_company() {
            return door.store.append(append).await;
        }
        check_then_write(&self.0, door, append).await
    }
}

async fn check_then_write(
    room: &Room,
    door: &Door,
    append: Append,
) -> Result<AppendReceipt, AppendError> {
    let single = append.writes().len() == 1 && append.checks().is_empty();
    if !single || !expects_a_version(&append) || is_known(door, &append).await {
        return door.store.append(append).await;
    }
    holds(door, &append).await?;
    let _guest = room.enter();
    room.fills().await;
    door.store.append(unconditional(&append)).await
}

/// Interleaves the batches of two writers to one stream.
#[derive(Default)]
pub(crate) struct MixesBatches(Room);

#[async_trait]
impl Sabotage for MixesBatches {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let [write] = append.writes() else {
            return door.store.append(append).await;
        };
        let faults = door.faults.is_set();
        if write.expected != ExpectedVersion::Any || !append.checks().is_empty() || faults {
            return door.store.append(append).await;
        }
        let _guest = self.0.enter();
        if !self.0.fills().await {
            return door.store.append(append).await;
        }
        let mut receipt = door.store.append(Append::new()).await?;
        for event in &write.events {
            let one = Append::new().write(
                write.stream.clone(),
                ExpectedVersion::Any,
                vec![event.clone()],
            );
            receipt = joined(receipt, door.store.append(one).await?);
            tokio::task::yield_now().await;
        }
        Ok(receipt)
    }
}

/// Locks one stream after the other, in the order of the append.
#[derive(Default)]
pub(crate) struct LocksStreamsInInputOrder {
    room: Room,
    locks: Mutex<BTreeMap<StreamId, Arc<tokio::sync::Mutex<()>>>>,
}

#[async_trait]
impl Sabotage for LocksStreamsInInputOrder {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        append.validate()?;
        let mut held = Vec::new();
        let mut guests = Vec::new();
        for write in append.writes() {
            let lock = {
                let mut locks = self.locks.lock().unwrap();
                Arc::clone(locks.entry(write.stream.clone()).or_default())
            };
            held.push(lock.lock_owned().await);
            guests.push(self.room.enter());
            if append.writes().len() == 2 && guests.len() == 1 {
                self.room.fills().await;
            }
        }
        door.store.append(append).await
    }
}

/// Looks for a repetition and then writes; another writer can write the same append in between.
#[derive(Default)]
pub(crate) struct LooksForRepetitionsBeforeItLocks(Room);

#[async_trait]
impl Sabotage for LooksForRepetitionsBeforeItLocks {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let known = is_known(door, &append).await;
        let _guest = self.0.enter();
        self.0.fills().await;
        let receipt = door.store.append(append).await?;
        match receipt.versions.first() {
            Some((stream, version)) if receipt.outcome == AppendOutcome::Repeated && !known => {
                Err(Conflict {
                    stream: stream.clone(),
                    expected: ExpectedVersion::NoStream,
                    actual: *version,
                }
                .into())
            }
            _ => Ok(receipt),
        }
    }
}

/// Assigns positions before it commits, so a reader may see a later position first.
#[derive(Default)]
pub(crate) struct PublishesOutOfOrder {
    only_with_company: bool,
    room: Room,
    uncommitted: Mutex<HashSet<EventId>>,
    /// The highest position that a reader has seen.
    read_up_to: Mutex<GlobalPosition>,
    /// The waits for a reader that did not come. A law without one is not held up by each append.
    in_vain: AtomicU32,
}

/// The same, where several handles are open.
pub(crate) struct PublishesOutOfOrderOnSeveralHandles(PublishesOutOfOrder);

impl Default for PublishesOutOfOrderOnSeveralHandles {
    fn default() -> Self {
        Self(PublishesOutOfOrder {
            only_with_company: true,
            ..PublishesOutOfOrder::default()
        })
    }
}

#[async_trait]
impl Sabotage for PublishesOutOfOrder {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let ids: Vec<_> = append.events().map(|(_, event)| event.id).collect();
        let _guest = self.room.enter();
        let sound = self.only_with_company && !door.has_company();
        if sound || !self.room.fills().await || !self.uncommitted.lock().unwrap().is_empty() {
            return door.store.append(append).await;
        }
        self.uncommitted.lock().unwrap().extend(&ids);
        let receipt = door.store.append(append).await;
        if let Ok(Some(last)) = receipt.as_ref().map(AppendReceipt::last_position) {
            // Wait until a reader has passed it, with a limit: a reader may be far behind on a
            // busy machine, or there may be no reader.
            let seen = || *self.read_up_to.lock().unwrap();
            let patience = match self.in_vain.load(Ordering::Relaxed) {
                0..3 => Duration::from_secs(1),
                _ => Duration::from_millis(1),
            };
            let passed = async {
                while seen() <= last {
                    tokio::task::yield_now().await;
                }
            };
            if tokio::time::timeout(patience, passed).await.is_err() {
                self.in_vain.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.uncommitted
            .lock()
            .unwrap()
            .retain(|id| !ids.contains(id));
        receipt
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = door.store.read_log_page(query).await?;
        let uncommitted = self.uncommitted.lock().unwrap();
        page.items.retain(|event| !uncommitted.contains(&event.id));
        if let Some(last) = page.items.last() {
            *self.read_up_to.lock().unwrap() = last.position;
        }
        Ok(page)
    }
}

#[async_trait]
impl Sabotage for PublishesOutOfOrderOnSeveralHandles {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        self.0.append(door, append).await
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.0.log_page(door, query).await
    }
}

/// Checks, and appends later; another append can land in between. Example: A writes `a` and
/// checks `b`, B writes `b` and checks `a`; both land.
#[derive(Default)]
pub(crate) struct JudgesChecksBeforeTheAppend(Room);

#[async_trait]
impl Sabotage for JudgesChecksBeforeTheAppend {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let [write] = append.writes() else {
            return door.store.append(append).await;
        };
        if append.checks().is_empty() || is_known(door, &append).await {
            return door.store.append(append).await;
        }
        holds(door, &append).await?;
        let _guest = self.0.enter();
        self.0.fills().await;
        let unchecked = Append::new().with_write(write.clone());
        door.store.append(unchecked).await
    }
}

/// Treats any append since it read the head as a conflict. Example: B appends to `b-1`,
/// and A, which appends to `a-1`, gets a conflict.
#[derive(Default)]
pub(crate) struct JudgesByTheHead(Room);

#[async_trait]
impl Sabotage for JudgesByTheHead {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        if !expects_a_version(&append) || !append.checks().is_empty() {
            return door.store.append(append).await;
        }
        let before = door.store.head().await?;
        let _guest = self.0.enter();
        self.0.fills().await;
        let moved = door.store.head().await? > before;
        let Some(write) = append.writes().first().filter(|_| moved) else {
            return door.store.append(append).await;
        };
        if holds(door, &append).await.is_err() {
            return door.store.append(append).await;
        }
        Err(Conflict {
            stream: write.stream.clone(),
            expected: write.expected,
            actual: door.store.stream_version(&write.stream).await?,
        }
        .into())
    }
}

/// Shows an append to readers stream by stream.
#[derive(Default)]
pub(crate) struct ShowsAppendsStreamByStream(tokio::sync::Mutex<()>);

#[async_trait]
impl Sabotage for ShowsAppendsStreamByStream {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let expects = append
            .expectations()
            .any(|(_, expected)| expected != ExpectedVersion::Any);
        if expects || append.writes().len() < 3 || append.validate().is_err() {
            return door.store.append(append).await;
        }
        let _one_at_a_time = self.0.lock().await;
        let mut receipt = door.store.append(Append::new()).await?;
        for write in append.writes() {
            let one = Append::new().with_write(write.clone());
            receipt = joined(receipt, door.store.append(one).await?);
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        }
        Ok(receipt)
    }
}

fn expects_a_version(append: &Append) -> bool {
    let mut expectations = append.expectations();
    expectations.any(|(_, expected)| matches!(expected, ExpectedVersion::Exact(_)))
}
