//! Lists: arrays with one item after each hyphen (sections 9.2 and 9.4).

use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use crate::toon::decode::block::Start;
use crate::toon::decode::content::{self, Content};
use crate::toon::decode::counted::Counted;
use crate::toon::decode::fault::{self, Fault};
use crate::toon::decode::reader::Reader;

/// Reads the items on the following lines, at a depth of at least `floor`.
pub(super) fn read<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    floor: usize,
    declared: u64,
    visitor: V,
) -> Result<V::Value, Fault> {
    let lines = Counted::open(reader, floor, declared)?;
    let mut list = List {
        reader,
        lines,
        item: Content::block(Start::EmptyObject, 0),
    };
    let mut value = visitor.visit_seq(&mut list);
    if let Err(fault) = list.lines.finish(list.reader, value.is_err()) {
        value = Err(fault);
    }
    value
}

struct List<'a, 'de> {
    reader: &'a mut Reader<'de>,
    lines: Counted,
    item: Content,
}

impl<'de> List<'_, 'de> {
    /// Takes the next item. Returns `false` at the end of the list.
    #[inline(never)]
    fn next_item(&mut self) -> Result<bool, Fault> {
        if !self.lines.next(self.reader)? {
            return Ok(false);
        }
        self.item = content::item(self.reader)?;
        Ok(true)
    }

    #[inline(never)]
    fn read_item<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        self.item.read(self.reader, seed)
    }
}

impl<'de> SeqAccess<'de> for &mut List<'_, 'de> {
    type Error = Fault;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if !self.next_item()? {
            return Ok(None);
        }
        fault::with_offset(self.read_item(seed), self.item.offset).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.lines.size_hint(self.reader))
    }
}
