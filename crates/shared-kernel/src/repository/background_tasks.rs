//! The port for background work: it counts the running tasks, limits them, and waits for their end.
//!
//! The caller's runtime runs the tasks.

use std::fmt;
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use futures_core::future::BoxFuture;

/// Runs tasks in the background, on the caller's runtime.
///
/// A clone is another handle on the same tasks. One handle serves any number of repositories.
///
/// - **Size**: at most 64 tasks run at once, unless
///   [configured](Self::with_limit). At the limit the caller does the work itself and
///   waits for it. So a slow store slows its callers down, and no queue grows.
/// - **Shutdown**: [`finished`](Self::finished) waits for all running tasks. Call it before you
///   close the store.
///
/// ```
/// use shared_kernel::repository::BackgroundTasks;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let runtime = tokio::runtime::Handle::current();
/// let tasks = BackgroundTasks::new(move |task| {
///     runtime.spawn(task);
/// });
/// // … repositories save their snapshots by `tasks` …
/// tasks.finished().await;
/// assert_eq!(tasks.running(), 0);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct BackgroundTasks {
    start: Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>,
    limit: NonZeroUsize,
    ledger: Arc<Ledger>,
}

impl BackgroundTasks {
    /// The default limit: 64 tasks.
    pub const DEFAULT_LIMIT: NonZeroUsize = NonZeroUsize::new(64).unwrap();

    /// Starts each task with `start`, for example `tokio::spawn`. `start` must neither wait for the
    /// task nor panic. A task that is dropped before its end counts as ended.
    #[must_use]
    pub fn new(start: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static) -> Self {
        Self {
            start: Arc::new(start),
            limit: Self::DEFAULT_LIMIT,
            ledger: Arc::default(),
        }
    }

    /// The same, with at most `limit` tasks at once.
    #[must_use]
    pub fn with_limit(self, limit: NonZeroUsize) -> Self {
        Self { limit, ..self }
    }

    /// The number of tasks that have started and not ended.
    #[must_use]
    pub fn running(&self) -> usize {
        self.ledger.lock().running
    }

    /// Waits until no task is running.
    pub async fn finished(&self) {
        poll_fn(|context| {
            let mut entries = self.ledger.lock();
            if entries.running == 0 {
                return Poll::Ready(());
            }
            let waker = context.waker();
            if !entries.waiting.iter().any(|known| known.will_wake(waker)) {
                entries.waiting.push(waker.clone());
            }
            Poll::Pending
        })
        .await;
    }

    /// Reserves the slot of one more task; `None` at the limit.
    pub(crate) fn reserve(&self) -> Option<TaskSlot> {
        let mut entries = self.ledger.lock();
        if entries.running >= self.limit.get() {
            return None;
        }
        entries.running += 1;
        Some(TaskSlot {
            start: Arc::clone(&self.start),
            running: Running(Arc::clone(&self.ledger)),
        })
    }
}

impl fmt::Debug for BackgroundTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackgroundTasks")
            .field("running", &self.running())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// A reserved slot for one task. Its drop frees the slot.
pub(crate) struct TaskSlot {
    start: Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>,
    running: Running,
}

impl TaskSlot {
    pub(crate) fn start(self, task: impl Future<Output = ()> + Send + 'static) {
        let Self { start, running } = self;
        start(Box::pin(async move {
            let _running = running;
            task.await;
        }));
    }
}

/// The running tasks, and the wakers of the callers of `finished`.
#[derive(Default)]
struct Ledger(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    running: usize,
    waiting: Vec<Waker>,
}

impl Ledger {
    /// A poisoned lock is sound: only a waker can panic under it, and wakers run last.
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One running task, until this is dropped.
struct Running(Arc<Ledger>);

impl Drop for Running {
    fn drop(&mut self) {
        let mut entries = self.0.lock();
        entries.running -= 1;
        let waiting = match entries.running {
            0 => std::mem::take(&mut entries.waiting),
            _ => Vec::new(),
        };
        // A woken task may take the lock at once.
        drop(entries);
        waiting.into_iter().for_each(Waker::wake);
    }
}
