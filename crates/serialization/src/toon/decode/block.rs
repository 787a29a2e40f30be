//! Owns arrays and objects as serde takes them, in whatever form they are written.

use serde::de::{DeserializeSeed, Deserializer, Visitor};

use crate::toon::decode::entries;
use crate::toon::decode::fault::{self, Fault};
use crate::toon::decode::inline::{self, Values};
use crate::toon::decode::list;
use crate::toon::decode::methods::methods;
use crate::toon::decode::object;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::rows::Declared;
use crate::toon::decode::table;
use crate::toon::decode::variant::Variant;
use crate::toon::decode::wrappers::Wrappers;

/// An array or an object of which the first line is taken, and nothing else.
#[derive(Debug)]
pub(super) struct Block<'de> {
    pub(super) form: Form<'de>,
    pub(super) place: usize,
}

/// How it is written.
#[derive(Debug)]
pub(super) enum Form<'de> {
    EmptyArray,
    /// A bare hyphen.
    EmptyObject,
    /// Fields on the lines that follow, at a depth of at least `floor` (section 8).
    Object {
        floor: usize,
    },
    /// Values on the line of the header (section 9.1).
    Inline {
        length: u64,
        values: Values,
    },
    /// Items after hyphens (sections 9.2 and 9.4).
    List {
        floor: usize,
        length: u64,
    },
    /// Rows (section 9.3).
    Table(Box<Declared<'de>>),
    /// Rows with keys (section 9.5).
    Keyed(Box<Declared<'de>>),
}

impl<'de> Block<'de> {
    pub(super) fn new(form: Form<'de>, place: usize) -> Self {
        Self { form, place }
    }

    pub(super) fn read<S: DeserializeSeed<'de>>(
        self,
        reader: &mut Reader<'de>,
        seed: S,
    ) -> Result<S::Value, Fault> {
        let place = self.place;
        let block = BlockReader {
            form: self.form,
            reader,
            wrappers: Wrappers::default(),
        };
        let mut value = seed.deserialize(block);
        fault::place(&mut value, place);
        value
    }
}

/// A block, and the lines to read it from.
struct BlockReader<'a, 'de> {
    form: Form<'de>,
    reader: &'a mut Reader<'de>,
    wrappers: Wrappers,
}

impl<'de> BlockReader<'_, 'de> {
    fn visit_enum<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(Variant::new(visitor))
    }

    fn visit_some<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self.unwrapped()?)
    }

    fn visit_newtype<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self.unwrapped()?)
    }

    /// The same block, one option or newtype further in.
    fn unwrapped(self) -> Result<Self, Fault> {
        Ok(Self {
            wrappers: self.wrappers.one_more()?,
            ..self
        })
    }
}

impl<'de> Deserializer<'de> for BlockReader<'_, 'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.reader;
        reader.enter()?;
        let value = match self.form {
            Form::EmptyArray => inline::read(reader, 0, None, visitor),
            Form::EmptyObject => object::read_empty(reader, visitor),
            Form::Object { floor } => object::read_nested(reader, floor, visitor),
            Form::Inline { length, values } => inline::read(reader, length, Some(values), visitor),
            Form::List { floor, length } => list::read(reader, floor, length, visitor),
            Form::Table(declared) => table::read(reader, &declared, visitor),
            Form::Keyed(declared) => entries::read(reader, &declared, visitor),
        };
        reader.leave();
        value
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
