//! Owns the columns that write: tasks that append, each to a stream of its own, each append with
//! the version that it expects.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

use crate::event::stream;
use crate::latencies::figures;
use crate::{Figures, Outcome, Store, StreamWrite, Waiting};

/// Where the streams that are appended to have come.
#[derive(Debug, Default)]
pub(crate) struct Appends {
    /// The version of every stream of a column, by its number of tasks and the size of its batches.
    versions: HashMap<(usize, usize), u64>,
}

/// What a run of one round of tasks took.
struct Run {
    each: Vec<Duration>,
    elapsed: Duration,
}

/// What one worker did.
struct Done {
    started: Instant,
    ended: Instant,
    each: Vec<Duration>,
}

impl Appends {
    /// Appends for about `seconds`. How many appends that makes is found out in a tenth of the time
    /// beforehand; they are prepared before the clock starts.
    pub(crate) async fn measure<S: Store>(
        &mut self,
        store: &Arc<S>,
        (tasks, batch): (usize, usize),
        seconds: f64,
    ) -> Outcome<Figures> {
        let mut count = 1;
        let count = loop {
            let trial = self.run(store, (tasks, batch), count).await?;
            let elapsed = trial.elapsed.as_secs_f64();
            if elapsed >= seconds / 10.0 {
                let wanted = count as f64 * seconds / elapsed;
                break wanted.ceil().max(1.0) as usize;
            }
            count *= 2;
        };
        self.measure_count(store, (tasks, batch), count).await
    }

    /// Has every task append `count` times.
    pub(crate) async fn measure_count<S: Store>(
        &mut self,
        store: &Arc<S>,
        (tasks, batch): (usize, usize),
        count: usize,
    ) -> Outcome<Figures> {
        let run = self.run(store, (tasks, batch), count).await?;
        let events = run.each.len() * batch;
        Ok(figures(run.each, run.elapsed, events))
    }

    /// Has every task append `count` times.
    async fn run<S: Store>(
        &mut self,
        store: &Arc<S>,
        (tasks, batch): (usize, usize),
        count: usize,
    ) -> Outcome<Run> {
        let version = self.versions.entry((tasks, batch)).or_default();
        let start = Arc::new(Barrier::new(tasks + 1));
        let mut writes: Vec<Vec<StreamWrite>> = (0..tasks).map(|_| Vec::new()).collect();
        for nth in 0..count {
            // In the order in which they will be appended, about: ids are made when something happens, not
            // task by task beforehand.
            for (task, writes) in writes.iter_mut().enumerate() {
                let stream = stream(&format!("append_{tasks}_{batch}"), task);
                let expected = *version + (nth * batch) as u64;
                writes.push(StreamWrite::new(stream, expected, batch));
            }
        }
        let workers = writes.into_iter().map(|writes| {
            spawn(
                worker(Arc::clone(store), Arc::clone(&start), writes),
                S::WAITING,
            )
        });
        let workers: Vec<_> = workers.collect();
        *version += (count * batch) as u64;

        start.wait().await;
        let mut done = Vec::with_capacity(tasks);
        for worker in workers {
            done.push(worker.await??);
        }
        // Not by a clock of this task, which may be the last one to run when many are started.
        let started = done.iter().map(|done| done.started).min();
        let ended = done.iter().map(|done| done.ended).max();
        let (started, ended) = started.zip(ended).ok_or("no task appended")?;
        Ok(Run {
            elapsed: ended - started,
            each: done.into_iter().flat_map(|done| done.each).collect(),
        })
    }
}

async fn worker<S: Store>(
    store: Arc<S>,
    start: Arc<Barrier>,
    writes: Vec<StreamWrite>,
) -> Outcome<Done> {
    let mut each = Vec::with_capacity(writes.len());
    // By who appends it, as programs do: memory that another thread has taken in large amounts is given back
    // slowly, which is no property of a store.
    let appends = writes.into_iter().map(|write| store.prepare(vec![write]));
    let appends = appends.collect::<Outcome<Vec<_>>>()?;
    start.wait().await;
    let started = Instant::now();
    for append in appends {
        let begun = Instant::now();
        store.append(append).await?;
        each.push(begun.elapsed());
    }
    let ended = Instant::now();
    Ok(Done {
        started,
        ended,
        each,
    })
}

fn spawn<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    waiting: Waiting,
) -> JoinHandle<T> {
    match waiting {
        Waiting::Task => tokio::spawn(work),
        Waiting::Thread => {
            let runtime = Handle::current();
            tokio::task::spawn_blocking(move || runtime.block_on(work))
        }
    }
}
