//! The serde deserializer of arrays and objects in all their forms.

use serde::de::{Deserializer, Visitor};

use crate::toon::HeaderFlaw;
use crate::toon::decode::block::{Block, Start};
use crate::toon::decode::content;
use crate::toon::decode::entries;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::header::Header;
use crate::toon::decode::inline::{self, Values};
use crate::toon::decode::list;
use crate::toon::decode::methods::methods;
use crate::toon::decode::object;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::rows::Declared;
use crate::toon::decode::table;
use crate::toon::decode::variant::Variant;

/// The content that a header declares.
enum Array<'de> {
    /// Values on the line of the header: `[2]: a,b` (section 9.1).
    Inline(Values),
    /// Items after hyphens (sections 9.2 and 9.4).
    List { floor: usize, length: u64 },
    /// Rows: `[2]{id,name}:` (section 9.3).
    Table(Declared<'de>),
    /// Rows that begin with a key: `[2:]{id,name}:` (section 9.5).
    Keyed(Declared<'de>),
}

impl<'de> Block<'_, 'de> {
    fn visit_enum<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(Variant::new(visitor))
    }

    fn visit_some<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self.unwrapped()?)
    }

    fn visit_newtype<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self.unwrapped()?)
    }

    /// The same block inside one more option or newtype.
    fn unwrapped(self) -> Result<Self, Fault> {
        Ok(Self {
            wrappers: self.wrappers.one_more()?,
            ..self
        })
    }
}

impl<'de> Deserializer<'de> for Block<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reader;
        match self.start {
            Start::Object { floor } => object::read_nested(reader, floor, visitor),
            Start::EmptyObject => object::read_empty(reader, visitor),
            Start::EmptyArray => inline::read(reader, Values::NONE, visitor),
            Start::Array(bracket) => read_array(declared(reader, bracket)?, reader, visitor),
            Start::Item(bracket) => read_array(declared_item(reader, bracket)?, reader, visitor),
        }
    }

    methods! {
        deserialize_option() => visit_some
        deserialize_newtype_struct(&'static str) => visit_newtype
        deserialize_enum(&'static str, &'static [&'static str]) => visit_enum
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

fn read_array<'de, V: Visitor<'de>>(
    array: Array<'de>,
    reader: &mut Reader<'de>,
    visitor: V,
) -> Result<V::Value, Fault> {
    match array {
        Array::Inline(values) => inline::read(reader, values, visitor),
        Array::List { floor, length } => list::read(reader, floor, length, visitor),
        Array::Table(declared) => table::read(reader, &declared, visitor),
        Array::Keyed(declared) => entries::read(reader, &declared, visitor),
    }
}

/// Parses the header with its bracket at the offset `bracket`, on the line last taken.
#[inline(never)]
fn declared<'de>(reader: &Reader<'de>, bracket: usize) -> Result<Array<'de>, Fault> {
    let line = reader.lines.taken();
    let text = reader.text();
    let (header, after_colon) = Header::parse(text, bracket, line.end, reader.limits())?;
    let start = content::skip_spaces(&text.as_bytes()[..line.end], after_colon);
    let length = header.length;
    let floor = line.depth + 1;
    let Some(fields) = header.fields else {
        return Ok(if start < line.end {
            Array::Inline(Values {
                length,
                delimiter: header.delimiter,
                next: Some(start),
                end: line.end,
            })
        } else {
            Array::List { floor, length }
        });
    };
    if start < line.end {
        return Err(Fault::in_header(HeaderFlaw::InlineValues, start));
    }
    let declared = Declared {
        floor,
        length,
        delimiter: header.delimiter,
        fields,
    };
    Ok(if header.keyed {
        Array::Keyed(declared)
    } else {
        Array::Table(declared)
    })
}

/// As [`declared`], for the header of an item.
#[cold]
fn declared_item<'de>(reader: &Reader<'de>, bracket: usize) -> Result<Array<'de>, Fault> {
    match declared(reader, bracket) {
        Ok(Array::Table(_) | Array::Keyed(_)) => Err(Fault::in_header(HeaderFlaw::NoKey, bracket)),
        array => array,
    }
}
