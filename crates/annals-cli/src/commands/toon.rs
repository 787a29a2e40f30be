//! The command `toon`: converting JSON to TOON and back, without a store.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;

use serialization::toon::{self, DecodeOptions, EncodeOptions};

use super::blocking_read::blocking_read;
use crate::cli::{Decode, Direction, Encode, Toon};
use crate::environment::Environment;
use crate::run_error::RunError;
use crate::transcode::{ParseError, from_json, json_from_toon, text};

pub(crate) async fn run(toon: Toon, environment: &mut Environment<'_>) -> Result<(), RunError> {
    let direction = toon.direction();
    let direction = direction.map_err(|path| RunError::NoDirection { path })?;
    let (mut answer, output) = match direction {
        Direction::Encode(arguments) => encode(arguments, environment).await?,
        Direction::Decode(arguments) => decode(arguments, environment).await?,
    };
    answer.push(b'\n');
    match output {
        None => Ok(environment.out.to.write_all(&answer)?),
        Some(path) => {
            fs::write(&path, answer).map_err(|source| RunError::Unwritable { path, source })
        }
    }
}

async fn encode(
    arguments: Encode,
    environment: &mut Environment<'_>,
) -> Result<(Vec<u8>, Option<PathBuf>), RunError> {
    let Document { from, bytes } = Document::read(arguments.file, environment).await?;
    let malformed = |error| malformed(&from, "JSON", error);
    let json = text(&bytes).map_err(malformed)?;
    if json.trim().is_empty() {
        return Err(RunError::Empty { from });
    }
    let value = from_json(json).map_err(malformed)?;
    let options = EncodeOptions::new()
        .with_delimiter(arguments.delimiter.into())
        .with_indent(arguments.indent);
    let toon = toon::to_string_with(&value, options);
    let toon = toon.map_err(|source| RunError::Unencodable { from, source })?;
    Ok((toon.into_bytes(), arguments.output))
}

async fn decode(
    arguments: Decode,
    environment: &mut Environment<'_>,
) -> Result<(Vec<u8>, Option<PathBuf>), RunError> {
    let Document { from, bytes } = Document::read(arguments.file, environment).await?;
    let options = match arguments.lenient {
        true => DecodeOptions::lenient(),
        false => DecodeOptions::strict(),
    };
    let options = options.with_indent(arguments.indent);
    let json = text(&bytes).and_then(|text| json_from_toon(text, options, arguments.pretty));
    let json = json.map_err(|error| malformed(&from, "TOON", error))?;
    Ok((json, arguments.output))
}

fn malformed(from: &str, format: &'static str, error: ParseError) -> RunError {
    RunError::Malformed {
        from: from.to_owned(),
        format,
        error,
    }
}

/// A document, and the name of its source for error messages.
struct Document {
    from: String,
    bytes: Vec<u8>,
}

impl Document {
    /// Reads a file, or standard input.
    async fn read(
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
