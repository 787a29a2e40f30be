//! Owns the one door to work that nobody waits for: how much of it is under way, and when it is
//! done.
//!
//! Refuses to run anything itself: the runtime is the caller's.

use std::fmt;
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use futures_core::future::BoxFuture;

/// Runs work beside whoever hands it over, on a runtime that is given to it.
///
/// A clone is another handle on the same work; one handle serves any number of repositories.
///
/// - **Size**: at most 64 tasks are under way unless [said otherwise](Self::with_most_under_way).
///   Past that nothing is taken, and the work stays with whoever offered it: a store that is slower
///   than its callers slows them down, and is not buried under what it has to do.
/// - **Shutdown**: [`finished`](Self::finished) waits for what is under way. Whoever closes a store
///   waits for it first.
///
/// ```
/// use shared_kernel::repository::BackgroundTasks;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let runtime = tokio::runtime::Handle::current();
/// let tasks = BackgroundTasks::new(move |task| {
///     runtime.spawn(task);
/// });
/// // … repositories hand their snapshots over …
/// tasks.finished().await;
/// assert_eq!(tasks.under_way(), 0);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct BackgroundTasks {
    start: Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>,
    most: NonZeroUsize,
    ledger: Arc<Ledger>,
}

impl BackgroundTasks {
    /// How many tasks are under way at most unless something else is said.
    pub const MOST_UNDER_WAY: NonZeroUsize = NonZeroUsize::new(64).unwrap();

    /// Starts each task with `start`, which must neither wait for it nor panic. A task that is
    /// dropped before its end counts as ended.
    #[must_use]
    pub fn new(start: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static) -> Self {
        Self {
            start: Arc::new(start),
            most: Self::MOST_UNDER_WAY,
            ledger: Arc::default(),
        }
    }

    /// The same, taking no more than so many tasks at once.
    #[must_use]
    pub fn with_most_under_way(self, most: NonZeroUsize) -> Self {
        Self { most, ..self }
    }

    /// How many tasks were taken and have not ended.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.ledger.lock().under_way
    }

    /// Waits until nothing is under way.
    pub async fn finished(&self) {
        poll_fn(|context| {
            let mut entries = self.ledger.lock();
            if entries.under_way == 0 {
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

    /// The place for one more task, or `None` where there is no room.
    pub(crate) fn place(&self) -> Option<TaskPlace> {
        let mut entries = self.ledger.lock();
        if entries.under_way >= self.most.get() {
            return None;
        }
        entries.under_way += 1;
        Some(TaskPlace {
            start: Arc::clone(&self.start),
            held: Held(Arc::clone(&self.ledger)),
        })
    }
}

impl fmt::Debug for BackgroundTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackgroundTasks")
            .field("under_way", &self.under_way())
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

/// The right to start one task.
pub(crate) struct TaskPlace {
    start: Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>,
    held: Held,
}

impl TaskPlace {
    pub(crate) fn start(self, task: impl Future<Output = ()> + Send + 'static) {
        let Self { start, held } = self;
        start(Box::pin(async move {
            let _held = held;
            task.await;
        }));
    }
}

/// What is under way, and who waits for its end.
#[derive(Default)]
struct Ledger(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    under_way: usize,
    waiting: Vec<Waker>,
}

impl Ledger {
    /// Nothing can panic under the lock but a waker, and that comes last.
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One task that is under way, until this is dropped.
struct Held(Arc<Ledger>);

impl Drop for Held {
    fn drop(&mut self) {
        let mut entries = self.0.lock();
        entries.under_way -= 1;
        let waiting = match entries.under_way {
            0 => std::mem::take(&mut entries.waiting),
            _ => Vec::new(),
        };
        // Whoever is woken may ask at once.
        drop(entries);
        waiting.into_iter().for_each(Waker::wake);
    }
}
