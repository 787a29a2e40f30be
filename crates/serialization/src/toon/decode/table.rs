//! Tables: arrays of objects with one row per object (section 9.3).

use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use crate::toon::decode::counted::Counted;
use crate::toon::decode::fault::{self, Fault};
use crate::toon::decode::reader::Reader;
use crate::toon::decode::rows::{Cells, Declared};

/// Reads the rows below a header.
pub(super) fn read<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    declared: &Declared<'de>,
    visitor: V,
) -> Result<V::Value, Fault> {
    let lines = Counted::open(reader, declared.floor, declared.length)?;
    let mut table = Table {
        lines,
        cells: Cells::new(reader.text(), declared),
        reader,
    };
    let mut value = visitor.visit_seq(&mut table);
    if let Err(fault) = table.lines.finish(table.reader, value.is_err()) {
        value = Err(fault);
    }
    value
}

struct Table<'a, 'de> {
    reader: &'a mut Reader<'de>,
    lines: Counted,
    cells: Cells<'a, 'de>,
}

impl<'de> Table<'_, 'de> {
    #[inline(never)]
    fn read_row<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let row = self.cells.split_row(self.reader.lines.taken())?;
        seed.deserialize(row)
    }
}

impl<'de> SeqAccess<'de> for &mut Table<'_, 'de> {
    type Error = Fault;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if !self.lines.next(self.reader)? {
            return Ok(None);
        }
        let offset = self.reader.lines.taken().content;
        fault::with_offset(self.read_row(seed), offset).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.lines.size_hint(self.reader))
    }
}
