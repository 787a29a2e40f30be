//! The classification of lines (section 5.2): the kind of value that a field or a list item has.

use std::borrow::Cow;

use serde::de::DeserializeSeed;

use crate::toon::DecodeErrorKind;
use crate::toon::HeaderFlaw;
use crate::toon::decode::block::{self, Start};
use crate::toon::decode::fault::Fault;
use crate::toon::decode::lines::Line;
use crate::toon::decode::quoted;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::scalar::Scalar;

/// A value that begins on the line last taken and is not read yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content {
    pub(super) kind: ContentKind,
    pub(super) offset: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum ContentKind {
    /// A primitive value, from its offset to the end of the line.
    Scalar,
    /// An array or an object.
    Block(Start),
}

/// The part of a field's value that stands on the field's own line. The decoder parses it only when
/// the type asks for the value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'de> {
    /// The text after the colon: `7` in `id: 7`.
    Plain(&'de str),
    /// The text from the bracket of a header on: `[2]: a,b` in `tags[2]: a,b`.
    Array(&'de str),
}

impl Content {
    fn scalar(offset: usize) -> Self {
        let kind = ContentKind::Scalar;
        Self { kind, offset }
    }

    pub(super) fn block(start: Start, offset: usize) -> Self {
        let kind = ContentKind::Block(start);
        Self { kind, offset }
    }

    /// Reads the value.
    #[inline]
    pub(super) fn read<'de, S: DeserializeSeed<'de>>(
        self,
        reader: &mut Reader<'de>,
        seed: S,
    ) -> Result<S::Value, Fault> {
        match self.kind {
            ContentKind::Scalar => {
                let token = &reader.text()[self.offset..reader.lines.taken().end];
                seed.deserialize(Scalar::new(token, self.offset))
            }
            ContentKind::Block(start) => block::read(reader, start, seed),
        }
    }
}

/// A key: its text in the document and its name.
pub(super) struct Key<'de> {
    /// The text in the document, with quotes and escapes: `"a\nb"`.
    pub(super) written: &'de str,
    /// The key without quotes and escapes.
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

/// The key and the value of a field, if the line has a colon or a bracket before any quote.
/// Otherwise [`field`] has to parse the line.
#[inline]
pub(super) fn plain_field<'de>(
    text: &'de str,
    line: &Line,
) -> Result<Option<(&'de str, Value<'de>)>, Fault> {
    match text.as_bytes()[..line.end].get(line.mark) {
        Some(b':') => {
            let key = trim_end(&text[line.content..line.mark]);
            Ok(Some((key, plain(text, line.mark + 1, line))))
        }
        Some(b'[') => {
            check_header(text, line.mark, line)?;
            let key = &text[line.content..line.mark];
            Ok(Some((key, Value::Array(&text[line.mark..line.end]))))
        }
        _ => Ok(None),
    }
}

/// The key and the value of a field, which is one line of an object.
pub(super) fn field<'de>(text: &'de str, line: &Line) -> Result<(Key<'de>, Value<'de>), Fault> {
    if let Some((key, value)) = plain_field(text, line)? {
        return Ok((Key::plain(key), value));
    }
    let bytes = text.as_bytes();
    let start = line.content;
    let (key, stop) = if bytes[start] == b'"' {
        quoted_key(text, line)?
    } else {
        let stop = quoted::find_two_unquoted(bytes, line.mark, line.end, [b':', b'['])
            .ok_or_else(|| Fault::new(DecodeErrorKind::MissingColon, line.end))?;
        let key = &text[start..stop];
        match bytes[stop] {
            b'[' => (Key::plain(key), stop),
            _ => (Key::plain(trim_end(key)), stop),
        }
    };
    match bytes[..line.end].get(stop) {
        Some(b':') => Ok((key, plain(text, stop + 1, line))),
        Some(b'[') => {
            check_header(text, stop, line)?;
            Ok((key, Value::Array(&text[stop..line.end])))
        }
        _ => Err(Fault::new(DecodeErrorKind::MissingColon, stop)),
    }
}

/// The value of a field that has its colon right before `after_colon`.
#[inline]
fn plain<'de>(text: &'de str, after_colon: usize, line: &Line) -> Value<'de> {
    let start = skip_spaces(&text.as_bytes()[..line.end], after_colon);
    Value::Plain(&text[start..line.end])
}

/// Checks that a header with a key may begin at `bracket`.
fn check_header(text: &str, bracket: usize, line: &Line) -> Result<(), Fault> {
    let bytes = text.as_bytes();
    if !has_colon(bytes, bracket, line.end) {
        return Err(Fault::new(DecodeErrorKind::MissingColon, line.end));
    }
    if bracket == line.content {
        return Err(Fault::in_header(HeaderFlaw::NoKey, bracket));
    }
    if matches!(bytes[bracket - 1], b' ' | b'\t') {
        return Err(Fault::in_header(
            HeaderFlaw::SpaceBeforeBracket,
            bracket - 1,
        ));
    }
    Ok(())
}

/// The key of an entry of a keyed table, and the offset after its colon.
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

/// The key without the spaces before its colon. Hardly any key has some.
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

/// The key of a line that begins with a quote, and the offset after it. A colon or the bracket of a
/// header has to stand at that offset.
fn quoted_key<'de>(text: &'de str, line: &Line) -> Result<(Key<'de>, usize), Fault> {
    let bytes = &text.as_bytes()[..line.end];
    let start = line.content;
    let closing = quoted::closing_quote(text.as_bytes(), start, line.end)
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

/// The value of the list item on the line last taken.
pub(super) fn item(reader: &mut Reader<'_>) -> Result<Content, Fault> {
    let text = reader.text().as_bytes();
    let line = reader.lines.taken();
    let start = match text[line.content..line.end] {
        [b'-'] => return Ok(Content::block(Start::EmptyObject, line.content)),
        [b'-', b' ', ..] => skip_spaces(&text[..line.end], line.content + 2),
        _ => return Err(Fault::new(DecodeErrorKind::ExpectedItem, line.content)),
    };
    Ok(match keyless(text, start, line) {
        Some(Start::Array(bracket)) => Content::block(Start::Item(bracket), start),
        Some(array) => Content::block(array, start),
        None if is_field(text, line) => {
            let floor = line.depth + 1;
            reader.lines.put_back(start);
            Content::block(Start::Object { floor }, start)
        }
        None => Content::scalar(start),
    })
}

/// The array or keyed table without a key that begins at `start`, if the line has one there: `[]`,
/// or a header such as `[2]: a,b`.
pub(super) fn keyless(text: &[u8], start: usize, line: &Line) -> Option<Start> {
    if text[start] != b'[' {
        None
    } else if &text[start..line.end] == b"[]" {
        Some(Start::EmptyArray)
    } else {
        is_field(text, line).then_some(Start::Array(start))
    }
}

/// Whether a line has a colon outside quotes. A line without one is neither a field nor a header.
#[inline]
pub(super) fn is_field(text: &[u8], line: &Line) -> bool {
    text.get(line.mark) == Some(&b':') || has_colon(text, line.mark, line.end)
}

fn has_colon(text: &[u8], from: usize, end: usize) -> bool {
    quoted::find_unquoted(text, from, end, b':').is_some()
}

/// The offset after the spaces at `start`.
#[inline]
pub(super) fn skip_spaces(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

impl<'de> Value<'de> {
    /// The primitive value; `None` for an array or an object.
    #[inline]
    pub(super) fn scalar(self, line: &Line) -> Option<Scalar<'de>> {
        match self {
            Self::Plain("" | "[]") | Self::Array(_) => None,
            Self::Plain(token) => Some(Scalar::new(token, line.end - token.len())),
        }
    }

    /// The array or the object, given that the value is not primitive.
    pub(super) fn block(self, line: &Line) -> Content {
        match self {
            Self::Plain("") => {
                let floor = line.depth + 1;
                Content::block(Start::Object { floor }, line.content)
            }
            Self::Plain(brackets) => Content::block(Start::EmptyArray, line.end - brackets.len()),
            Self::Array(header) => {
                let bracket = line.end - header.len();
                Content::block(Start::Array(bracket), bracket)
            }
        }
    }
}
