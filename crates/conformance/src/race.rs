//! The start line of a race: tasks that begin at one moment, on several threads.

use std::sync::Arc;

use tokio::sync::Barrier;

/// Runs `count` tasks that begin together, and gives their results in the order of their numbers.
pub(crate) async fn together<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let line = Arc::new(Barrier::new(count));
    let runners: Vec<_> = (0..count)
        .map(|number| {
            let line = Arc::clone(&line);
            let task = task(number);
            tokio::spawn(async move {
                line.wait().await;
                task.await
            })
        })
        .collect();
    let mut results = Vec::with_capacity(count);
    for runner in runners {
        results.push(finished(runner.await));
    }
    results
}

/// The result of a task; its panic goes on here, so that a law keeps its message.
pub(crate) fn finished<T>(result: Result<T, tokio::task::JoinError>) -> T {
    match result {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
