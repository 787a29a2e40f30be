//! Owns how the callers of writes that are committed are told.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

use crate::write_job::WriteJob;

/// So many are told at once.
const MANY: usize = 8;

/// Writes whose callers are to be told that they are committed, which happens when they are woken.
struct Answers(Mutex<Vec<Box<dyn WriteJob>>>);

impl Wake for Answers {
    fn wake(self: Arc<Self>) {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *jobs)
            .into_iter()
            .for_each(|job| job.committed());
    }
}

/// Tells the callers of writes that are committed. Many are told when this task would have its next turn: tokio wakes
/// another worker for all of them then. Else it wakes one for each, and where the system puts that on the processor of
/// this one, it takes it away each time, while all the others wait.
pub(crate) fn answer(jobs: Vec<Box<dyn WriteJob>>) {
    if jobs.len() < MANY {
        return jobs.into_iter().for_each(|job| job.committed());
    }
    let answers = Waker::from(Arc::new(Answers(Mutex::new(jobs))));
    let next_turn = pin!(tokio::task::yield_now());
    if next_turn
        .poll(&mut Context::from_waker(&answers))
        .is_ready()
    {
        answers.wake();
    }
}
