//! Objects with one field per line (sections 8 and 10).

use std::borrow::Cow;

use serde::de::{DeserializeSeed, MapAccess, Visitor};

use crate::toon::DecodeErrorKind;
use crate::toon::decode::content::{self, Value};
use crate::toon::decode::duplicates::Turn;
use crate::toon::decode::fault::{self, Fault};
use crate::toon::decode::lines::Scope;
use crate::toon::decode::name::Name;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::siblings::Siblings;

/// Reads the object on the following lines, at a depth of at least `floor`.
pub(super) fn read_nested<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    floor: usize,
    visitor: V,
) -> Result<V::Value, Fault> {
    let scope = reader.open(floor)?;
    read(reader, scope, visitor)
}

/// Reads an object without any lines.
pub(super) fn read_empty<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    visitor: V,
) -> Result<V::Value, Fault> {
    let scope = Scope {
        floor: usize::MAX,
        depth: usize::MAX,
    };
    reader.enter()?;
    read(reader, scope, visitor)
}

fn read<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    scope: Scope,
    visitor: V,
) -> Result<V::Value, Fault> {
    let mut object = Object {
        siblings: Siblings::open(reader),
        reader,
        scope,
        key: Cow::Borrowed(""),
        offset: None,
        value: None,
    };
    let mut value = visitor.visit_map(&mut object);
    if let Err(fault) = object.finish(value.is_err()) {
        value = Err(fault);
    }
    value
}

struct Object<'a, 'de> {
    reader: &'a mut Reader<'de>,
    scope: Scope,
    siblings: Siblings<'de>,
    /// The last key given to the visitor.
    key: Cow<'de, str>,
    /// The offset of that key, and of its value once the decoder reads it.
    offset: Option<usize>,
    /// The value of that key, until the visitor takes it. It stands on the line last taken.
    value: Option<Value<'de>>,
}

impl<'de> Object<'_, 'de> {
    /// Leaves the object. Fields that the visitor has not taken are an error, unless it failed
    /// itself.
    fn finish(&mut self, has_failed: bool) -> Result<(), Fault> {
        self.siblings.value_read(self.reader);
        let is_left = !has_failed && self.reader.lines.next_in(self.scope)?;
        self.siblings.close(self.reader);
        self.reader.leave();
        if is_left {
            let offset = self.reader.lines.taken().content;
            return Err(Fault::new(DecodeErrorKind::ElementsLeft, offset));
        }
        Ok(())
    }

    /// Takes the next field and stores its key and value. Returns `false` at the end of the object.
    ///
    /// This is the fast path: a key without quotes that is certainly not a duplicate. Other fields
    /// go to `any_field`.
    #[inline(never)]
    fn next_field(&mut self) -> Result<bool, Fault> {
        self.siblings.value_read(self.reader);
        if !self.reader.lines.next_in(self.scope)? {
            return Ok(false);
        }
        let text = self.reader.text();
        let line = self.reader.lines.taken();
        self.offset = Some(line.content);
        if let Some((key, value)) = content::plain_field(text, line)?
            && self.siblings.take_new(self.reader, key)
        {
            self.key = Cow::Borrowed(key);
            self.value = Some(value);
            return Ok(true);
        }
        self.any_field()
    }

    /// As [`Object::next_field`], for any field, from the line last taken on.
    ///
    /// A duplicate key of a lenient reading comes at its first line, with its last value.
    #[inline(never)]
    fn any_field(&mut self) -> Result<bool, Fault> {
        loop {
            let line = self.reader.lines.taken();
            self.offset = Some(line.content);
            let (key, value) = content::field(self.reader.text(), line)?;
            match self.siblings.next(self.reader, &key, line.content)? {
                Turn::Here => self.value = Some(value),
                Turn::Past { .. } => {
                    if self.reader.lines.next_in(self.scope)? {
                        continue;
                    }
                    return Ok(false);
                }
                Turn::Later { .. } => self.set_later_value()?,
            }
            self.key = key.name;
            return Ok(true);
        }
    }

    /// Stores the value of the next line, which is the later field of a duplicate key.
    #[cold]
    fn set_later_value(&mut self) -> Result<(), Fault> {
        if self.reader.lines.next_in(self.scope)? {
            let line = self.reader.lines.taken();
            self.value = Some(content::field(self.reader.text(), line)?.1);
        }
        Ok(())
    }

    /// Reads the stored value.
    #[inline(never)]
    fn read_value<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(value) = self.value else {
            self.offset = None;
            return Err(Fault::value_before_key());
        };
        let line = self.reader.lines.taken();
        match value.scalar(line) {
            Some(scalar) => {
                self.value = None;
                self.offset = Some(scalar.offset());
                seed.deserialize(scalar)
            }
            None => self.read_block(seed),
        }
    }

    /// As [`Object::read_value`], for an array or an object.
    #[inline(never)]
    fn read_block<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(value) = self.value.take() else {
            return Err(Fault::value_before_key());
        };
        let block = value.block(self.reader.lines.taken());
        self.offset = Some(block.offset);
        block.read(self.reader, seed)
    }
}

impl<'de> MapAccess<'de> for &mut Object<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        if !self.next_field()? {
            return Ok(None);
        }
        Name::new(&self.key, self.offset).read(seed).map(Some)
    }

    #[inline(always)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        fault::with_offset(self.read_value(seed), self.offset)
    }
}
