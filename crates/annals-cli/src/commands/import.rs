//! The command `import`: the events of an export, into the store.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use super::blocking_read::blocking_read;
use crate::cli::{self, Global};
use crate::environment::{Environment, Purpose};
use crate::moving::MovingError;
use crate::print::printable;
use crate::progress::Progress;
use crate::run_error::{Left, RunError};
use crate::session::Session;
use schemars::JsonSchema;
use serde::Serialize;

/// The answer of `import`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ImportView {
    store: String,
    store_id: String,
    /// The number of events in the export.
    events: u64,
    imported: u64,
    already_there: u64,
    keeps_positions: bool,
    last_position: u64,
}

/// The bytes that are read at once.
const PIECE: u64 = 1024 * 1024;

pub(crate) async fn run(
    arguments: cli::Import,
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    if global.read_only {
        return Err(RunError::OnlyReads);
    }
    let mut lines = Lines::of(arguments.file, environment)?;
    if lines.can_be_read_again() {
        // Damaged lines are refused before a store is created.
        let mut inspection = log_transfer::Import::inspection();
        let progress = Progress::begin("checking the export", environment);
        lines.feed(&mut inspection, progress).await?;
        finish(&lines.from, inspection).await?;
    }
    let mut session = Session::open(global, Purpose::Create, environment).await?;
    let outcome = import(&mut lines, &mut session).await;
    session.close().await;
    outcome
}

async fn import(lines: &mut Lines, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let store = Arc::clone(&session.store.transfer);
    if lines.can_be_read_again() && store.head().await?.is_some() {
        // Other events are found before anything is written.
        let mut rehearsal = log_transfer::Import::rehearsal(&*store);
        let progress = Progress::begin("comparing", session.environment);
        lines.feed(&mut rehearsal, progress).await?;
        finish(&lines.from, rehearsal).await?;
    }
    let mut import = log_transfer::Import::into(&*store);
    let progress = Progress::begin("importing", session.environment);
    lines.feed(&mut import, progress).await?;
    let done = finish(&lines.from, import).await?;

    let (written, there) = (done.written, done.events - done.written);
    let head = store.head().await?.map_or(0, |head| head.get());
    let view = ImportView {
        store: session.absolute_place(),
        store_id: store.id().await?.to_string(),
        events: done.events,
        imported: written,
        already_there: there,
        keeps_positions: done.keeps_positions,
        last_position: head,
    };
    let answered = session.answer(&view, || {
        let mut text = format!("imported {written} events");
        if there > 0 {
            text.push_str(&format!("; {there} were there already"));
        }
        text.push_str(match done.keeps_positions {
            true => "; the log goes up to position ",
            false => ", with new positions and times; the log goes up to position ",
        });
        printable(&format!("{text}{head}"))
    });
    answered.map_err(|error| error.after_change(Left::Log))
}

/// The lines of an export.
struct Lines {
    /// The name for messages.
    from: String,
    /// The file, if it can be read several times.
    file: Option<PathBuf>,
    length: u64,
    input: Option<Box<dyn Read + Send>>,
}

impl Lines {
    /// The lines of a file, or of standard input for `-`.
    fn of(path: PathBuf, environment: &mut Environment<'_>) -> Result<Self, MovingError> {
        if path.as_os_str() == "-" {
            let input = std::mem::replace(&mut environment.input, Box::new(io::empty()));
            return Ok(Self {
                from: "the input".to_owned(),
                file: None,
                length: 0,
                input: Some(input),
            });
        }
        let from = path.display().to_string();
        let opened = File::open(&path).and_then(|file| Ok((file.metadata()?, file)));
        match opened {
            Ok((found, _)) if found.is_dir() => Err(MovingError::Unreadable {
                from,
                source: io::ErrorKind::IsADirectory.into(),
            }),
            Ok((found, file)) => Ok(Self {
                from,
                file: found.is_file().then_some(path),
                length: found.len(),
                input: Some(Box::new(file)),
            }),
            Err(source) => Err(MovingError::Unreadable { from, source }),
        }
    }

    fn can_be_read_again(&self) -> bool {
        self.file.is_some()
    }

    /// Reads all lines into an import, from the beginning.
    async fn feed(
        &mut self,
        import: &mut log_transfer::Import<'_>,
        mut progress: Progress,
    ) -> Result<(), MovingError> {
        let unreadable = |source| MovingError::Unreadable {
            from: self.from.clone(),
            source,
        };
        let mut input: Box<dyn Read + Send> = match (self.input.take(), &self.file) {
            (Some(input), _) => input,
            (None, Some(path)) => Box::new(File::open(path).map_err(unreadable)?),
            (None, None) => Box::new(io::empty()),
        };
        let mut done = 0;
        loop {
            let read = blocking_read(move || {
                let mut piece = Vec::new();
                input.by_ref().take(PIECE).read_to_end(&mut piece)?;
                Ok((input, piece))
            });
            let (rest, piece) = read.await.map_err(unreadable)?;
            if piece.is_empty() {
                return Ok(());
            }
            input = rest;
            let taken = import.take(&piece).await;
            taken.map_err(|error| MovingError::import(&self.from, import.done().written, error))?;
            done += u64::try_from(piece.len()).unwrap_or(0);
            progress.update(done, self.length.max(done));
        }
    }
}

async fn finish(
    from: &str,
    import: log_transfer::Import<'_>,
) -> Result<log_transfer::Imported, MovingError> {
    let before = import.done().written;
    let finished = import.finish().await;
    finished.map_err(|error| MovingError::import(from, before, error))
}
