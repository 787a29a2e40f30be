//! Owns arrays that are written item by item (sections 9.2 and 9.4).

use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use crate::toon::decode::content::{self, Content};
use crate::toon::decode::counted::Counted;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::reader::Reader;

/// Reads the items that follow at a depth of at least `floor`.
pub(super) fn read<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    floor: usize,
    declared: u64,
    visitor: V,
) -> Result<V::Value, Fault> {
    let lines = Counted::open(reader, floor, declared)?;
    let mut list = List { reader, lines };
    let mut value = visitor.visit_seq(&mut list);
    if let Err(fault) = list.lines.finish(list.reader, value.is_err()) {
        value = Err(fault);
    }
    value
}

struct List<'a, 'de> {
    reader: &'a mut Reader<'de>,
    lines: Counted,
}

impl<'de> List<'_, 'de> {
    fn next_item(&mut self) -> Result<Option<Content<'de>>, Fault> {
        if !self.lines.next(self.reader)? {
            return Ok(None);
        }
        content::item(self.reader).map(Some)
    }
}

impl<'de> SeqAccess<'de> for &mut List<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        match self.next_item()? {
            Some(item) => item.read(self.reader, seed).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.lines.size_hint(self.reader))
    }
}
