//! A store whose next append waits for a signal, so that all contestants of a race decide before
//! the first append.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use conformance::double::EventDouble;
use shared_kernel::store::AppendReceipt;
use shared_kernel::{Append, AppendError, EventStore};
use tokio::sync::oneshot::{self, Receiver, Sender};

/// One process's handle on a store.
pub(crate) struct MeetingStore {
    inner: Arc<dyn EventStore>,
    meeting: Mutex<Option<(Sender<()>, Receiver<()>)>>,
}

impl MeetingStore {
    pub(crate) fn new(inner: Arc<dyn EventStore>) -> Self {
        Self {
            inner,
            meeting: Mutex::default(),
        }
    }

    /// Lets the next append wait. The receiver gets a message when the append waits; a message from
    /// the sender lets it continue.
    pub(crate) fn meet(&self) -> (Receiver<()>, Sender<()>) {
        let (decided, has_decided) = oneshot::channel();
        let (let_land, lands) = oneshot::channel();
        *self.meeting.lock().unwrap() = Some((decided, lands));
        (has_decided, let_land)
    }
}

#[async_trait]
impl EventDouble for MeetingStore {
    fn events(&self) -> &dyn EventStore {
        &*self.inner
    }

    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        let meeting = self.meeting.lock().unwrap().take();
        if let Some((decided, lands)) = meeting {
            decided.send(()).unwrap();
            lands.await.unwrap();
        }
        self.inner.append(append).await
    }
}
