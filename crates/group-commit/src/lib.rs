//! A queue of writes whose callers drive one commit at a time.
//!
//! A [`GroupWriter`] commits a group of jobs, each with a slot for its answer. [`GroupCommit`]
//! gives it one group after the other. While a commit runs, jobs gather for the next one, so 64
//! callers share a commit without a timer.
//!
//! No task and no thread of the queue runs commits. The callers do: each polls the running commit,
//! also one without its own job, to the end of the commit that answers its own job.
//!
//! - The commit is a [`Shared`] future, kept here. A caller that is dropped does not stop it, and a
//!   caller that is left unpolled does not delay it, because the progress of the commit wakes all
//!   callers.
//! - Nothing here belongs to an async runtime.
//!
//! ```
//! use std::sync::Arc;
//! use group_commit::{GroupCommit, GroupWriter, Waiting};
//!
//! /// Adds numbers, and answers each with the sum so far.
//! struct Sum(u64);
//!
//! impl GroupWriter for Sum {
//!     type Job = Arc<Waiting<u64, u64>>;
//!
//!     const MAX_JOBS: usize = 256;
//!     const MAX_WEIGHT: usize = 1_000;
//!
//!     fn weight(_: &Self::Job) -> usize {
//!         1
//!     }
//!
//!     fn is_abandoned(job: &Self::Job) -> bool {
//!         Waiting::is_abandoned(job)
//!     }
//!
//!     async fn serve(&mut self, jobs: Vec<Self::Job>) {
//!         for job in jobs {
//!             self.0 += job.request;
//!             job.answer(self.0);
//!         }
//!     }
//!
//!     async fn after_panic(&mut self, jobs: &[Self::Job]) {
//!         jobs.iter().for_each(|job| job.answer(u64::MAX));
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let sums = GroupCommit::new(Sum(0));
//! assert_eq!(sums.submit(5, |job| job).await, 5);
//! assert_eq!(sums.submit(7, |job| job).await, 12);
//! # }
//! ```

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, Shared};

mod caller;
mod waiting;

pub use waiting::Waiting;

/// Commits groups of jobs, one group after the other.
pub trait GroupWriter: Send + 'static {
    /// A write that waits. Clones share the slot for the answer.
    type Job: Clone + Send + Sync + 'static;

    /// The most jobs in one group.
    const MAX_JOBS: usize;

    /// The most weight of a group of several jobs. A heavier job is a group of its own.
    const MAX_WEIGHT: usize;

    /// The weight of a job, for example the number of its events.
    fn weight(job: &Self::Job) -> usize;

    /// Whether the caller of a job has gone away. The queue drops such a job before its turn.
    fn is_abandoned(job: &Self::Job) -> bool;

    /// Commits a group, and answers each of its jobs.
    fn serve(&mut self, jobs: Vec<Self::Job>) -> impl Future<Output = ()> + Send;

    /// Answers the jobs of a group in which [`serve`](Self::serve) has panicked, for example in a
    /// subscriber of `tracing`. A job that has its answer keeps it.
    fn after_panic(&mut self, jobs: &[Self::Job]) -> impl Future<Output = ()> + Send;
}

/// The queue of jobs and the one commit that runs at a time.
pub struct GroupCommit<W: GroupWriter> {
    queue: Arc<Mutex<Vec<W::Job>>>,
    running: Mutex<Option<Shared<BoxFuture<'static, ()>>>>,
    writer: Arc<futures_util::lock::Mutex<W>>,
}

impl<W: GroupWriter> GroupCommit<W> {
    /// An empty queue before a writer.
    #[must_use]
    pub fn new(writer: W) -> Self {
        Self {
            queue: Arc::default(),
            running: Mutex::default(),
            writer: Arc::new(futures_util::lock::Mutex::new(writer)),
        }
    }

    /// Puts a job into the queue and waits for its answer. `job` makes it of the request and its
    /// slot.
    pub async fn submit<R, A>(
        &self,
        request: R,
        job: impl FnOnce(Arc<Waiting<R, A>>) -> W::Job,
    ) -> A {
        let waiting = Waiting::new(request);
        lock(&self.queue).push(job(Arc::clone(&waiting)));
        loop {
            let mut commit = self.running_commit();
            poll_fn(|context| caller::poll(&mut commit, context)).await;
            if let Some(answer) = waiting.take_answer() {
                return answer;
            }
        }
    }

    /// The commit that runs now. If none does, the commit of the next group.
    fn running_commit(&self) -> Shared<BoxFuture<'static, ()>> {
        let mut running = lock(&self.running);
        match &*running {
            Some(commit) if commit.peek().is_none() => commit.clone(),
            _ => {
                let commit = commit_group(Arc::clone(&self.queue), Arc::clone(&self.writer));
                running.insert(commit.boxed().shared()).clone()
            }
        }
    }
}

/// Serves a group of the jobs in the queue.
async fn commit_group<W: GroupWriter>(
    queue: Arc<Mutex<Vec<W::Job>>>,
    writer: Arc<futures_util::lock::Mutex<W>>,
) {
    // Free at once: only one commit runs at a time.
    let mut writer = writer.lock().await;
    let mut jobs = next_group::<W>(&mut lock(&queue));
    jobs.retain(|job| !W::is_abandoned(job));
    // A panic must not poison the shared future.
    let served = AssertUnwindSafe(writer.serve(jobs.clone()));
    if served.catch_unwind().await.is_err() {
        writer.after_panic(&jobs).await;
    }
}

/// Takes the next group out of the queue.
fn next_group<W: GroupWriter>(queue: &mut Vec<W::Job>) -> Vec<W::Job> {
    let mut weight = 0;
    let fits = |job: &&W::Job| {
        weight += W::weight(job);
        weight <= W::MAX_WEIGHT
    };
    // At least one job, if there is one.
    let fitting = queue.iter().take(W::MAX_JOBS).take_while(fits).count();
    let group = fitting.max(1).min(queue.len());
    queue.drain(..group).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while it is locked leaves a whole value behind.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    type Job = Arc<Waiting<usize, Vec<usize>>>;

    /// Answers each job with the requests of its group. The request 13 panics.
    struct Groups;

    impl GroupWriter for Groups {
        type Job = Job;

        const MAX_JOBS: usize = 256;
        const MAX_WEIGHT: usize = 100_000;

        fn weight(job: &Job) -> usize {
            job.request
        }

        fn is_abandoned(job: &Job) -> bool {
            Waiting::is_abandoned(job)
        }

        async fn serve(&mut self, jobs: Vec<Job>) {
            // A commit waits for its disk. Each caller that polls it advances it by one step.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            let requests: Vec<_> = jobs.iter().map(|job| job.request).collect();
            for job in jobs {
                assert_ne!(job.request, 13, "a job panics");
                job.answer(requests.clone());
            }
        }

        async fn after_panic(&mut self, jobs: &[Job]) {
            jobs.iter().for_each(|job| job.answer(Vec::new()));
        }
    }

    #[test]
    fn a_group_has_a_most_of_weight_unless_it_is_one_job() {
        let sizes = [40_000, 60_000, 1, 100_000, 7];
        let mut queue: Vec<_> = sizes.map(Waiting::new).into();
        let mut groups = Vec::new();
        while !queue.is_empty() {
            let group = next_group::<Groups>(&mut queue);
            groups.push(group.iter().map(Groups::weight).collect::<Vec<_>>());
        }
        let expected = [vec![40_000, 60_000], vec![1], vec![100_000], vec![7]];
        assert_eq!(groups, expected);
        assert!(next_group::<Groups>(&mut queue).is_empty());
        queue.push(Waiting::new(100_001));
        assert_eq!(next_group::<Groups>(&mut queue).len(), 1);
    }

    #[test]
    fn a_group_has_a_most_of_jobs() {
        let mut queue = vec![Waiting::new(1); 257];
        assert_eq!(next_group::<Groups>(&mut queue).len(), 256);
        assert_eq!(next_group::<Groups>(&mut queue).len(), 1);
    }

    #[tokio::test]
    async fn jobs_that_wait_share_a_group() {
        let queue = GroupCommit::new(Groups);
        let (one, two, three) = tokio::join!(
            queue.submit(1, |job| job),
            queue.submit(2, |job| job),
            queue.submit(3, |job| job),
        );
        let groups: HashSet<_> = [one, two, three].into();
        assert!(groups.contains(&vec![2, 3]), "{groups:?}");
    }

    #[tokio::test]
    async fn a_dropped_caller_is_passed_over() {
        let queue = GroupCommit::new(Groups);
        let later = queue.submit(4, |job| job);
        lock(&queue.queue).push(Waiting::new(5));
        assert_eq!(queue.submit(6, |job| job).await, [6]);
        assert_eq!(later.await, [4]);
    }

    #[tokio::test]
    async fn a_panic_fails_its_group_and_no_later_job() {
        let queue = GroupCommit::new(Groups);
        let (first, panicked, behind) = tokio::join!(
            queue.submit(1, |job| job),
            queue.submit(13, |job| job),
            queue.submit(2, |job| job),
        );
        assert_eq!(first, [1]);
        assert_eq!((panicked, behind), (Vec::new(), Vec::new()));
        assert_eq!(queue.submit(3, |job| job).await, [3]);
    }
}
