//! Inline arrays, with their values on the line of the header: `[2]: a,b` (section 9.1).

use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use crate::toon::decode::fault::{self, Fault};
use crate::toon::decode::quoted;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::scalar::{self, Scalar};
use crate::toon::{DecodeErrorKind, Delimiter};

/// The values of an inline array: their declared number, delimiter and offsets.
pub(super) struct Values {
    pub(super) length: u64,
    pub(super) delimiter: Delimiter,
    /// The offset of the first value, if there is one.
    pub(super) next: Option<usize>,
    /// The offset after the last value.
    pub(super) end: usize,
}

impl Values {
    /// The values of an empty array.
    pub(super) const NONE: Self = Self {
        length: 0,
        delimiter: Delimiter::Comma,
        next: None,
        end: 0,
    };
}

/// Reads the values of an inline array.
pub(super) fn read<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    values: Values,
    visitor: V,
) -> Result<V::Value, Fault> {
    reader.enter()?;
    let mut array = Inline {
        reader,
        declared: values.length,
        found: 0,
        delimiter: values.delimiter.as_byte(),
        next: values.next,
        end: values.end,
        value: "",
        offset: 0,
    };
    let mut value = visitor.visit_seq(&mut array);
    if let Err(fault) = array.finish(value.is_err()) {
        value = Err(fault);
    }
    value
}

struct Inline<'a, 'de> {
    reader: &'a mut Reader<'de>,
    declared: u64,
    found: u64,
    delimiter: u8,
    /// The offset of the next value, if there is one.
    next: Option<usize>,
    end: usize,
    /// The last value taken, and its offset.
    value: &'de str,
    offset: usize,
}

impl<'de> Inline<'_, 'de> {
    /// Leaves the array. Values that the visitor has not taken are an error, unless it failed
    /// itself.
    fn finish(&mut self, has_failed: bool) -> Result<(), Fault> {
        self.reader.leave();
        if !has_failed && self.next_value()? {
            return Err(Fault::new(DecodeErrorKind::ElementsLeft, self.offset));
        }
        Ok(())
    }

    /// Takes the next value. Returns `false` at the end, after a check of the length.
    #[inline(never)]
    fn next_value(&mut self) -> Result<bool, Fault> {
        let Some(start) = self.next else {
            self.reader.check_length(self.declared, self.found)?;
            return Ok(false);
        };
        self.reader
            .check_one_more(self.declared, self.found, start)?;
        self.found += 1;
        let text = self.reader.text();
        let delimiter = quoted::find_unquoted(text.as_bytes(), start, self.end, self.delimiter);
        self.next = delimiter.map(|delimiter| delimiter + 1);
        (self.value, self.offset) = scalar::trim(text, start..delimiter.unwrap_or(self.end));
        Ok(true)
    }

    #[inline(never)]
    fn read_value<S: DeserializeSeed<'de>>(&self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(Scalar::new(self.value, self.offset))
    }
}

impl<'de> SeqAccess<'de> for &mut Inline<'_, 'de> {
    type Error = Fault;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if !self.next_value()? {
            return Ok(None);
        }
        fault::with_offset(self.read_value(seed), self.offset).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        let left = self.declared - self.found.min(self.declared);
        let rest = self.next.map_or(0, |next| self.end + 1 - next);
        Some(usize::try_from(left).map_or(rest, |left| left.min(rest)))
    }
}
