//! The looks of waiting readers at the end of the log.
//!
//! The waiting readers of a handle share one look: a future that each of them polls. With 1,000
//! waiting readers, the file is read once every 100 ms and not 1,000 times.
//!
//! - No task, thread or timer belongs to a runtime. A waiting reader that is dropped or left
//!   unpolled does not stop the others, because the look wakes all of them.
//! - The handle keeps no look: once no reader waits, the look is dropped.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_timer::Delay;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, Shared, WeakShared, select};
use shared_kernel::{GlobalPosition, StoreError};
use sqlite_file::{FileError, OpenFile};
use tokio::sync::watch;

use super::lookup;

/// How often the look reads the file, to find the events of other processes.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A look that runs. Its output is the end of the log; `None` if the file could not be read.
type Look = BoxFuture<'static, Option<GlobalPosition>>;

pub(crate) struct Looks {
    end: Arc<End>,
    running: Mutex<Option<WeakShared<Look>>>,
}

/// The end of the log, and the highest end that was seen before.
struct End {
    file: Arc<OpenFile>,
    committed: watch::Receiver<GlobalPosition>,
    highest: AtomicU64,
}

impl Looks {
    /// The looks of a handle; `committed` has the positions that it commits itself.
    pub(crate) fn new(file: Arc<OpenFile>, committed: watch::Receiver<GlobalPosition>) -> Self {
        let highest = AtomicU64::default();
        Self {
            end: Arc::new(End {
                file,
                committed,
                highest,
            }),
            running: Mutex::default(),
        }
    }

    /// Reads the end of the log.
    ///
    /// # Errors
    /// Those of a read; [`StoreError::Replaced`] if the log ended later before.
    pub(crate) async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.end.read().await
    }

    /// Waits for the next event of this handle, or for the next look. `seen` is the end of the log
    /// as the waiting reader knows it. Returns the end of the log; `None` if it could not be read.
    pub(crate) async fn next(
        &self,
        position: GlobalPosition,
        seen: GlobalPosition,
    ) -> Option<GlobalPosition> {
        let look = self.running_look();
        if seen < position {
            // The next event is not enough. The look wakes this reader early enough, so 1,000 such
            // readers do not cost each append 1,000 wake-ups.
            return look.await;
        }
        let mut committed = self.end.committed.clone();
        let own = pin!(committed.wait_for(|head| *head > position));
        match select(own.map(|head| head.map(|head| *head)), look).await {
            Either::Left((Ok(head), _)) => Some(head),
            // The writer has ended; only other processes write now.
            Either::Left((Err(_), look)) => look.await,
            Either::Right((head, _)) => head,
        }
    }

    /// The look that runs now; a new one if none does.
    fn running_look(&self) -> Shared<Look> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = running.as_ref().and_then(WeakShared::upgrade);
        if let Some(look) = shared.filter(|look| look.peek().is_none()) {
            return look;
        }
        let look = look(Arc::clone(&self.end)).boxed().shared();
        *running = look.downgrade();
        look
    }
}

impl End {
    async fn read(&self) -> Result<Option<GlobalPosition>, StoreError> {
        let committed = self.committed.borrow().get();
        let highest = self.highest.load(Ordering::Relaxed).max(committed);
        let head = self
            .file
            .answer(|| lookup::head(&self.file.readers))
            .await?;
        let position = head.map_or(0, GlobalPosition::get);
        if position < highest {
            return Err(self.file.failed(FileError::Replaced));
        }
        self.highest.fetch_max(position, Ordering::Relaxed);
        Ok(head)
    }
}

/// Reads the end of the log after a while; `None` also if the path leads to another file now.
async fn look(end: Arc<End>) -> Option<GlobalPosition> {
    Delay::new(LOOK_EVERY).await;
    let head = end.read().await.ok()?;
    Some(head.unwrap_or(GlobalPosition::START))
}

#[cfg(test)]
mod tests {
    use sqlite_file::Settings;

    use super::*;
    use crate::file::schema::STORE;

    #[tokio::test]
    async fn waiting_readers_share_a_look_and_the_handle_keeps_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let opened = OpenFile::open(&path, &STORE, &Settings::default()).await;
        let file = Arc::new(opened.unwrap().0);
        let (_head, committed) = watch::channel(GlobalPosition::START);
        let looks = Looks::new(file, committed);
        let (one, other) = (looks.running_look(), looks.running_look());
        assert!(one.ptr_eq(&other));
        assert_eq!(Arc::strong_count(&looks.end), 2);
        drop((one, other));
        assert_eq!(Arc::strong_count(&looks.end), 1);
    }
}
