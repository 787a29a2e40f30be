//! Saboteurs that fail only after an error of their storage.

use async_trait::async_trait;
use shared_kernel::store::{
    AppendOutcome, AppendReceipt, LogPage, LogQuery, Page, StreamPage, StreamQuery,
};
use shared_kernel::{Append, AppendError, EventStore, GlobalPosition, StoreError};

use crate::harness::{Door, Sabotage};
use crate::rewriting::{Room, joined};

/// Treats an error of its storage as the end of a stream.
#[derive(Default)]
pub(crate) struct EndsStreamsWhereItsStorageFails;

#[async_trait]
impl Sabotage for EndsStreamsWhereItsStorageFails {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let page = door.store.read_stream_page(query).await;
        Ok(page.unwrap_or_else(|_| Page {
            items: Vec::new(),
            next: None,
        }))
    }
}

/// Treats an error of its storage as the end of the log.
#[derive(Default)]
pub(crate) struct EndsTheLogWhereItsStorageFails;

#[async_trait]
impl Sabotage for EndsTheLogWhereItsStorageFails {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let page = door.store.read_log_page(query).await;
        Ok(page.unwrap_or_else(|_| Page {
            items: Vec::new(),
            next: None,
        }))
    }
}

/// Returns no head while its storage fails.
#[derive(Default)]
pub(crate) struct HasNoHeadWhileItsStorageFails;

#[async_trait]
impl Sabotage for HasNoHeadWhileItsStorageFails {
    async fn head(&self, door: &Door) -> Result<Option<GlobalPosition>, StoreError> {
        Ok(door.store.head().await.unwrap_or_default())
    }
}

/// Writes stream by stream, so a failure of the storage leaves the first streams written.
#[derive(Default)]
pub(crate) struct LeavesHalfWhereItsStorageFails;

#[async_trait]
impl Sabotage for LeavesHalfWhereItsStorageFails {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        if !door.faults.is_set() || append.writes().len() < 2 {
            return door.store.append(append).await;
        }
        let mut receipt: Option<AppendReceipt> = None;
        for write in append.writes() {
            let one = Append::new().with_write(write.clone());
            let then = door.store.append(one).await?;
            receipt = Some(match receipt {
                Some(first) => joined(first, then),
                None => then,
            });
        }
        Ok(receipt.expect("there are two writes"))
    }
}

/// Acknowledges an append of a group although its storage failed.
#[derive(Default)]
pub(crate) struct AcknowledgesAGroupThatFailed(Room);

#[async_trait]
impl Sabotage for AcknowledgesAGroupThatFailed {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let _guest = self.0.enter();
        match door.store.append(append).await {
            Err(AppendError::Store(_)) if self.0.fills().await => Ok(AppendReceipt {
                outcome: AppendOutcome::Written,
                versions: Vec::new(),
                positions: Vec::new(),
            }),
            answer => answer,
        }
    }
}
