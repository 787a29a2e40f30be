//! Owns the classes of lines (section 5.2): what a field and a list item say their value is.

use std::borrow::Cow;

use serde::de::DeserializeSeed;

use crate::toon::decode::block::{Block, Form};
use crate::toon::decode::fault::Fault;
use crate::toon::decode::header::{Header, Limits, flaw};
use crate::toon::decode::inline::Values;
use crate::toon::decode::lines::Line;
use crate::toon::decode::quoted;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::rows::Declared;
use crate::toon::decode::scalar::Scalar;
use crate::toon::{DecodeErrorKind, HeaderFlaw};

/// A value that is not read yet.
pub(super) enum Content<'de> {
    Scalar(Scalar<'de>),
    Block(Block<'de>),
}

/// What a line has of the value of its field. It is looked at when it is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'de> {
    /// What stands after the colon, up to the end of the line.
    Plain(&'de str),
    /// The header whose bracket stands there.
    Array(usize),
}

impl<'de> Content<'de> {
    /// Reads the value. An error takes its place also where the type finds it only after reading.
    #[inline]
    pub(super) fn read<S: DeserializeSeed<'de>>(
        self,
        reader: &mut Reader<'de>,
        seed: S,
    ) -> Result<S::Value, Fault> {
        match self {
            Self::Scalar(scalar) => scalar.read(seed),
            Self::Block(block) => block.read(reader, seed),
        }
    }
}

/// A key, as it is written and as it is meant.
pub(super) struct Key<'de> {
    /// With its quotes, if it has any.
    pub(super) written: &'de str,
    pub(super) name: Cow<'de, str>,
}

impl<'de> Key<'de> {
    #[inline]
    fn plain(text: &'de str) -> Self {
        Self {
            written: text,
            name: Cow::Borrowed(text),
        }
    }
}

/// The key and the value of the field that a line of an object is, where a colon stands before any
/// bracket or quote.
#[inline]
pub(super) fn plain_field<'de>(text: &'de str, line: &Line) -> Option<(&'de str, Value<'de>)> {
    if text.as_bytes().get(line.mark) != Some(&b':') {
        return None;
    }
    let key = trim_end(&text[line.content..line.mark]);
    Some((key, Value::plain(text, line.mark + 1, line)))
}

/// The key and the value of the field that a line of an object is.
pub(super) fn field<'de>(text: &'de str, line: &Line) -> Result<(Key<'de>, Value<'de>), Fault> {
    if let Some((key, value)) = plain_field(text, line) {
        return Ok((Key::plain(key), value));
    }
    let bytes = &text.as_bytes()[..line.end];
    let start = line.content;
    if bytes[start] == b'"' {
        let (key, after) = quoted_key(text, line)?;
        return match bytes.get(after) {
            Some(b':') => Ok((key, Value::plain(text, after + 1, line))),
            Some(b'[') => Ok((key, header(after, line, bytes)?)),
            _ => Err(Fault::new(DecodeErrorKind::MissingColon, after)),
        };
    }
    let stop = quoted::find_two_unquoted(bytes, line.mark, line.end, [b':', b'['])
        .ok_or_else(|| Fault::new(DecodeErrorKind::MissingColon, line.end))?;
    let key = &text[start..stop];
    if bytes[stop] == b'[' {
        return Ok((Key::plain(key), header(stop, line, bytes)?));
    }
    let value = Value::plain(text, stop + 1, line);
    Ok((Key::plain(trim_end(key)), value))
}

/// The value of a field whose key a bracket follows.
fn header<'de>(bracket: usize, line: &Line, bytes: &[u8]) -> Result<Value<'de>, Fault> {
    if !has_colon(bytes, bracket, line.end) {
        return Err(Fault::new(DecodeErrorKind::MissingColon, line.end));
    }
    if bracket == line.content {
        return Err(flaw(HeaderFlaw::NoKey, bracket));
    }
    if matches!(bytes[bracket - 1], b' ' | b'\t') {
        return Err(flaw(HeaderFlaw::SpaceBeforeBracket, bracket - 1));
    }
    Ok(Value::Array(bracket))
}

/// The key of an entry of a keyed table, and the place after its colon.
pub(super) fn entry_key<'de>(text: &'de str, line: &Line) -> Result<(Key<'de>, usize), Fault> {
    let bytes = &text.as_bytes()[..line.end];
    if bytes[line.content] == b'"' {
        let (key, after) = quoted_key(text, line)?;
        return match bytes.get(after) {
            Some(b':') => Ok((key, after + 1)),
            _ => Err(Fault::new(DecodeErrorKind::MissingColon, after)),
        };
    }
    let colon = quoted::find_unquoted(bytes, line.mark, line.end, b':')
        .ok_or_else(|| Fault::new(DecodeErrorKind::MissingColon, line.end))?;
    let key = trim_end(&text[line.content..colon]);
    Ok((Key::plain(key), colon + 1))
}

/// The key without the spaces before its colon, of which there are hardly ever any.
#[inline]
fn trim_end(key: &str) -> &str {
    if key.as_bytes().last() == Some(&b' ') {
        trim_spaces(key)
    } else {
        key
    }
}

#[cold]
fn trim_spaces(key: &str) -> &str {
    key.trim_end_matches(' ')
}

/// The key of a line that begins with a quote, and the place of what has to be a colon or the
/// bracket of a header.
fn quoted_key<'de>(text: &'de str, line: &Line) -> Result<(Key<'de>, usize), Fault> {
    let bytes = &text.as_bytes()[..line.end];
    let start = line.content;
    let closing = quoted::closing_quote(bytes, start)
        .ok_or_else(|| Fault::new(DecodeErrorKind::UnterminatedString, start))?;
    let key = Key {
        written: &text[start..=closing],
        name: quoted::unescape(&text[start + 1..closing], start + 1)?,
    };
    let after = match bytes.get(closing + 1) {
        Some(b'[') => closing + 1,
        _ => match skip_spaces(bytes, closing + 1) {
            bracket if bytes.get(bracket) == Some(&b'[') => closing + 1,
            after => after,
        },
    };
    Ok((key, after))
}

/// The value that the line of a list is which was last taken.
pub(super) fn item<'de>(reader: &mut Reader<'de>) -> Result<Content<'de>, Fault> {
    let text = reader.text();
    let line = *reader.lines.taken();
    let bytes = &text.as_bytes()[..line.end];
    let start = match bytes[line.content..] {
        [b'-'] => return Ok(Content::Block(Block::new(Form::EmptyObject, line.content))),
        [b'-', b' ', ..] => skip_spaces(bytes, line.content + 2),
        _ => return Err(Fault::new(DecodeErrorKind::ExpectedItem, line.content)),
    };
    let inner = Line {
        content: start,
        ..line
    };
    if let Some(array) = keyless(text, inner, reader.limits())? {
        return match &array {
            Content::Block(Block {
                form: Form::Table(_) | Form::Keyed(_),
                ..
            }) => Err(flaw(HeaderFlaw::NoKey, start)),
            _ => Ok(array),
        };
    }
    Ok(if is_field(bytes, &inner) {
        reader.lines.put_back(start);
        let floor = line.depth + 1;
        Content::Block(Block::new(Form::Object { floor }, start))
    } else {
        Content::Scalar(Scalar::new(&text[start..line.end], start))
    })
}

/// The array or the keyed table without a key that a list item or the root is, if it is one.
pub(super) fn keyless<'de>(
    text: &'de str,
    line: Line,
    limits: Limits,
) -> Result<Option<Content<'de>>, Fault> {
    let bytes = &text.as_bytes()[..line.end];
    if bytes[line.content] != b'[' {
        return Ok(None);
    }
    if &bytes[line.content..] == b"[]" {
        let block = Block::new(Form::EmptyArray, line.content);
        return Ok(Some(Content::Block(block)));
    }
    if !is_field(bytes, &line) {
        return Ok(None);
    }
    array(text, line.content, &line, limits)
        .map(Content::Block)
        .map(Some)
}

/// Whether a line has a colon outside of quotes: without one, it is neither a field nor a header.
pub(super) fn is_field(bytes: &[u8], line: &Line) -> bool {
    has_colon(bytes, line.mark, line.end)
}

fn has_colon(bytes: &[u8], from: usize, end: usize) -> bool {
    quoted::find_unquoted(bytes, from, end, b':').is_some()
}

/// The place after the spaces that stand at `start`.
#[inline]
pub(super) fn skip_spaces(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

impl<'de> Value<'de> {
    /// What stands after the colon before `after_colon`.
    #[inline]
    fn plain(text: &'de str, after_colon: usize, line: &Line) -> Self {
        let start = skip_spaces(&text.as_bytes()[..line.end], after_colon);
        Self::Plain(&text[start..line.end])
    }

    /// The array or the object of which the line holds the beginning.
    pub(super) fn block(
        self,
        text: &'de str,
        line: &Line,
        limits: Limits,
    ) -> Result<Block<'de>, Fault> {
        match self {
            Self::Array(bracket) => array(text, bracket, line, limits),
            Self::Plain("") => {
                let floor = line.depth + 1;
                Ok(Block::new(Form::Object { floor }, line.content))
            }
            Self::Plain(brackets) => Ok(Block::new(Form::EmptyArray, line.end - brackets.len())),
        }
    }
}

/// What a header declares whose bracket opens at `bracket`.
fn array<'de>(
    text: &'de str,
    bracket: usize,
    line: &Line,
    limits: Limits,
) -> Result<Block<'de>, Fault> {
    let (header, after_colon) = Header::parse(text, bracket, line.end, limits)?;
    let values = skip_spaces(&text.as_bytes()[..line.end], after_colon);
    let length = header.length;
    let floor = line.depth + 1;
    let form = match header.fields {
        Some(_) if values < line.end => return Err(flaw(HeaderFlaw::InlineValues, values)),
        Some(fields) => {
            let declared = Box::new(Declared {
                floor,
                length,
                delimiter: header.delimiter,
                fields,
            });
            if header.keyed {
                Form::Keyed(declared)
            } else {
                Form::Table(declared)
            }
        }
        None if values < line.end => Form::Inline {
            length,
            values: Values {
                delimiter: header.delimiter,
                start: values,
                end: line.end,
            },
        },
        None => Form::List { floor, length },
    };
    Ok(Block::new(form, bracket))
}
