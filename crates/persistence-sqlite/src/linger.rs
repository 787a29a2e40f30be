//! Owns the lingering of SQLite's thread: after a commit it looks for a moment whether the next one comes, so that
//! nobody has to wake it.
//!
//! To wake a thread takes a fifth of the time of a small commit. SQLite's belongs to sqlx, and sleeps as soon as it
//! has nothing to do; so the last statement of a commit, for whose end nobody waits, compares two texts with a
//! collation that looks. It does so only where the commit before was followed by another one in that time, leaves
//! the processor to whoever wants it, and pauses after it has lingered in vain.

use std::pin::pin;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{available_parallelism, yield_now};
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;

/// The last statement of a commit. Its value is what [`Linger::turn`] says; with NULL SQLite compares nothing.
pub(crate) const LINGER: &str = "SELECT 1 WHERE ? = '' COLLATE annals_linger;";

const COLLATION: &str = "annals_linger";

/// How long a thread lingers at most.
const LIMIT: Duration = Duration::from_micros(100);

/// With more appends in a commit than these, the tasks that append need all processors in between.
const MOST_APPENDS: usize = 4;

/// How many turns are left out once a thread has lingered in vain: twice as many each time. A 64th of them and one more are
/// taken off each time that all goes well.
const PAUSES: std::ops::RangeInclusive<u32> = 16..=4_096;

/// What the writer knows of the lingering.
pub(crate) struct Linger {
    /// How many commands the writer has sent to SQLite's thread.
    sent: Arc<AtomicU64>,
    /// When the last commit had ended.
    committed: Option<Instant>,
    /// What comes in less than this after it comes soon.
    soon: Duration,
    /// Where there is only one processor, whoever lingers holds up those who are waited for.
    is_possible: bool,
}

impl Default for Linger {
    fn default() -> Self {
        let processors = available_parallelism();
        Self {
            sent: Arc::default(),
            committed: None,
            soon: LIMIT,
            is_possible: processors.is_ok_and(|processors| processors.get() > 1),
        }
    }
}

impl Linger {
    /// Makes [`LINGER`] known to a connection.
    pub(crate) fn teach(&self, connect: SqliteConnectOptions) -> SqliteConnectOptions {
        let sent = Arc::clone(&self.sent);
        let pause = Mutex::new(Pause::default());
        connect.collation(COLLATION, move |turn, nothing| {
            if let Ok(turn) = turn.parse::<u64>() {
                let mut pause = pause.lock().unwrap_or_else(PoisonError::into_inner);
                pause.or_linger(|| linger(|| sent.load(Acquire) != turn, Instant::now));
            }
            turn.cmp(nothing)
        })
    }

    /// The value for [`LINGER`] in a commit of so many appends that is sent next, `now`.
    pub(crate) fn turn(&self, appends: usize, now: Instant) -> Option<String> {
        let came_soon = |committed| now.saturating_duration_since(committed) < self.soon;
        let is_worth_it =
            self.is_possible && appends <= MOST_APPENDS && self.committed.is_some_and(came_soon);
        is_worth_it.then(|| (self.sent.load(Acquire) + 1).to_string())
    }

    /// Awaits a command to SQLite's thread. The thread lingers until it has been sent, which is when it has been
    /// polled once.
    pub(crate) async fn until_sent<C: Future>(&self, command: C) -> C::Output {
        let mut command = pin!(command);
        let mut is_sent = false;
        std::future::poll_fn(|context| {
            let polled = command.as_mut().poll(context);
            if !std::mem::replace(&mut is_sent, true) {
                self.sent.fetch_add(1, Release);
            }
            polled
        })
        .await
    }

    /// Notes when the last commit ended.
    pub(crate) fn committed(&mut self, at: Instant) {
        self.committed = Some(at);
    }
}

/// Lingers until the next command `is_sent`. In vain where it does not come in time, maybe because somebody else took
/// the processor for long.
fn linger(is_sent: impl Fn() -> bool, now: impl Fn() -> Instant) -> bool {
    let begun = now();
    while !is_sent() {
        yield_now();
        if now().saturating_duration_since(begun) > LIMIT {
            return false;
        }
    }
    true
}

/// When not to linger.
struct Pause {
    left: u32,
    next: u32,
}

impl Default for Pause {
    fn default() -> Self {
        Self {
            left: 0,
            next: *PAUSES.start(),
        }
    }
}

impl Pause {
    /// Lets a thread linger, if there is no pause; it tells whether that was of use.
    fn or_linger(&mut self, linger: impl FnOnce() -> bool) {
        if self.left > 0 {
            self.left -= 1;
        } else if linger() {
            self.next = (self.next - self.next / 64 - 1).max(*PAUSES.start());
        } else {
            self.left = self.next;
            self.next = (self.next * 2).min(*PAUSES.end());
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;
    use std::cmp::Ordering;

    use sqlx::{ConnectOptions, Connection};

    use super::*;

    /// One that finds that everything comes soon, and a collation for it that tells what it is called with.
    pub(crate) fn told(
        tell: impl Fn(&str) + Send + Sync + 'static,
    ) -> (Linger, SqliteConnectOptions) {
        let linger = Linger {
            soon: Duration::MAX,
            is_possible: true,
            ..Linger::default()
        };
        let connect = SqliteConnectOptions::new().in_memory(true);
        let connect = connect.collation(COLLATION, move |turn, nothing| {
            tell(turn);
            turn.cmp(nothing)
        });
        (linger, connect)
    }

    /// One that has seen a commit end at `committed`.
    fn after_a_commit(committed: Instant) -> Linger {
        Linger {
            committed: Some(committed),
            is_possible: true,
            ..Linger::default()
        }
    }

    #[test]
    fn a_thread_lingers_after_few_appends_that_followed_soon() {
        let committed = Instant::now();
        let linger = after_a_commit(committed);
        let soon = committed + LIMIT / 2;
        assert_eq!(linger.turn(1, soon).as_deref(), Some("1"));
        assert!(linger.turn(MOST_APPENDS, soon).is_some());
        assert_eq!(linger.turn(MOST_APPENDS + 1, soon), None);
        assert_eq!(linger.turn(1, committed + LIMIT), None);
        let first = Linger {
            is_possible: true,
            ..Linger::default()
        };
        assert_eq!(first.turn(1, soon), None);
    }

    #[test]
    fn a_thread_does_not_linger_on_the_only_processor() {
        let committed = Instant::now();
        let linger = Linger {
            is_possible: false,
            ..after_a_commit(committed)
        };
        assert_eq!(linger.turn(1, committed), None);
    }

    #[tokio::test]
    async fn a_command_is_sent_once_it_has_been_polled() {
        let committed = Instant::now();
        let linger = after_a_commit(committed);
        let sent = || linger.sent.load(Acquire);
        let turn = linger.turn(1, committed).unwrap();
        let mut seen = Vec::new();
        let command = std::future::poll_fn(|context| {
            seen.push(sent());
            context.waker().wake_by_ref();
            match seen.len() {
                3 => std::task::Poll::Ready("done"),
                _ => std::task::Poll::Pending,
            }
        });
        assert_eq!(linger.until_sent(command).await, "done");
        assert_eq!(seen, [0, 1, 1]);
        assert_eq!(turn, sent().to_string(), "lingers until another is sent");
        linger.until_sent(std::future::ready(())).await;
        assert_eq!(sent(), 2);
    }

    /// A clock that moves on by these steps, over and over.
    fn clock(steps: &[Duration]) -> impl Fn() -> Instant {
        let (now, looks) = (Cell::new(Instant::now()), Cell::new(0));
        move || {
            let step = steps[looks.get() % steps.len()];
            looks.set(looks.get() + 1);
            now.set(now.get() + step);
            now.get()
        }
    }

    #[test]
    fn lingering_ends_when_the_next_command_is_sent() {
        for in_vain in [0, 1, 9] {
            let looks = Cell::new(0);
            let is_sent = || looks.replace(looks.get() + 1) >= in_vain;
            assert!(linger(is_sent, clock(&[LIMIT / 10])));
            assert_eq!(looks.get(), in_vain + 1);
        }
    }

    #[test]
    fn lingering_ends_after_a_while() {
        assert!(!linger(|| false, clock(&[LIMIT / 10])));
    }

    #[test]
    fn lingering_ends_where_somebody_takes_the_processor() {
        let looks = Cell::new(0);
        let is_sent = || looks.replace(looks.get() + 1) > 1;
        let taken = LIMIT + Duration::from_nanos(1);
        assert!(!linger(is_sent, clock(&[Duration::ZERO, taken])));
        assert_eq!(looks.get(), 1);
    }

    #[test]
    fn a_thread_pauses_after_it_has_lingered_in_vain() {
        let mut pause = Pause::default();
        // How many turns are left out before it lingers.
        let mut left_out = |is_of_use| {
            let lingered = Cell::new(false);
            let mut turns = 0;
            while !lingered.get() {
                pause.or_linger(|| {
                    lingered.set(true);
                    is_of_use
                });
                turns += 1;
            }
            turns - 1
        };
        assert_eq!(left_out(false), 0);
        assert_eq!(left_out(false), 16);
        assert_eq!(left_out(true), 32);
        // It would have been 64; and two are off.
        assert_eq!(left_out(false), 0);
        assert_eq!(left_out(true), 62);
        for _ in 0..100 {
            assert_eq!(left_out(true), 0);
        }
        assert_eq!(left_out(false), 0);
        for doubled in 0..8 {
            assert_eq!(left_out(false), 16 << doubled);
        }
        assert_eq!(left_out(false), 4_096);
        assert_eq!(left_out(false), 4_096);
    }

    #[tokio::test]
    async fn the_statement_compares_its_value_and_nothing_for_null() {
        let compared = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&compared);
        let counting = move |one: &str, other: &str| {
            seen.lock()
                .unwrap()
                .push((one.to_owned(), other.to_owned()));
            Ordering::Less
        };
        let taught = Linger::default().teach(SqliteConnectOptions::new());
        for connect in [
            taught,
            SqliteConnectOptions::new().collation(COLLATION, counting),
        ] {
            let mut connection = connect.in_memory(true).connect().await.unwrap();
            for turn in [None, Some("7")] {
                let rows = sqlx::query(LINGER).bind(turn).fetch_all(&mut connection);
                assert!(rows.await.unwrap().is_empty());
            }
            connection.close().await.unwrap();
        }
        assert_eq!(*compared.lock().unwrap(), [("7".to_owned(), String::new())]);
    }
}
