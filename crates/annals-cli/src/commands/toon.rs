//! The command `toon`: converting JSON to TOON and back, without a store.

use std::fs;
use std::path::PathBuf;

use serialization::toon::{self, DecodeOptions, EncodeOptions};

use super::document::Document;
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
