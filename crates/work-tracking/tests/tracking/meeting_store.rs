//! Owns a store that has all contestants of a race decide before the first of them lands.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use conformance::double::EventDouble;
use persistence_memory::MemoryEventStore;
use shared_kernel::store::AppendReceipt;
use shared_kernel::{Append, AppendError, EventStore};
use tokio::sync::Barrier;

/// The view that one contestant has of a common store. Once it is told to, its next append waits
/// for the first appends of all others.
pub(crate) struct MeetingStore {
    inner: Arc<MemoryEventStore>,
    meeting: Mutex<Option<Arc<Barrier>>>,
}

impl MeetingStore {
    pub(crate) fn new(inner: Arc<MemoryEventStore>) -> Self {
        Self {
            inner,
            meeting: Mutex::default(),
        }
    }

    /// The next append waits there for the others.
    pub(crate) fn meet(&self, barrier: Arc<Barrier>) {
        *self.meeting.lock().unwrap() = Some(barrier);
    }
}

#[async_trait]
impl EventDouble for MeetingStore {
    fn events(&self) -> &dyn EventStore {
        &self.inner
    }

    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        let meeting = self.meeting.lock().unwrap().take();
        if let Some(barrier) = meeting {
            barrier.wait().await;
        }
        self.inner.append(append).await
    }
}
