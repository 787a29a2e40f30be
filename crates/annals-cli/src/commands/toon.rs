//! The command `toon`: converting JSON to TOON and back, without a store.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use serialization::toon::{self, DecodeOptions, EncodeError, EncodeOptions};

use super::document::Document;
use crate::cli::{Decode, Direction, Encode, Toon};
use crate::environment::Environment;
use crate::run_error::RunError;
use crate::transcode::{ParseError, from_json, json_from_toon, text};

pub(crate) async fn run(toon: Toon, environment: &mut Environment<'_>) -> Result<(), RunError> {
    let direction = toon.direction();
    let direction = direction.map_err(|path| RunError::NoDirection { path })?;
    match direction {
        Direction::Encode(arguments) => encode(arguments, environment).await,
        Direction::Decode(arguments) => decode(arguments, environment).await,
    }
}

async fn encode(arguments: Encode, environment: &mut Environment<'_>) -> Result<(), RunError> {
    let Document { from, bytes } = Document::read(arguments.file, environment).await?;
    let malformed = |error| malformed(&from, "JSON", error);
    let json = text(&bytes).map_err(malformed)?;
    if json.trim().is_empty() {
        return Err(RunError::Empty { from });
    }
    let document = from_json(json).map_err(malformed)?;
    let options = EncodeOptions::new()
        .with_delimiter(arguments.delimiter.into())
        .with_indent(arguments.indent);
    let mut output = Output::new(arguments.output, environment);
    match toon::to_writer_with(&mut output, &document, options) {
        Ok(()) => output.end(),
        Err(EncodeError::Io(source)) => Err(output.failed(source)),
        Err(EncodeError::DuplicateKey { key }) if let Some(error) = document.duplicate(&key) => {
            Err(malformed(error))
        }
        Err(source) => Err(RunError::Unencodable { from, source }),
    }
}

async fn decode(arguments: Decode, environment: &mut Environment<'_>) -> Result<(), RunError> {
    let Document { from, bytes } = Document::read(arguments.file, environment).await?;
    let options = match arguments.lenient {
        true => DecodeOptions::lenient(),
        false => DecodeOptions::strict(),
    };
    let options = options.with_indent(arguments.indent);
    let json = text(&bytes).and_then(|text| json_from_toon(text, options, arguments.pretty));
    let json = json.map_err(|error| malformed(&from, "TOON", error))?;
    let mut output = Output::new(arguments.output, environment);
    match output.write_all(&json) {
        Ok(()) => output.end(),
        Err(source) => Err(output.failed(source)),
    }
}

/// The output of a conversion: standard output, or a file. The first byte replaces the file, so a
/// refused document replaces none.
struct Output<'o> {
    to: &'o mut dyn Write,
    path: Option<PathBuf>,
    file: Option<File>,
}

impl<'o> Output<'o> {
    fn new(path: Option<PathBuf>, environment: &'o mut Environment<'_>) -> Self {
        Self {
            to: &mut *environment.out.to,
            path,
            file: None,
        }
    }

    fn end(mut self) -> Result<(), RunError> {
        self.write_all(b"\n").map_err(|source| self.failed(source))
    }

    fn failed(self, source: io::Error) -> RunError {
        match self.path {
            Some(path) => RunError::Unwritable { path, source },
            None => RunError::Output(source),
        }
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match (&self.path, &mut self.file) {
            (None, _) => self.to.write(bytes),
            (Some(_), Some(file)) => file.write(bytes),
            (Some(path), file) => file.insert(File::create(path)?).write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn malformed(from: &str, format: &'static str, error: ParseError) -> RunError {
    RunError::Malformed {
        from: from.to_owned(),
        format,
        error,
    }
}
