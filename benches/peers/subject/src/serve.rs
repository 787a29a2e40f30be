//! The process of a subject: it reads requests line by line and responds to each.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use crate::appends::Appends;
use crate::reads::Reads;
use crate::{Outcome, Request, Response, Store};

/// Reads requests from standard input and writes responses to standard output, until the input
/// ends. The files are in `folder`.
///
/// # Errors
/// If a file cannot be created, or a line is not a request. An error of the store itself is
/// [`Response::Failed`].
pub fn serve<S: Store>(folder: &Path) -> Outcome<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let store = Arc::new(runtime.block_on(S::open(&folder.join("appended")))?);
    let mut subject = Subject {
        store,
        appends: Appends::default(),
        reads: None,
    };
    for line in std::io::stdin().lock().lines() {
        let request = serde_json::from_str(&line?)?;
        let response = runtime
            .block_on(subject.respond(folder, request))
            .unwrap_or_else(|error| Response::Failed(error.to_string()));
        let mut output = std::io::stdout().lock();
        serde_json::to_writer(&mut output, &response)?;
        writeln!(output)?;
        output.flush()?;
    }
    Ok(())
}

struct Subject<S> {
    store: Arc<S>,
    appends: Appends,
    reads: Option<Reads<S>>,
}

impl<S: Store> Subject<S> {
    async fn respond(&mut self, folder: &Path, request: Request) -> Outcome<Response> {
        match request {
            Request::Fill(shape) => {
                let (reads, filled) = Reads::fill(&folder.join("filled"), shape).await?;
                self.reads = Some(reads);
                Ok(Response::Filled(filled))
            }
            Request::Append {
                tasks,
                batch,
                seconds,
            } => {
                let figures = self
                    .appends
                    .measure(&self.store, (tasks, batch), seconds)
                    .await?;
                Ok(Response::Measured(figures))
            }
            Request::AppendAll { tasks, appends } => {
                let figures = self
                    .appends
                    .measure_count(&self.store, (tasks, 1), appends)
                    .await?;
                Ok(Response::Measured(figures))
            }
            Request::Load { seconds } => {
                let reads = self
                    .reads
                    .as_mut()
                    .ok_or("the first request has to be Fill")?;
                Ok(Response::Measured(reads.measure_loads(seconds).await?))
            }
            Request::Scan { seconds } => {
                let reads = self
                    .reads
                    .as_ref()
                    .ok_or("the first request has to be Fill")?;
                Ok(Response::Measured(reads.measure_scans(seconds).await?))
            }
        }
    }
}
