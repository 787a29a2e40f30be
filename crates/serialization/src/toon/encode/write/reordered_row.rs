//! Rows of a table with their fields in another order than the header.

use serde::Serialize;

use super::cells::{no_arrays, written_cells};
use crate::toon::EncodeOptions;
use crate::toon::encode::columns::Columns;
use crate::toon::encode::depth::Depth;
use crate::toon::encode::fault::Fault;
use crate::toon::encode::output::Output;
use crate::toon::encode::pass::{Pass, ValueSerializer};

/// Sorts the cells of a row into the order of the header.
///
/// It collects the texts of the cells in the order of the row, notes the start of each column's
/// text, and then writes the texts in the order of the header. A header of very many columns may be
/// most of a document, and the memory beside it must stay small. Therefore a row of at least
/// [`WIDE`] columns is visited [`PARTS`] times, each time for a third of the columns.
pub(super) struct ReorderedRows {
    /// The columns, sorted by their fingerprints.
    order: Vec<u32>,
    /// The cells in the order of the row, one per line. A cell contains no newline.
    texts: Output<'static>,
    /// The start in `texts` of each column's cell, for the columns of the current visit.
    starts: Vec<Start>,
}

/// The number of columns from which on a row is visited [`PARTS`] times.
const WIDE: usize = 1024;
const PARTS: usize = 3;

impl ReorderedRows {
    /// Prepares for the rows of a table. `row_length` is an estimate of the length of a row.
    pub(super) fn new(
        options: EncodeOptions,
        columns: &Columns,
        row_length: usize,
    ) -> Result<Self, Fault> {
        let fingerprints = columns.fingerprints();
        let end = u32::try_from(fingerprints.len()).map_err(|_| too_large())?;
        let mut order: Vec<u32> = (0..end).collect();
        order.sort_unstable_by_key(|at| fingerprints[*at as usize]);
        let parts = if columns.len() < WIDE { 1 } else { PARTS };
        let capacity = row_length / parts;
        Ok(Self {
            order,
            texts: Output::in_memory(options, capacity + capacity / 16 + 128),
            starts: vec![Start::NONE; columns.len().div_ceil(parts)],
        })
    }

    /// Writes a row in the order of the header.
    pub(super) fn write<T: Serialize + ?Sized>(
        &mut self,
        out: &mut Output<'_>,
        depth: &mut Depth,
        columns: &Columns,
        value: &T,
    ) -> Result<(), Fault> {
        let mut is_first = true;
        for first_column in (0..columns.len()).step_by(self.starts.len().max(1)) {
            self.texts.truncate(0);
            self.starts.fill(Start::NONE);
            let mut row = ReorderedRow {
                rows: self,
                columns,
                depth,
                first_column,
                filled: 0,
            };
            value.serialize(ValueSerializer::new(&mut row, Location::Row))?;
            if row.filled != columns.len() - columns.groups().len() {
                return Err(Fault::value_changed());
            }
            for start in self.starts.iter().filter_map(|start| start.get()) {
                if !std::mem::take(&mut is_first) {
                    out.delimiter();
                }
                out.verbatim(self.texts.line_from(start));
            }
        }
        Ok(())
    }

    fn column(&self, columns: &Columns, first: usize, key: &str) -> Option<usize> {
        let fingerprints = columns.fingerprints();
        let wanted = columns.fingerprint(first, key);
        let found = self
            .order
            .binary_search_by_key(&wanted, |at| fingerprints[*at as usize]);
        Some(self.order[found.ok()?] as usize)
    }
}

/// An offset in a text, or none, in five bytes.
#[derive(Clone, Copy)]
struct Start([u8; 5]);

impl Start {
    const NONE: Self = Self([0xFF; 5]);

    fn new(start: usize) -> Result<Self, Fault> {
        match (start as u64).to_le_bytes() {
            [a, b, c, d, e, 0, 0, 0] if [a, b, c, d, e] != Self::NONE.0 => {
                Ok(Self([a, b, c, d, e]))
            }
            _ => Err(too_large()),
        }
    }

    #[inline]
    fn get(self) -> Option<usize> {
        let Self([a, b, c, d, e]) = self;
        (self.0 != Self::NONE.0).then(|| u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]) as usize)
    }
}

#[cold]
fn too_large() -> Fault {
    serde::ser::Error::custom("a row whose keys are not in the order of the header is too large")
}

/// One visit of a row.
struct ReorderedRow<'r> {
    rows: &'r mut ReorderedRows,
    columns: &'r Columns,
    depth: &'r mut Depth,
    /// The first column of this visit.
    first_column: usize,
    /// The number of cells seen, also those of other visits.
    filled: usize,
}

#[derive(Clone, Copy)]
enum Location {
    Row,
    /// A cell, with its column.
    Cell(usize),
}

impl ReorderedRow<'_> {
    fn cell(
        &mut self,
        location: Location,
        write: impl FnOnce(&mut Output<'static>),
    ) -> Result<(), Fault> {
        let Location::Cell(at) = location else {
            return Err(Fault::value_changed());
        };
        if self.columns.is_group(at) {
            return Err(Fault::value_changed());
        }
        self.filled += 1;
        let rows = &mut *self.rows;
        // For a column before the first, the index wraps around and is too large as well.
        if let Some(start) = rows.starts.get_mut(at.wrapping_sub(self.first_column)) {
            if start.get().is_some() {
                return Err(Fault::value_changed());
            }
            *start = Start::new(rows.texts.len())?;
            write(&mut rows.texts);
            rows.texts.raw("\n");
        }
        Ok(())
    }
}

impl Pass for ReorderedRow<'_> {
    type Outcome = ();
    type Location = Location;
    /// The first column of the row or group.
    type Object = usize;

    no_arrays!(Location);
    written_cells!(Location);

    fn wrap(&mut self) -> Result<(), Fault> {
        self.depth.wrap()
    }

    fn unwrap(&mut self) {
        self.depth.unwrap();
    }

    fn open_object(&mut self, location: Location) -> Result<usize, Fault> {
        self.depth.enter()?;
        match location {
            Location::Row => Ok(0),
            Location::Cell(at) if self.columns.is_group(at) => Ok(at + 1),
            Location::Cell(_) => Err(Fault::value_changed()),
        }
    }

    fn key(&mut self, first: &mut usize, key: &str) -> Result<Location, Fault> {
        self.rows
            .column(self.columns, *first, key)
            .map(Location::Cell)
            .ok_or_else(Fault::value_changed)
    }

    fn close_field(&mut self, _first: &mut usize, _outcome: ()) -> Result<(), Fault> {
        Ok(())
    }

    fn close_object(&mut self, _first: usize) -> Result<(), Fault> {
        self.depth.leave();
        Ok(())
    }
}
