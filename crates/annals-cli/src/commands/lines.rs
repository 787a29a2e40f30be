//! The lines of a file or of standard input, and an import that takes them.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use super::blocking_read::blocking_read;
use crate::environment::Environment;
use crate::moving::MovingError;
use crate::progress::Progress;

/// The bytes that are read at once.
const PIECE: u64 = 1024 * 1024;

/// The lines of an export.
pub(super) struct Lines {
    /// The name for messages.
    pub(super) from: String,
    /// The file, if it can be read several times.
    file: Option<PathBuf>,
    length: u64,
    input: Option<Box<dyn Read + Send>>,
}

impl Lines {
    /// The lines of a file, or of standard input for `-`.
    pub(super) fn of(
        path: PathBuf,
        environment: &mut Environment<'_>,
    ) -> Result<Self, MovingError> {
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

    pub(super) fn can_be_read_again(&self) -> bool {
        self.file.is_some()
    }

    /// Reads all bytes.
    pub(super) async fn whole(mut self) -> Result<Vec<u8>, MovingError> {
        let mut input = self.input.take().unwrap_or_else(|| Box::new(io::empty()));
        let read = blocking_read(move || {
            let mut bytes = Vec::new();
            input.read_to_end(&mut bytes)?;
            Ok(bytes)
        });
        read.await.map_err(|source| MovingError::Unreadable {
            from: self.from,
            source,
        })
    }

    /// Reads all lines into an import, from the beginning.
    pub(super) async fn feed(
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

pub(super) async fn finish(
    from: &str,
    import: log_transfer::Import<'_>,
) -> Result<log_transfer::Imported, MovingError> {
    let before = import.done().written;
    let finished = import.finish().await;
    finished.map_err(|error| MovingError::import(from, before, error))
}
