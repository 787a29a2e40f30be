//! The looks of waiting readers at the end of the log.
//!
//! The waiting readers of a handle share one look: a future that each of them polls. With 1,000
//! waiting readers, the database is asked once every 100 ms and not 1,000 times.
//!
//! - No task, thread or timer belongs to a runtime. A waiting reader that is dropped or left
//!   unpolled does not stop the others, because the look wakes all of them.
//! - The handle keeps no look: once no reader waits, the look is dropped.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_timer::Delay;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, Shared, WeakShared, select};
use shared_kernel::GlobalPosition;
use tokio::sync::watch;

use super::lookup;
use crate::database::Database;

/// How often the look asks the database, to find the events of other processes.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A look that runs. Its output is the end of the log; `None` if it could not be read.
type Look = BoxFuture<'static, Option<GlobalPosition>>;

pub(crate) struct Looks {
    database: Arc<Database>,
    committed: watch::Receiver<GlobalPosition>,
    running: Mutex<Option<WeakShared<Look>>>,
}

impl Looks {
    /// The looks of a handle; `committed` has the positions that it commits itself.
    pub(crate) fn new(database: Arc<Database>, committed: watch::Receiver<GlobalPosition>) -> Self {
        Self {
            database,
            committed,
            running: Mutex::default(),
        }
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
        let mut committed = self.committed.clone();
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
        let look = look(Arc::clone(&self.database)).boxed().shared();
        *running = look.downgrade();
        look
    }
}

/// Reads the end of the log after a while.
async fn look(database: Arc<Database>) -> Option<GlobalPosition> {
    Delay::new(LOOK_EVERY).await;
    let head = lookup::head(&database).await.ok()?;
    Some(head.unwrap_or(GlobalPosition::START))
}
