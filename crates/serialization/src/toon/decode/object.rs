//! Owns objects that are written field by field (sections 8 and 10).

use serde::de::{DeserializeSeed, MapAccess, Visitor};

use crate::toon::DecodeErrorKind;
use crate::toon::decode::content::{self, Field, Value};
use crate::toon::decode::fault::Fault;
use crate::toon::decode::lines::{Line, Scope};
use crate::toon::decode::name::Name;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::siblings::{Sibling, Siblings, Turn};

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
        line: Line::default(),
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
    /// The line of the key that was handed out last, or of the later one whose value it has.
    line: Line,
    /// The value on it, until it is taken.
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

    /// The next key; its value is set aside. A key that stands twice is in its first place, with
    /// its last value.
    fn next_field(&mut self) -> Result<Option<&Sibling<'de>>, Fault> {
        while let Some(line) = self.next_line()? {
            let Field { key, value } = content::field(self.reader.text(), &line)?;
            match self.siblings.next(self.reader, key, line.content)? {
                Turn::Here => {
                    self.line = line;
                    self.value = Some(value);
                }
                Turn::Past { .. } => continue,
                Turn::Later { .. } => self.set_later_value()?,
            }
            return Ok(self.reader.siblings.last());
        }
        Ok(None)
    }

    /// Sets the value of the next line aside.
    #[cold]
    fn set_later_value(&mut self) -> Result<(), Fault> {
        if let Some(line) = self.next_line()? {
            self.value = Some(content::field(self.reader.text(), &line)?.value);
            self.line = line;
        }
        Ok(())
    }

    /// Reads a value that goes on after its line, or an array.
    fn read_block<S: DeserializeSeed<'de>>(
        &mut self,
        value: Value,
        seed: S,
    ) -> Result<S::Value, Fault> {
        value
            .block(self.reader.text(), &self.line, self.reader.limits())?
            .read(self.reader, seed)
    }
}

impl<'de> MapAccess<'de> for &mut Object<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        match self.next_field()? {
            Some(Sibling { key, place, .. }) => Name::new(key, *place).read(seed).map(Some),
            None => Ok(None),
        }
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(value) = self.value.take() else {
            return Err(Fault::value_before_key());
        };
        let value = match value.scalar(self.reader.text(), &self.line) {
            Some(scalar) => scalar.read(seed),
            None => self.read_block(value, seed),
        };
        self.siblings.value_read(self.reader);
        value
    }
}
