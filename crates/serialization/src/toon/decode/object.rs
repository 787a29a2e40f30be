//! Owns objects that are written field by field (sections 8 and 10).

use std::borrow::Cow;

use serde::de::{DeserializeSeed, MapAccess, Visitor};

use crate::toon::DecodeErrorKind;
use crate::toon::decode::content::{self, Content, Field, Value};
use crate::toon::decode::fault::Fault;
use crate::toon::decode::lines::{Line, Scope};
use crate::toon::decode::name::Name;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::siblings::{Siblings, Turn};

/// Reads the object of the lines that follow at a depth of at least `floor`.
pub(super) fn read_nested<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    floor: usize,
    visitor: V,
) -> Result<V::Value, Fault> {
    let scope = reader.lines.open(floor)?;
    read(reader, None, scope, visitor)
}

/// Reads a list item with its first field.
pub(super) fn read_item<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    first: Line,
    visitor: V,
) -> Result<V::Value, Fault> {
    let scope = Scope {
        floor: first.depth,
        depth: first.depth,
    };
    read(reader, Some(first), scope, visitor)
}

/// Reads an object that no line belongs to.
pub(super) fn read_empty<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    visitor: V,
) -> Result<V::Value, Fault> {
    let scope = Scope {
        floor: usize::MAX,
        depth: usize::MAX,
    };
    read(reader, None, scope, visitor)
}

fn read<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    first: Option<Line>,
    scope: Scope,
    visitor: V,
) -> Result<V::Value, Fault> {
    let mut object = Object {
        siblings: Siblings::open(reader),
        reader,
        first,
        scope,
        value: None,
    };
    let value = visitor.visit_map(&mut object);
    object.finish(value)
}

struct Object<'a, 'de> {
    reader: &'a mut Reader<'de>,
    /// The first field of a list item, which stands after the hyphen.
    first: Option<Line>,
    scope: Scope,
    siblings: Siblings<'de>,
    /// The value of the key that was handed out last.
    value: Option<Value>,
}

impl<'de> Object<'_, 'de> {
    /// Checks that a visitor has taken all fields, and leaves the object.
    fn finish<T>(&mut self, value: Result<T, Fault>) -> Result<T, Fault> {
        let left = match value {
            Ok(_) => self.next_line(),
            Err(_) => Ok(None),
        };
        self.siblings.close(self.reader);
        match left? {
            Some(line) => Err(Fault::new(DecodeErrorKind::ElementsLeft, line.content)),
            None => value,
        }
    }

    /// The value of the key that was handed out last.
    fn content(&mut self) -> Result<Content<'de>, Fault> {
        match self.value.take() {
            Some(value) => value.content(self.reader.text(), self.reader.limits()),
            None => Err(Fault::value_before_key()),
        }
    }

    #[inline]
    fn next_line(&mut self) -> Result<Option<Line>, Fault> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let line = self.reader.lines.peek_in(self.scope)?;
        if line.is_some() {
            self.reader.lines.advance();
        }
        Ok(line)
    }

    /// The next key and its place; its value is set aside. A key that stands twice is in its first
    /// place, with its last value.
    #[inline]
    fn next_field(&mut self) -> Result<Option<(Cow<'de, str>, usize)>, Fault> {
        while let Some(line) = self.next_line()? {
            let Field { key, mut value } = content::field(self.reader.text(), line)?;
            let turn = self
                .siblings
                .next(self.reader, key.clone(), line.content, line.start)?;
            match turn {
                Turn::Here => {}
                Turn::Past { .. } => continue,
                Turn::Later { .. } => {
                    if let Some(later) = self.next_line()? {
                        value = content::field(self.reader.text(), later)?.value;
                    }
                }
            }
            self.value = Some(value);
            return Ok(Some((key, line.content)));
        }
        Ok(None)
    }
}

impl<'de> MapAccess<'de> for &mut Object<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((key, place)) = self.next_field()? else {
            return Ok(None);
        };
        Name::new(&key, place).read(seed).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let content = self.content()?;
        let value = content.read(self.reader, seed);
        self.siblings.value_read(self.reader);
        value
    }
}
