//! The queue of jobs and the one commit that runs at a time.
//!
//! No task and no thread of the store runs commits. The callers do: each polls the running commit,
//! whichever jobs it serves, until its own job is answered (leader and followers, without a leader).
//!
//! - The commit is a [`Shared`] future, kept here. A caller that is dropped does not stop it, and a
//!   caller that is left unpolled does not delay it, because SQLite's progress wakes all callers.
//! - Each step of a commit is one SQL statement, a transaction of its own. So no lock on the file
//!   outlives a statement, even where nobody polls.
//! - Nothing here belongs to an async runtime.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, FutureExt, Shared};

use super::job::{Job, Waiting};
use super::writer::Writer;

/// The most jobs in one group.
const MAX_GROUP: usize = 256;

/// How often each caller polls the commit in vain before it stops waiting for further jobs.
const PATIENCE: usize = 2;

pub(crate) struct Committer {
    queue: Arc<Mutex<Vec<Job>>>,
    running: Mutex<Running>,
    writer: Arc<futures_util::lock::Mutex<Writer>>,
}

struct Running {
    /// The number of jobs in the last group.
    last_group: usize,
    commit: Option<Shared<BoxFuture<'static, usize>>>,
}

impl Committer {
    pub(crate) fn new(writer: Writer) -> Self {
        Self {
            queue: Arc::default(),
            running: Mutex::new(Running {
                last_group: 0,
                commit: None,
            }),
            writer: Arc::new(futures_util::lock::Mutex::new(writer)),
        }
    }

    /// Puts a job into the queue and waits for its answer.
    pub(crate) async fn submit<R, A>(
        &self,
        request: R,
        job: impl FnOnce(Arc<Waiting<R, A>>) -> Job,
    ) -> A {
        let waiting = Waiting::new(request);
        lock(&self.queue).push(job(Arc::clone(&waiting)));
        loop {
            self.running_commit().await;
            if let Some(answer) = waiting.take_answer() {
                return answer;
            }
        }
    }

    /// The commit that runs now; where none does, the one of the next group.
    fn running_commit(&self) -> Shared<BoxFuture<'static, usize>> {
        let mut running = lock(&self.running);
        if let Some(commit) = &running.commit {
            let Some(jobs) = commit.peek() else {
                return commit.clone();
            };
            running.last_group = *jobs;
        }
        let queue = Arc::clone(&self.queue);
        let writer = Arc::clone(&self.writer);
        let commit = commit_group(queue, writer, running.last_group)
            .boxed()
            .shared();
        running.commit = Some(commit.clone());
        commit
    }
}

/// Serves the jobs in the queue. Returns how many there were.
async fn commit_group(
    queue: Arc<Mutex<Vec<Job>>>,
    writer: Arc<futures_util::lock::Mutex<Writer>>,
    last_group: usize,
) -> usize {
    // Free at once: only one commit runs at a time.
    let mut writer = writer.lock().await;
    gather(&queue, last_group).await;
    let jobs: Vec<Job> = {
        let mut queue = lock(&queue);
        let group = queue.len().min(MAX_GROUP);
        queue.drain(..group).collect()
    };
    let served = jobs.len();
    writer.serve(jobs).await;
    served
}

/// Gives way to the callers that were just answered, so that their next jobs join this commit.
///
/// Without this, half of the callers would always wait while the other half is served. It ends when
/// as many jobs have come as callers wait or were just answered, or when no job comes any more: each
/// poll without a new job, by whichever caller, takes patience.
async fn gather(queue: &Mutex<Vec<Job>>, last_group: usize) {
    let mut jobs = lock(queue).len();
    let expected = (jobs + last_group).min(MAX_GROUP);
    let mut patience = PATIENCE * expected;
    while jobs < expected && patience > 0 {
        YieldNow::default().await;
        let now = lock(queue).len();
        if now == jobs {
            patience -= 1;
        }
        jobs = now;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while it is locked leaves a whole value behind.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets other tasks run before it goes on.
#[derive(Default)]
struct YieldNow {
    has_yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.has_yielded {
            return Poll::Ready(());
        }
        self.has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
