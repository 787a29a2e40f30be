//! Documents from a file or from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use super::blocking_read::blocking_read;
use crate::environment::Environment;
use crate::run_error::RunError;

/// A document, and the name of its source for error messages.
pub(super) struct Document {
    pub(super) from: String,
    pub(super) bytes: Vec<u8>,
}

impl Document {
    /// Reads a file, or standard input for `-` and for no file.
    pub(super) async fn read(
        file: Option<PathBuf>,
        environment: &mut Environment<'_>,
    ) -> Result<Self, RunError> {
        let file = file.filter(|path| path.as_os_str() != "-");
        let from = file
            .as_ref()
            .map_or_else(|| "the input".to_owned(), |path| path.display().to_string());
        let input = std::mem::replace(&mut environment.input, Box::new(io::empty()));
        let bytes = blocking_read(move || read_all(file, input)).await;
        match bytes {
            Ok(bytes) => Ok(Self { from, bytes }),
            Err(source) => Err(RunError::Unreadable { from, source }),
        }
    }
}

fn read_all(file: Option<PathBuf>, mut input: Box<dyn Read + Send>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match file {
        Some(path) => File::open(path)?.read_to_end(&mut bytes)?,
        None => input.read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}
