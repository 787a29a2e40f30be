//! Owns objects that are written field by field (sections 8 and 10).

use serde::de::{DeserializeSeed, MapAccess, Visitor};

use crate::toon::DecodeErrorKind;
use crate::toon::decode::content::{self, Content, Field};
use crate::toon::decode::fault::Fault;
use crate::toon::decode::lines::{Line, Scope};
use crate::toon::decode::name::Name;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::siblings::{Siblings, Turn};

pub(super) struct Object<'a, 'de> {
    reader: &'a mut Reader<'de>,
    /// The first field of a list item, which stands after the hyphen.
    first: Option<Line>,
    scope: Scope,
    siblings: Siblings<'de>,
    /// The value of the key that was handed out last.
    value: Option<Content<'de>>,
}

impl<'a, 'de> Object<'a, 'de> {
    /// The object of the lines that follow at a depth of at least `floor`.
    pub(super) fn nested(reader: &'a mut Reader<'de>, floor: usize) -> Result<Self, Fault> {
        let scope = reader.lines.open(floor)?;
        Ok(Self::new(reader, None, scope))
    }

    /// A list item with its first field.
    pub(super) fn item(reader: &'a mut Reader<'de>, first: Line) -> Self {
        let scope = Scope {
            floor: first.depth,
            depth: first.depth,
        };
        Self::new(reader, Some(first), scope)
    }

    /// An object that no line belongs to.
    pub(super) fn empty(reader: &'a mut Reader<'de>) -> Self {
        let scope = Scope {
            floor: usize::MAX,
            depth: usize::MAX,
        };
        Self::new(reader, None, scope)
    }

    fn new(reader: &'a mut Reader<'de>, first: Option<Line>, scope: Scope) -> Self {
        let siblings = Siblings::open(reader);
        Self {
            reader,
            first,
            scope,
            siblings,
            value: None,
        }
    }

    pub(super) fn visit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        let value = visitor.visit_map(&mut self);
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

    /// The next field, and the place of its key. A key that stands twice is in its first place,
    /// with its last value.
    fn next_field(&mut self) -> Result<Option<(Field<'de>, usize)>, Fault> {
        while let Some(line) = self.next_line()? {
            let mut field = self.field(line)?;
            let turn =
                self.siblings
                    .next(self.reader, field.key.clone(), line.content, line.start)?;
            match turn {
                Turn::Here => {}
                Turn::Past { .. } => continue,
                Turn::Later { .. } => {
                    if let Some(later) = self.next_line()? {
                        field.content = self.field(later)?.content;
                    }
                }
            }
            return Ok(Some((field, line.content)));
        }
        Ok(None)
    }

    fn field(&self, line: Line) -> Result<Field<'de>, Fault> {
        content::field(self.reader.text(), line, self.reader.limits())
    }
}

impl<'de> MapAccess<'de> for &mut Object<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((field, place)) = self.next_field()? else {
            return Ok(None);
        };
        self.value = Some(field.content);
        seed.deserialize(Name::new(&field.key, place)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let value = match self.value.take() {
            Some(content) => content.read(self.reader, seed),
            None => Err(Fault::value_before_key()),
        };
        self.siblings.value_read(self.reader);
        value
    }
}
