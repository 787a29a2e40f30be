//! Owns arrays whose values stand on the line of the header (section 9.1).

use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use crate::toon::decode::fault::Fault;
use crate::toon::decode::quoted;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::scalar::Scalar;
use crate::toon::{DecodeErrorKind, Delimiter};

/// Where the values of an array stand, and what is between them.
#[derive(Debug)]
pub(super) struct Values {
    pub(super) delimiter: Delimiter,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Reads the values on a line, if there are any.
pub(super) fn read<'de, V: Visitor<'de>>(
    reader: &Reader<'de>,
    declared: u64,
    values: Option<Values>,
    visitor: V,
) -> Result<V::Value, Fault> {
    let mut array = Inline {
        reader,
        declared,
        found: 0,
        delimiter: values
            .as_ref()
            .map_or(b',', |values| values.delimiter.as_byte()),
        next: values.as_ref().map(|values| values.start),
        end: values.map_or(0, |values| values.end),
    };
    let mut value = visitor.visit_seq(&mut array);
    if value.is_ok()
        && let Err(fault) = array.finish()
    {
        value = Err(fault);
    }
    value
}

struct Inline<'a, 'de> {
    reader: &'a Reader<'de>,
    declared: u64,
    found: u64,
    delimiter: u8,
    /// Where the next value begins, if there is one.
    next: Option<usize>,
    end: usize,
}

impl<'de> Inline<'_, 'de> {
    /// Checks that a visitor has taken all values.
    fn finish(&mut self) -> Result<(), Fault> {
        match self.next_value()? {
            Some(left) => Err(Fault::new(DecodeErrorKind::ElementsLeft, left.place())),
            None => Ok(()),
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
        let text = self.reader.text();
        let bytes = text.as_bytes();
        let end = match quoted::find_unquoted(bytes, start, self.end, self.delimiter) {
            Some(delimiter) => {
                self.next = Some(delimiter + 1);
                delimiter
            }
            None => {
                self.next = None;
                self.end
            }
        };
        Ok(Some(Scalar::trimmed(text, start..end)))
    }
}

impl<'de> SeqAccess<'de> for &mut Inline<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some(value) = self.next_value()? else {
            return Ok(None);
        };
        value.read(seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        let left = self.declared - self.found.min(self.declared);
        let rest = self.next.map_or(0, |next| self.end + 1 - next);
        Some(usize::try_from(left).map_or(rest, |left| left.min(rest)))
    }
}
