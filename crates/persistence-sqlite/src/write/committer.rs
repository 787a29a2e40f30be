//! The queue of jobs and the one commit that runs at a time.
//!
//! No task and no thread of the store runs commits. The callers do: each polls the running commit,
//! also one without its own job, to the end of the commit that answers its own job.
//!
//! - The commit is a [`Shared`] future, kept here. A caller that is dropped does not stop it, and a
//!   caller that is left unpolled does not delay it, because SQLite's progress wakes all callers.
//! - Each step of a commit is one SQL statement, a transaction of its own. So no lock on the file
//!   outlives a statement, even if all callers stop polling.
//! - Nothing here belongs to an async runtime.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, Shared};

use super::job::{Job, Waiting};
use super::writer::Writer;

/// The most jobs in one group.
const MAX_GROUP: usize = 256;

/// The most batches in a group of several jobs: as many as the events of one append, so that a
/// transaction does not become larger than the largest append makes it.
const MAX_BATCHES: usize = 100_000;

pub(crate) struct Committer {
    queue: Arc<Mutex<Vec<Job>>>,
    running: Mutex<Option<Shared<BoxFuture<'static, ()>>>>,
    writer: Arc<futures_util::lock::Mutex<Writer>>,
}

impl Committer {
    pub(crate) fn new(writer: Writer) -> Self {
        Self {
            queue: Arc::default(),
            running: Mutex::default(),
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
async fn commit_group(queue: Arc<Mutex<Vec<Job>>>, writer: Arc<futures_util::lock::Mutex<Writer>>) {
    // Free at once: only one commit runs at a time.
    let mut writer = writer.lock().await;
    let mut jobs = next_group(&mut lock(&queue));
    jobs.retain(|job| !job.is_abandoned());
    // A panic, for example of a subscriber of `tracing`, must not poison the shared future.
    let served = AssertUnwindSafe(writer.serve(jobs.clone()));
    if served.catch_unwind().await.is_err() {
        writer.after_panic(&jobs).await;
    }
}

/// Takes the next group out of the queue.
fn next_group(queue: &mut Vec<Job>) -> Vec<Job> {
    let mut batches = 0;
    let fits = |job: &&Job| {
        batches += job.batches();
        batches <= MAX_BATCHES
    };
    // At least one job, if there is one.
    let fitting = queue.iter().take(MAX_GROUP).take_while(fits).count();
    let group = fitting.max(1).min(queue.len());
    queue.drain(..group).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while it is locked leaves a whole value behind.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use shared_kernel::event::{EventIdGenerator, EventType};
    use shared_kernel::{Append, ExpectedVersion, NewEvent, StreamId};

    use super::*;
    use crate::codec::batch::encode;
    use crate::write::job::AppendRequest;

    /// An append of binary events, each of which is a batch.
    fn append(events: usize) -> Job {
        let ids = EventIdGenerator::default();
        let event = |_| {
            let event_type = EventType::new("Sent").unwrap();
            NewEvent::new(ids.generate().unwrap(), event_type, &b"\xff"[..])
        };
        let stream = StreamId::new("a-1").unwrap();
        let events = (0..events).map(event).collect();
        let append = Append::new().write(stream, ExpectedVersion::Any, events);
        Job::Append(Waiting::new(AppendRequest {
            batches: encode(&append).unwrap(),
            append,
            asked_at: Timestamp::UNIX_EPOCH,
        }))
    }

    #[test]
    fn a_group_has_a_most_of_batches_unless_it_is_one_append() {
        let sizes = [40_000, 60_000, 1, 100_000, 7];
        let mut queue: Vec<_> = sizes.map(append).into();
        let mut groups = Vec::new();
        while !queue.is_empty() {
            let group = next_group(&mut queue);
            groups.push(group.iter().map(Job::batches).collect::<Vec<_>>());
        }
        let expected = [vec![40_000, 60_000], vec![1], vec![100_000], vec![7]];
        assert_eq!(groups, expected);
        assert!(next_group(&mut queue).is_empty());
        queue.push(append(MAX_BATCHES + 1));
        assert_eq!(next_group(&mut queue).len(), 1);
    }

    #[test]
    fn a_group_has_a_most_of_jobs() {
        let mut queue = vec![append(1); MAX_GROUP + 1];
        assert_eq!(next_group(&mut queue).len(), MAX_GROUP);
        assert_eq!(next_group(&mut queue).len(), 1);
    }
}
