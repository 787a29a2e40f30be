//! Owns arrays that are written item by item (sections 9.2 and 9.4).

use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use crate::toon::decode::content;
use crate::toon::decode::counted::Counted;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::reader::Reader;

pub(super) struct List<'a, 'de> {
    reader: &'a mut Reader<'de>,
    lines: Counted,
}

impl<'a, 'de> List<'a, 'de> {
    pub(super) fn open(
        reader: &'a mut Reader<'de>,
        floor: usize,
        declared: u64,
    ) -> Result<Self, Fault> {
        let lines = Counted::open(reader, floor, declared)?;
        Ok(Self { reader, lines })
    }

    pub(super) fn visit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        let value = visitor.visit_seq(&mut self);
        self.lines.finish(self.reader, value)
    }
}

impl<'de> SeqAccess<'de> for &mut List<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some(line) = self.lines.next(self.reader)? else {
            return Ok(None);
        };
        content::item(self.reader.text(), line, self.reader.limits())?
            .read(self.reader, seed)
            .map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.lines.size_hint(self.reader))
    }
}
