//! The root value of a document; no other content may follow it (section 5).

use serde::de::{DeserializeSeed, IgnoredAny};

use crate::toon::DecodeErrorKind;
use crate::toon::decode::block::Start;
use crate::toon::decode::content::{self, Content, ContentKind};
use crate::toon::decode::duplicates::Duplicates;
use crate::toon::decode::fault::{self, Fault};
use crate::toon::decode::options::{DecodeOptions, Mode};
use crate::toon::decode::reader::Reader;

/// Reads a document without a byte-order mark.
pub(super) fn read<'de, S: DeserializeSeed<'de>>(
    text: &'de str,
    options: DecodeOptions,
    seed: S,
) -> Result<S::Value, Fault> {
    let duplicates = match options.mode {
        Mode::Strict => Duplicates::Refuse,
        Mode::Lenient => noted(text, options)?,
    };
    read_once(&mut Reader::new(text, options, duplicates), seed)
}

/// Reads the document once to find its duplicate keys. A lenient decoder needs them before it reads
/// the values.
fn noted(text: &str, options: DecodeOptions) -> Result<Duplicates, Fault> {
    let nothing = Duplicates::Note(Default::default());
    let mut reader = Reader::new(text, options, nothing);
    read_once(&mut reader, std::marker::PhantomData::<IgnoredAny>)?;
    Ok(reader.duplicates.noted())
}

fn read_once<'de, S: DeserializeSeed<'de>>(
    reader: &mut Reader<'de>,
    seed: S,
) -> Result<S::Value, Fault> {
    let root = root(reader)?;
    let value = fault::with_offset(root.read(reader, seed), root.offset)?;
    match reader.lines.peek()? {
        Some(line) => Err(Fault::new(DecodeErrorKind::TrailingContent, line.content)),
        None => Ok(value),
    }
}

fn root(reader: &mut Reader<'_>) -> Result<Content, Fault> {
    let object = Content::block(Start::Object { floor: 0 }, 0);
    let Some(&line) = reader.lines.peek()? else {
        return Ok(object);
    };
    if line.depth > 0 {
        let kind = DecodeErrorKind::TooFarIndented {
            expected: 0,
            found: line.depth,
        };
        return Err(Fault::new(kind, line.content));
    }
    let bytes = reader.text().as_bytes();
    if let Some(array) = content::keyless(bytes, line.content, &line) {
        reader.lines.advance();
        return Ok(Content::block(array, line.content));
    }
    if content::is_field(bytes, &line) {
        return Ok(object);
    }
    reader.lines.advance();
    if reader.lines.peek()?.is_some() {
        return Err(Fault::new(DecodeErrorKind::MissingColon, line.end));
    }
    Ok(Content {
        kind: ContentKind::Scalar,
        offset: line.content,
    })
}
