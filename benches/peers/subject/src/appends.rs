//! The writing columns: tasks that append, each to its own stream, with an expected version.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

use crate::event::stream;
use crate::latencies::figures;
use crate::{Figures, Outcome, Store, StreamWrite, Waiting};

/// The versions of the streams that the tasks append to.
#[derive(Debug, Default)]
pub(crate) struct Appends {
    /// The version that all streams of a column have, by the column's number of tasks and batch
    /// size.
    versions: HashMap<(usize, usize), u64>,
}

/// The times of one run: of each append, and of all tasks together.
struct Run {
    each: Vec<Duration>,
    elapsed: Duration,
}

/// The times of one worker.
struct Done {
    started: Instant,
    ended: Instant,
    each: Vec<Duration>,
}

impl Appends {
    /// Appends for about `seconds`. A trial run of a tenth of that time estimates the number of
    /// appends. They are prepared before the clock starts.
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

    /// Lets every task append `count` times.
    async fn run<S: Store>(
        &mut self,
        store: &Arc<S>,
        (tasks, batch): (usize, usize),
        count: usize,
    ) -> Outcome<Run> {
        let version = self.versions.entry((tasks, batch)).or_default();
        let start = Arc::new(Barrier::new(tasks + 1));
        let mut writes: Vec<Vec<StreamWrite>> = (0..tasks).map(|_| Vec::new()).collect();
        // Several processes may append to one store.
        let category = format!("append_{}_{tasks}_{batch}", std::process::id());
        for nth in 0..count {
            // Create events in about the order of their appends, so that ids rise along the log as
            // in a real program.
            for (task, writes) in writes.iter_mut().enumerate() {
                let stream = stream(&category, task);
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
        // The workers take the times themselves. Among many tasks, this one may run last.
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
    // Each worker prepares its own appends, as programs do. Freeing much memory that another thread
    // has allocated is slow, and is not a property of a store.
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
