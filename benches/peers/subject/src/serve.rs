//! Owns the process of a subject: it reads what is asked line by line and answers each line.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use crate::appends::Appends;
use crate::reads::Reads;
use crate::{Answer, Outcome, Request, Store};

/// Answers on standard output what is asked on standard input, until there is nothing more. The
/// files are put into `folder`.
///
/// # Errors
/// Where a file cannot be made or a line is no request; a store's own refusal is an
/// [`Answer::Failed`].
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
        let answer = runtime
            .block_on(subject.answer(folder, request))
            .unwrap_or_else(|error| Answer::Failed(error.to_string()));
        let mut output = std::io::stdout().lock();
        serde_json::to_writer(&mut output, &answer)?;
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
    async fn answer(&mut self, folder: &Path, request: Request) -> Outcome<Answer> {
        match request {
            Request::Fill(shape) => {
                let (reads, filled) = Reads::fill(&folder.join("filled"), shape).await?;
                self.reads = Some(reads);
                Ok(Answer::Filled(filled))
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
                Ok(Answer::Measured(figures))
            }
            Request::AppendAll { tasks, appends } => {
                let figures = self
                    .appends
                    .measure_count(&self.store, (tasks, 1), appends)
                    .await?;
                Ok(Answer::Measured(figures))
            }
            Request::Load { seconds } => {
                let reads = self.reads.as_mut().ok_or("nothing is filled yet")?;
                Ok(Answer::Measured(reads.measure_loads(seconds).await?))
            }
            Request::Scan { seconds } => {
                let reads = self.reads.as_ref().ok_or("nothing is filled yet")?;
                Ok(Answer::Measured(reads.measure_scans(seconds).await?))
            }
        }
    }
}
