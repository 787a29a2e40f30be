//! Keyed tables: objects of which each field is a row, for example `ada: 1,true` (section 9.5).

use std::borrow::Cow;
use std::ops::Range;

use serde::de::{DeserializeSeed, MapAccess, Visitor};

use crate::toon::decode::content::{self, Key};
use crate::toon::decode::counted::Counted;
use crate::toon::decode::duplicates::Turn;
use crate::toon::decode::fault::{self, Fault};
use crate::toon::decode::name::Name;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::rows::{Cells, Declared};
use crate::toon::decode::siblings::Siblings;

/// Reads the entries below a header.
pub(super) fn read<'de, V: Visitor<'de>>(
    reader: &mut Reader<'de>,
    declared: &Declared<'de>,
    visitor: V,
) -> Result<V::Value, Fault> {
    let lines = Counted::open(reader, declared.floor, declared.length)?;
    let mut entries = Entries {
        lines,
        siblings: Siblings::open(reader),
        cells: Cells::new(reader.text(), declared),
        reader,
        key: Cow::Borrowed(""),
        offset: 0,
        value: None,
    };
    let mut value = visitor.visit_map(&mut entries);
    entries.siblings.value_read(entries.reader);
    if let Err(fault) = entries.lines.finish(entries.reader, value.is_err()) {
        value = Err(fault);
    }
    entries.siblings.close(entries.reader);
    value
}

struct Entries<'a, 'de> {
    reader: &'a mut Reader<'de>,
    lines: Counted,
    siblings: Siblings<'de>,
    /// The last key given to the visitor, and its offset.
    key: Cow<'de, str>,
    offset: usize,
    cells: Cells<'a, 'de>,
    /// The offsets of that key's cells, until the visitor takes them.
    value: Option<Range<usize>>,
}

/// A row: its key, the offset of the key, and the offsets of its cells.
struct Entry<'de> {
    key: Key<'de>,
    offset: usize,
    cells: Range<usize>,
}

impl<'de> Entries<'_, 'de> {
    /// Takes the next row and stores its key and cells. Returns `false` at the end of the table.
    ///
    /// A duplicate key of a lenient reading comes at its first row, with the cells of its last.
    fn next_row(&mut self) -> Result<bool, Fault> {
        self.siblings.value_read(self.reader);
        while let Some(Entry { key, offset, cells }) = self.take()? {
            self.value = match self.siblings.next(self.reader, &key, offset)? {
                Turn::Here => Some(cells),
                Turn::Past { .. } => continue,
                Turn::Later { .. } => self.take()?.map(|later| later.cells),
            };
            self.offset = offset;
            self.key = key.name;
            return Ok(true);
        }
        Ok(false)
    }

    fn take(&mut self) -> Result<Option<Entry<'de>>, Fault> {
        if !self.lines.next(self.reader)? {
            return Ok(None);
        }
        let text = self.reader.text();
        let line = self.reader.lines.taken();
        let (key, after_colon) = content::entry_key(text, line)?;
        let start = content::skip_spaces(&text.as_bytes()[..line.end], after_colon);
        Ok(Some(Entry {
            key,
            offset: line.content,
            cells: start..line.end,
        }))
    }
}

impl<'de> MapAccess<'de> for &mut Entries<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        if !self.next_row()? {
            return Ok(None);
        }
        Name::new(&self.key, self.offset).read(seed).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(cells) = self.value.take() else {
            return Err(Fault::value_before_key());
        };
        let offset = cells.start;
        let row = self.cells.split(cells)?;
        fault::with_offset(seed.deserialize(row), offset)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.lines.size_hint(self.reader))
    }
}
