//! Owns arrays whose values stand on the line of the header (section 9.1).

use std::ops::Range;

use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use crate::toon::decode::fault::Fault;
use crate::toon::decode::quoted;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::scalar::Scalar;
use crate::toon::{DecodeErrorKind, Delimiter};

pub(super) struct Inline<'a, 'de> {
    reader: &'a Reader<'de>,
    declared: u64,
    found: u64,
    delimiter: u8,
    /// Where the next value begins, if there is one.
    next: Option<usize>,
    end: usize,
}

impl<'a, 'de> Inline<'a, 'de> {
    pub(super) fn new(
        reader: &'a Reader<'de>,
        declared: u64,
        delimiter: Delimiter,
        values: Range<usize>,
    ) -> Self {
        Self {
            reader,
            declared,
            found: 0,
            delimiter: delimiter.as_byte(),
            next: Some(values.start),
            end: values.end,
        }
    }

    /// An array without values.
    pub(super) fn empty(reader: &'a Reader<'de>) -> Self {
        Self {
            next: None,
            ..Self::new(reader, 0, Delimiter::Comma, 0..0)
        }
    }

    pub(super) fn visit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        let value = visitor.visit_seq(&mut self)?;
        match self.next_value()? {
            Some(left) => Err(Fault::new(DecodeErrorKind::ElementsLeft, left.place())),
            None => Ok(value),
        }
    }

    fn next_value(&mut self) -> Result<Option<Scalar<'de>>, Fault> {
        let Some(start) = self.next else {
            self.reader.check_length(self.declared, self.found)?;
            return Ok(None);
        };
        self.reader
            .check_one_more(self.declared, self.found, start)?;
        self.found += 1;
        let line = &self.reader.text().as_bytes()[..self.end];
        let end = match quoted::find_unquoted(line, start, |byte| byte == self.delimiter) {
            Some(delimiter) => {
                self.next = Some(delimiter + 1);
                delimiter
            }
            None => {
                self.next = None;
                self.end
            }
        };
        Ok(Some(Scalar::trimmed(self.reader.text(), start..end)))
    }
}

impl<'de> SeqAccess<'de> for &mut Inline<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        self.next_value()?
            .map(|value| seed.deserialize(value))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        let left = self.declared - self.found.min(self.declared);
        let rest = self.next.map_or(0, |next| self.end + 1 - next);
        Some(usize::try_from(left).map_or(rest, |left| left.min(rest)))
    }
}
