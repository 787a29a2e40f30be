//! The command `toon`: converting JSON to TOON and back, without a store.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use serialization::toon::{self, DecodeOptions, EncodeOptions};

use super::blocking_read::blocking_read;
use crate::cli::{Decode, Encode, Toon};
use crate::environment::Environment;
use crate::run_error::RunError;
use crate::transcode::{ParseError, from_json, from_toon, text};

pub(crate) async fn run(toon: Toon, environment: &mut Environment<'_>) -> Result<(), RunError> {
    let answer = match toon {
        Toon::Encode(arguments) => encode(arguments, environment).await?,
        Toon::Decode(arguments) => decode(arguments, environment).await?,
    };
    Ok(writeln!(environment.out.to, "{answer}")?)
}

async fn encode(arguments: Encode, environment: &mut Environment<'_>) -> Result<String, RunError> {
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
    toon::to_string_with(&value, options).map_err(|source| RunError::Unencodable { from, source })
}

async fn decode(arguments: Decode, environment: &mut Environment<'_>) -> Result<String, RunError> {
    let Document { from, bytes } = Document::read(arguments.file, environment).await?;
    let malformed = |error| malformed(&from, "TOON", error);
    let options = match arguments.lenient {
        true => DecodeOptions::lenient(),
        false => DecodeOptions::strict(),
    };
    let options = options.with_indent(arguments.indent);
    let value = text(&bytes)
        .and_then(|text| from_toon(text, options))
        .map_err(malformed)?;
    let json = match arguments.pretty {
        true => serde_json::to_string_pretty(&value),
        false => serde_json::to_string(&value),
    };
    Ok(json.map_err(io::Error::from)?)
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
