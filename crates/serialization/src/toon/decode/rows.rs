//! The rows of tables: a row's cells under the fields of the header are an object (sections 9.3 and
//! 9.5).

use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use crate::toon::decode::fault::{self, Fault};
use crate::toon::decode::fields::Fields;
use crate::toon::decode::lines::Line;
use crate::toon::decode::methods::methods;
use crate::toon::decode::name::Name;
use crate::toon::decode::quoted;
use crate::toon::decode::scalar::{self, Scalar};
use crate::toon::decode::variant::Variant;
use crate::toon::decode::wrappers::Wrappers;
use crate::toon::{DecodeErrorKind, Delimiter};

/// The declarations of a table's header.
#[derive(Debug)]
pub(super) struct Declared<'de> {
    /// The lowest depth of the rows.
    pub(super) floor: usize,
    pub(super) length: u64,
    pub(super) delimiter: Delimiter,
    pub(super) fields: Fields<'de>,
}

/// The cells of the current row. All rows of a table share the memory.
pub(super) struct Cells<'a, 'de> {
    text: &'de str,
    declared: &'a Declared<'de>,
    /// The offsets of the cells, with the spaces around them.
    cells: Vec<Range<usize>>,
}

impl<'a, 'de> Cells<'a, 'de> {
    pub(super) fn new(text: &'de str, declared: &'a Declared<'de>) -> Self {
        Self {
            text,
            declared,
            cells: Vec::new(),
        }
    }

    /// Splits a line of a table into cells. A line with a colon before its first delimiter is a
    /// field and not a row.
    pub(super) fn split_row(&mut self, line: &Line) -> Result<Row<'_, 'de>, Fault> {
        let delimiter = self.declared.delimiter.as_byte();
        let bytes = self.text.as_bytes();
        let first = quoted::find_two_unquoted(bytes, line.content, line.end, [delimiter, b':']);
        if first.is_some_and(|first| bytes[first] != delimiter) {
            return Err(Fault::new(DecodeErrorKind::ExpectedRow, line.content));
        }
        self.split(line.content..line.end)
    }

    /// Splits the part of the text with the given offsets into cells.
    pub(super) fn split(&mut self, cells: Range<usize>) -> Result<Row<'_, 'de>, Fault> {
        let delimiter = self.declared.delimiter.as_byte();
        let bytes = self.text.as_bytes();
        self.cells.clear();
        let mut start = cells.start;
        if !cells.is_empty() {
            while let Some(end) = quoted::find_unquoted(bytes, start, cells.end, delimiter) {
                self.cells.push(start..end);
                start = end + 1;
            }
            self.cells.push(start..cells.end);
        }
        let expected = self.declared.fields.leaves;
        if self.cells.len() != expected {
            let kind = DecodeErrorKind::WidthMismatch {
                expected,
                found: self.cells.len(),
            };
            return Err(Fault::new(kind, cells.start));
        }
        Ok(Row {
            cells: self,
            start: 0,
            end: self.declared.fields.all.len(),
            wrappers: Wrappers::default(),
        })
    }
}

/// The serde deserializer of the object of a row, or of a group of its fields.
pub(super) struct Row<'a, 'de> {
    cells: &'a Cells<'a, 'de>,
    /// The index of the object's first field.
    start: usize,
    /// The index after its last field, nested groups included.
    end: usize,
    wrappers: Wrappers,
}

impl<'de> Row<'_, 'de> {
    fn visit_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut object = RowObject {
            cells: self.cells,
            next: self.start,
            end: self.end,
            value: None,
            offset: None,
        };
        let mut value = visitor.visit_map(&mut object);
        if value.is_ok() && object.next_field().is_some() {
            value = Err(Fault::without_offset(DecodeErrorKind::ElementsLeft));
        }
        value
    }

    fn visit_enum<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_any(Variant::new(visitor))
    }

    fn visit_some<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self.unwrapped()?)
    }

    fn visit_newtype<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self.unwrapped()?)
    }

    /// The same row inside one more option or newtype.
    fn unwrapped(self) -> Result<Self, Fault> {
        Ok(Self {
            wrappers: self.wrappers.one_more()?,
            ..self
        })
    }
}

impl<'de> Deserializer<'de> for Row<'_, 'de> {
    type Error = Fault;

    methods! {
        deserialize_any() => visit_any
        deserialize_option() => visit_some
        deserialize_newtype_struct(&'static str) => visit_newtype
        deserialize_enum(&'static str, &'static [&'static str]) => visit_enum
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct RowObject<'a, 'de> {
    cells: &'a Cells<'a, 'de>,
    next: usize,
    end: usize,
    /// The field with the value of the last name given to the visitor.
    value: Option<usize>,
    /// The offset of the last value read.
    offset: Option<usize>,
}

impl RowObject<'_, '_> {
    /// The next field, and the field with its value.
    fn next_field(&mut self) -> Option<(usize, usize)> {
        while self.next < self.end {
            let at = self.next;
            let field = &self.cells.declared.fields.all[at];
            self.next = field.next;
            if let Some(source) = field.source {
                return Some((at, source));
            }
        }
        None
    }
}

impl<'de> MapAccess<'de> for &mut RowObject<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((at, source)) = self.next_field() else {
            return Ok(None);
        };
        self.value = Some(source);
        let field = &self.cells.declared.fields.all[at];
        Name::new(&field.name, field.offset).read(seed).map(Some)
    }

    #[inline(always)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        fault::with_offset(self.read_value(seed), self.offset)
    }
}

impl<'de> RowObject<'_, 'de> {
    /// Reads the value of the last name given to the visitor.
    #[inline(never)]
    fn read_value<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(at) = self.value.take() else {
            self.offset = None;
            return Err(Fault::value_before_key());
        };
        let cells = self.cells;
        let field = &cells.declared.fields.all[at];
        let cell = &cells.cells[field.leaf];
        if field.next == at + 1 {
            let (token, offset) = scalar::trim(cells.text, cell.clone());
            self.offset = Some(offset);
            return seed.deserialize(Scalar::new(token, offset));
        }
        self.offset = Some(cell.start);
        seed.deserialize(Row {
            cells,
            start: at + 1,
            end: field.next,
            wrappers: Wrappers::default(),
        })
    }
}
