//! Waiting readers of a log that share one look at its end.
//!
//! The adapters of one handle write and read. What this handle commits wakes its waiting readers at
//! once. For the events of other processes they look at the end of the log. All of them share one
//! look: a future that each of them polls.
//!
//! An adapter whose database tells of new events passes that on as [`Hints`]: each hint is followed
//! by a look, and without hints the looks come less often. Example: a look each 100 ms, and each
//! 500 ms while the adapter listens. A lost hint delays a reader until the next look, no longer.
//!
//! - No task, thread or timer belongs to a runtime. A waiting reader that is dropped or left
//!   unpolled does not stop the others, because the look wakes all of them.
//! - The handle keeps no look: once no reader waits, the look is dropped.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_timer::Delay;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, Shared, WeakShared, pending, select};
use shared_kernel::{GlobalPosition, StoreError};
use tokio::sync::watch;

/// The pause before a look while other processes write.
const BUSY: Duration = Duration::from_millis(10);

/// The pause before a look while they do not.
const IDLE: Duration = Duration::from_millis(100);

/// The pause before a look while the adapter listens.
const LISTENING: Duration = Duration::from_millis(500);

/// Other processes write if one of them has written this long ago, or later.
const RECENT: Duration = Duration::from_secs(1);

/// The log of an adapter.
pub trait Log: Send + Sync + 'static {
    /// Reads the position of the last event.
    fn head(&self) -> impl Future<Output = Result<Option<GlobalPosition>, StoreError>> + Send;

    /// The error of a log whose end has gone back: it is another log.
    fn went_back(&self) -> StoreError;
}

/// The hints that another process may have written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    /// Whether the adapter listens now.
    pub is_listening: bool,
    /// The number of hints so far.
    pub count: u64,
}

/// A look that runs. Its output is the end of the log; `None` if it could not be read.
type Look = BoxFuture<'static, Option<GlobalPosition>>;

/// The end of a log, and the readers that wait for the next event.
pub struct LogWatch<L> {
    end: Arc<End<L>>,
    running: Mutex<Option<WeakShared<Look>>>,
}

struct End<L> {
    log: L,
    committed: watch::Receiver<GlobalPosition>,
    /// The highest end that was read before.
    highest: AtomicU64,
    hints: watch::Receiver<Hints>,
    /// The hints that came before the last look.
    followed: AtomicU64,
    pause_while_listening: Duration,
    /// When an event of another process was last seen.
    others_wrote: Mutex<Option<Instant>>,
}

impl<L: Log> LogWatch<L> {
    /// The watch of a handle; `committed` has the positions that the handle commits itself.
    #[must_use]
    pub fn new(log: L, committed: watch::Receiver<GlobalPosition>) -> Self {
        Self::with_hints(log, committed, watch::channel(Hints::default()).1, None)
    }

    /// The watch of a handle that also gets hints. Tests set the pause between looks while the
    /// adapter listens.
    #[must_use]
    pub fn with_hints(
        log: L,
        committed: watch::Receiver<GlobalPosition>,
        hints: watch::Receiver<Hints>,
        pause_while_listening: Option<Duration>,
    ) -> Self {
        Self {
            end: Arc::new(End {
                log,
                committed,
                highest: AtomicU64::default(),
                hints,
                followed: AtomicU64::default(),
                pause_while_listening: pause_while_listening.unwrap_or(LISTENING),
                others_wrote: Mutex::default(),
            }),
            running: Mutex::default(),
        }
    }

    /// Reads the position of the last event.
    ///
    /// # Errors
    /// Those of [`Log::head`]; [`Log::went_back`] if the log ended later before.
    pub async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.end.read().await
    }

    /// Waits until the log has an event after `position`, and returns the position of the last one.
    ///
    /// # Errors
    /// Those of [`head`](Self::head).
    pub async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        let mut look = None;
        loop {
            // A look that fails has no error for each reader: this one reads for itself.
            let seen = match look {
                Some(head) => head,
                None => self.head().await?.unwrap_or(GlobalPosition::START),
            };
            if seen > position {
                return Ok(seen);
            }
            look = self.next(position, seen).await;
        }
    }

    /// Waits for the next event of this handle, or for the next look. `seen` is the end of the log
    /// as the waiting reader knows it. Returns the end of the log; `None` if it could not be read.
    async fn next(&self, position: GlobalPosition, seen: GlobalPosition) -> Option<GlobalPosition> {
        let look = self.running_look();
        // A look that ended before this one began may have followed the last hint.
        if self.end.highest() > position.get() {
            return GlobalPosition::new(self.end.highest()).ok();
        }
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
        let mut running = lock(&self.running);
        let shared = running.as_ref().and_then(WeakShared::upgrade);
        if let Some(look) = shared.filter(|look| look.peek().is_none()) {
            return look;
        }
        let look = look(Arc::clone(&self.end)).boxed().shared();
        *running = look.downgrade();
        look
    }
}

impl<L: Log> End<L> {
    async fn read(&self) -> Result<Option<GlobalPosition>, StoreError> {
        let before = self.highest();
        let head = self.log.head().await?;
        let position = head.map_or(0, GlobalPosition::get);
        if position < before {
            return Err(self.log.went_back());
        }
        if position > self.highest() {
            *lock(&self.others_wrote) = Some(Instant::now());
        }
        self.highest.fetch_max(position, Ordering::Relaxed);
        Ok(head)
    }

    /// The highest end that this handle has committed or read.
    fn highest(&self) -> u64 {
        let committed = self.committed.borrow().get();
        self.highest.load(Ordering::Relaxed).max(committed)
    }
}

/// Reads the end of the log after a pause or a hint; `None` if it could not be read.
async fn look<L: Log>(end: Arc<End<L>>) -> Option<GlobalPosition> {
    let mut hints = end.hints.clone();
    let pause = match hints.borrow().is_listening {
        true => end.pause_while_listening,
        false => pause(lock(&end.others_wrote).map(|at| at.elapsed())),
    };
    let followed = end.followed.load(Ordering::Relaxed);
    let hint = async {
        if hints
            .wait_for(|hints| hints.count > followed)
            .await
            .is_err()
        {
            // The listener has ended.
            pending::<()>().await;
        }
    };
    select(Delay::new(pause), pin!(hint)).await;
    let count = end.hints.borrow().count;
    let head = end.read().await.ok()?;
    end.followed.store(count, Ordering::Relaxed);
    Some(head.unwrap_or(GlobalPosition::START))
}

/// The pause before a look if other processes last wrote this long ago.
fn pause(since_others_wrote: Option<Duration>) -> Duration {
    match since_others_wrote {
        Some(since) if since <= RECENT => BUSY,
        _ => IDLE,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log whose end a test sets, and how often it was read.
    #[derive(Default)]
    struct Ended(AtomicU64, AtomicU64);

    impl Log for Arc<Ended> {
        async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            let position = GlobalPosition::new(self.0.load(Ordering::Relaxed)).unwrap();
            Ok((position > GlobalPosition::START).then_some(position))
        }

        fn went_back(&self) -> StoreError {
            StoreError::Replaced {
                location: "here".to_owned(),
            }
        }
    }

    fn watched() -> (
        Arc<Ended>,
        watch::Sender<GlobalPosition>,
        LogWatch<Arc<Ended>>,
    ) {
        let log = Arc::new(Ended::default());
        let (sender, committed) = watch::channel(GlobalPosition::START);
        let watch = LogWatch::new(Arc::clone(&log), committed);
        (log, sender, watch)
    }

    #[tokio::test]
    async fn waiting_readers_share_a_look_and_the_handle_keeps_none() {
        let (_log, _sender, watch) = watched();
        let (one, other) = (watch.running_look(), watch.running_look());
        assert!(one.ptr_eq(&other));
        assert_eq!(Arc::strong_count(&watch.end), 2);
        drop((one, other));
        assert_eq!(Arc::strong_count(&watch.end), 1);
    }

    #[tokio::test]
    async fn a_reader_wakes_by_its_own_handle_and_by_another_process() {
        let (log, sender, watch) = watched();
        let (first, ()) = tokio::join!(watch.wait_past(GlobalPosition::START), async {
            sender.send_replace(1.into());
        });
        assert_eq!(first.unwrap(), 1.into());
        log.0.store(1, Ordering::Relaxed);
        let (second, ()) = tokio::join!(watch.wait_past(1.into()), async {
            log.0.store(2, Ordering::Relaxed);
        });
        assert_eq!(second.unwrap(), 2.into());
    }

    #[tokio::test]
    async fn an_end_that_goes_back_is_that_of_another_log() {
        let (log, sender, watch) = watched();
        log.0.store(7, Ordering::Relaxed);
        assert_eq!(watch.head().await.unwrap(), Some(7.into()));
        log.0.store(6, Ordering::Relaxed);
        let replaced = watch.head().await.unwrap_err();
        assert!(matches!(replaced, StoreError::Replaced { .. }));
        log.0.store(8, Ordering::Relaxed);
        sender.send_replace(9.into());
        let replaced = watch.wait_past(9.into()).await.unwrap_err();
        assert!(matches!(replaced, StoreError::Replaced { .. }));
    }

    #[tokio::test]
    async fn only_events_of_other_processes_shorten_the_pause() {
        let (log, sender, watch) = watched();
        sender.send_replace(3.into());
        log.0.store(3, Ordering::Relaxed);
        watch.head().await.unwrap();
        assert_eq!(*lock(&watch.end.others_wrote), None);
        log.0.store(4, Ordering::Relaxed);
        watch.head().await.unwrap();
        assert!(lock(&watch.end.others_wrote).is_some());
    }

    /// A watch that listens, with an hour between its looks.
    fn listening() -> (Arc<Ended>, watch::Sender<Hints>, LogWatch<Arc<Ended>>) {
        let log = Arc::new(Ended::default());
        let (_, committed) = watch::channel(GlobalPosition::START);
        let (sender, hints) = watch::channel(Hints {
            is_listening: true,
            count: 0,
        });
        let hour = Some(Duration::from_secs(3_600));
        let watch = LogWatch::with_hints(Arc::clone(&log), committed, hints, hour);
        (log, sender, watch)
    }

    #[tokio::test]
    async fn a_hint_is_followed_by_a_look_of_all_waiting_readers() {
        let (log, sender, watch) = listening();
        let (one, other, ()) = tokio::join!(
            watch.wait_past(GlobalPosition::START),
            watch.wait_past(GlobalPosition::START),
            async {
                log.0.store(1, Ordering::Relaxed);
                sender.send_modify(|hints| hints.count += 1);
            }
        );
        assert_eq!((one.unwrap(), other.unwrap()), (1.into(), 1.into()));
    }

    #[tokio::test]
    async fn a_hint_that_the_look_of_another_reader_followed_is_not_lost() {
        let (log, sender, watch) = listening();
        let hint = || sender.send_modify(|hints| hints.count += 1);
        let mut slow = pin!(watch.wait_past(GlobalPosition::START));
        let mut quick = pin!(watch.wait_past(GlobalPosition::START));
        assert!(slow.as_mut().now_or_never().is_none());
        hint();
        assert!(quick.as_mut().now_or_never().is_none());
        log.0.store(1, Ordering::Relaxed);
        hint();
        assert_eq!(quick.await.unwrap(), 1.into());
        assert_eq!(slow.await.unwrap(), 1.into());
    }

    #[tokio::test]
    async fn a_false_hint_costs_one_look() {
        let (log, sender, watch) = listening();
        let mut waiting = pin!(watch.wait_past(GlobalPosition::START));
        assert!(waiting.as_mut().now_or_never().is_none());
        let before = log.1.load(Ordering::Relaxed);
        sender.send_modify(|hints| hints.count += 1);
        for _ in 0..3 {
            assert!(waiting.as_mut().now_or_never().is_none());
        }
        assert_eq!(log.1.load(Ordering::Relaxed), before + 1);
    }

    #[tokio::test]
    async fn a_reader_looks_again_once_the_listener_has_lost_its_connection() {
        let (log, sender, watch) = listening();
        let mut waiting = pin!(watch.wait_past(GlobalPosition::START));
        assert!(waiting.as_mut().now_or_never().is_none());
        sender.send_modify(|hints| {
            hints.is_listening = false;
            hints.count += 1;
        });
        assert!(waiting.as_mut().now_or_never().is_none());
        log.0.store(1, Ordering::Relaxed);
        assert_eq!(waiting.await.unwrap(), 1.into());
    }

    #[test]
    fn looks_come_often_while_other_processes_write() {
        assert_eq!(pause(None), IDLE);
        assert_eq!(pause(Some(RECENT)), BUSY);
        assert_eq!(pause(Some(RECENT + Duration::from_nanos(1))), IDLE);
    }
}
