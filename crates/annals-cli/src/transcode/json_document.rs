//! A JSON document: its text, and the place of each value in it.
//!
//! The encoder visits each value at least twice. A tree of values would need up to 130 times the
//! memory of the text. The places need 4 bytes for each value and key, and 4 more for each array
//! and object: at most four times the memory of the text, for example in `[[[]]]`.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::ParseError;
use super::number::Number;

/// A valid JSON document of less than 4 GiB.
///
/// For each value and key in the order of the text, `places` has the offset of its first byte. The
/// offset of an array or object is followed by the index after its content:
///
/// ```text
/// text      {"a":[7,8],"b":null}
/// places    0 8  1  5 6 6 8  11 15
///           { ^  a  [ ^ 7 8  b  null
/// ```
#[derive(Debug)]
pub(crate) struct JsonDocument<'t> {
    text: &'t str,
    places: Vec<u32>,
}

impl JsonDocument<'_> {
    /// The place of a key that an object has more than once.
    pub(crate) fn duplicate(&self, key: &str) -> Option<ParseError> {
        let values = std::iter::successors(Some(self.root()), |value| value.inner_or_next());
        let objects = values.filter(|value| value.first_byte() == b'{');
        let again = objects
            .filter_map(|object| object.entries().filter(|(k, _)| k.text() == key).nth(1))
            .next();
        let (second, _) = again?;
        let before = &self.text[..second.offset()];
        let problem = format!("the key {key:?} occurs twice in one object");
        Some(ParseError::after(before, problem))
    }

    fn root(&self) -> Value<'_> {
        Value {
            document: self,
            at: 0,
        }
    }
}

impl Serialize for JsonDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.root().serialize(serializer)
    }
}

/// A value or key of a document.
#[derive(Clone, Copy)]
struct Value<'d> {
    document: &'d JsonDocument<'d>,
    /// The index of its place.
    at: usize,
}

impl<'d> Value<'d> {
    fn offset(self) -> usize {
        self.document.places[self.at] as usize
    }

    /// The text from the value on.
    fn rest(self) -> &'d str {
        &self.document.text[self.offset()..]
    }

    fn first_byte(self) -> u8 {
        self.document.text.as_bytes()[self.offset()]
    }

    fn is_compound(self) -> bool {
        matches!(self.first_byte(), b'[' | b'{')
    }

    /// The index of the place after the value and its content.
    fn end(self) -> usize {
        match self.is_compound() {
            true => self.document.places[self.at + 1] as usize,
            false => self.at + 1,
        }
    }

    /// The next value or key in the text.
    fn inner_or_next(self) -> Option<Self> {
        let at = self.at + 1 + usize::from(self.is_compound());
        (at < self.document.places.len()).then_some(Self { at, ..self })
    }

    /// The elements of an array.
    fn elements(self) -> impl Iterator<Item = Self> {
        let (mut at, end) = (self.at + 2, self.end());
        std::iter::from_fn(move || {
            let element = (at < end).then_some(Self { at, ..self })?;
            at = element.end();
            Some(element)
        })
    }

    /// The keys and values of an object.
    fn entries(self) -> impl Iterator<Item = (Self, Self)> {
        let mut values = self.elements();
        std::iter::from_fn(move || values.next().zip(values.next()))
    }

    /// The text of a string, without quotes and escapes.
    fn text(self) -> Cow<'d, str> {
        let rest = self.rest();
        let string = &rest[..token_length(rest)];
        match string.contains('\\') {
            // This cannot fail, because the document is valid.
            true => Cow::Owned(serde_json::from_str(string).unwrap_or_default()),
            false => Cow::Borrowed(&string[1..string.len() - 1]),
        }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rest = self.rest();
        match self.first_byte() {
            b'n' => serializer.serialize_unit(),
            b't' => serializer.serialize_bool(true),
            b'f' => serializer.serialize_bool(false),
            b'"' => serializer.serialize_str(&self.text()),
            b'[' => serializer.collect_seq(self.elements()),
            b'{' => serializer.collect_map(self.entries().map(|(key, value)| (key.text(), value))),
            _ => Number(&rest[..token_length(rest)]).serialize(serializer),
        }
    }
}

/// The places of the values that are being read.
pub(super) struct Places<'t> {
    document: JsonDocument<'t>,
    /// The offset after the last token.
    end: usize,
}

impl<'t> Places<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let places = Vec::new();
        let document = JsonDocument { text, places };
        Self { document, end: 0 }
    }

    pub(super) fn into_document(self) -> JsonDocument<'t> {
        self.document
    }

    pub(super) fn is_number_next(&mut self) -> bool {
        matches!(self.next().as_bytes().first(), Some(b'-' | b'0'..=b'9'))
    }

    /// Adds the next value or key.
    pub(super) fn add(&mut self) {
        let length = token_length(self.next());
        self.push(self.end);
        self.end += length;
    }

    /// Adds the array or object that begins next. Returns the index for [`Places::close`].
    pub(super) fn open(&mut self) -> usize {
        self.add();
        self.push(0);
        self.document.places.len() - 1
    }

    pub(super) fn close(&mut self, opened: usize) {
        // The text has less than 4 GiB, and fewer places than bytes.
        self.document.places[opened] = self.document.places.len() as u32;
    }

    /// The text from the next value or key on.
    fn next(&mut self) -> &'t str {
        let rest = &self.document.text.as_bytes()[self.end..];
        let between = |byte: &&u8| is_between(**byte) || matches!(byte, b']' | b'}');
        self.end += rest.iter().take_while(between).count();
        &self.document.text[self.end..]
    }

    fn push(&mut self, number: usize) {
        self.document.places.push(number as u32);
    }
}

/// The length of the string, number, word or bracket at the beginning of a text.
fn token_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'[' | b'{') => 1,
        Some(b'"') => {
            let mut at = 1;
            while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"') {
                at += 1 + usize::from(*byte == b'\\');
            }
            (at + 1).min(bytes.len())
        }
        _ => {
            let ends = |byte: &u8| is_between(*byte) || matches!(byte, b']' | b'}');
            bytes.iter().position(ends).unwrap_or(bytes.len())
        }
    }
}

/// Whether a byte outside of strings separates two tokens.
fn is_between(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')
}
