//! Owns rows whose fields come in another order than those of the header.

use serde::Serialize;

use super::cells::{no_arrays, written_cells};
use crate::toon::EncodeOptions;
use crate::toon::encode::columns::Columns;
use crate::toon::encode::depth::Depth;
use crate::toon::encode::fault::Fault;
use crate::toon::encode::output::Output;
use crate::toon::encode::pass::{Pass, ValueSerializer};

/// Where the cells of a row belong, and their texts until all are there.
///
/// Nine bytes per column: a header of very many columns may be much of a document, and what is kept
/// beside it must stay small.
pub(super) struct ScatteredRows {
    /// The columns in the order of their fingerprints.
    order: Vec<u32>,
    /// The cells in the order in which they came, each on a line: no cell has a newline in it.
    texts: Output<'static>,
    /// Where in `texts` the cell of each column begins.
    starts: Vec<Start>,
}

impl ScatteredRows {
    /// For rows that are presumably so long.
    pub(super) fn new(
        options: EncodeOptions,
        columns: &Columns,
        row_length: usize,
    ) -> Result<Self, Fault> {
        let fingerprints = columns.fingerprints();
        let end = u32::try_from(fingerprints.len()).map_err(|_| too_large())?;
        let mut order: Vec<u32> = (0..end).collect();
        order.sort_unstable_by_key(|at| fingerprints[*at as usize]);
        Ok(Self {
            order,
            texts: Output::in_memory(options, row_length + row_length / 16 + 128),
            starts: vec![Start::NONE; columns.len()],
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
        self.texts.truncate(0);
        self.starts.fill(Start::NONE);
        let mut row = ScatteredRow {
            rows: self,
            columns,
            depth,
            filled: 0,
        };
        value.serialize(ValueSerializer::new(&mut row, Place::Row))?;
        if row.filled != columns.len() - columns.groups().len() {
            return Err(Fault::change());
        }
        let starts = self.starts.iter().filter_map(|start| start.get());
        for (at, start) in starts.enumerate() {
            if at > 0 {
                out.delimiter();
            }
            out.verbatim(self.texts.line_from(start));
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

/// A place in a text, in five bytes; or none.
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

/// The pass over one row.
struct ScatteredRow<'r> {
    rows: &'r mut ScatteredRows,
    columns: &'r Columns,
    depth: &'r mut Depth,
    /// How many cells are there.
    filled: usize,
}

#[derive(Clone, Copy)]
enum Place {
    Row,
    /// A column.
    Cell(usize),
}

impl ScatteredRow<'_> {
    fn cell(
        &mut self,
        place: Place,
        write: impl FnOnce(&mut Output<'static>),
    ) -> Result<(), Fault> {
        let Place::Cell(at) = place else {
            return Err(Fault::change());
        };
        if self.columns.is_group(at) || self.rows.starts[at].get().is_some() {
            return Err(Fault::change());
        }
        self.rows.starts[at] = Start::new(self.rows.texts.len())?;
        write(&mut self.rows.texts);
        self.rows.texts.raw("\n");
        self.filled += 1;
        Ok(())
    }
}

impl Pass for ScatteredRow<'_> {
    type Outcome = ();
    type Place = Place;
    /// The first column of the row or group.
    type Object = usize;

    no_arrays!(Place);
    written_cells!(Place);

    fn wrap(&mut self) -> Result<(), Fault> {
        self.depth.wrap()
    }

    fn unwrap(&mut self) {
        self.depth.unwrap();
    }

    fn open_object(&mut self, place: Place) -> Result<usize, Fault> {
        self.depth.enter()?;
        match place {
            Place::Row => Ok(0),
            Place::Cell(at) if self.columns.is_group(at) => Ok(at + 1),
            Place::Cell(_) => Err(Fault::change()),
        }
    }

    fn key(&mut self, first: &mut usize, key: &str) -> Result<Place, Fault> {
        self.rows
            .column(self.columns, *first, key)
            .map(Place::Cell)
            .ok_or_else(Fault::change)
    }

    fn close_field(&mut self, _first: &mut usize, _outcome: ()) -> Result<(), Fault> {
        Ok(())
    }

    fn close_object(&mut self, _first: usize) -> Result<(), Fault> {
        self.depth.leave();
        Ok(())
    }
}
