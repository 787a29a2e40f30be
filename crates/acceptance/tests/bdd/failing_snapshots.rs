//! A snapshot store with one operation that fails.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::double::SnapshotDouble;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::{SnapshotStore, StoreError, StreamId, StreamVersion};

/// The operation that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failing {
    Save,
    Load,
}

/// Fails one operation, and delegates all others.
pub(crate) struct FailingSnapshots {
    store: Arc<dyn SnapshotStore>,
    failing: Failing,
}

impl FailingSnapshots {
    pub(crate) fn new(store: Arc<dyn SnapshotStore>, failing: Failing) -> Self {
        Self { store, failing }
    }

    fn fails_at(&self, what: Failing) -> Result<(), StoreError> {
        if self.failing != what {
            return Ok(());
        }
        Err(StoreError::Backend {
            location: "of snapshots".to_owned(),
            source: "out of order".into(),
        })
    }
}

#[async_trait]
impl SnapshotDouble for FailingSnapshots {
    fn snapshots(&self) -> &dyn SnapshotStore {
        &*self.store
    }

    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        self.fails_at(Failing::Save)?;
        self.store.save(snapshot).await
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        self.fails_at(Failing::Load)?;
        self.store.load(stream, schema, at_most).await
    }
}
