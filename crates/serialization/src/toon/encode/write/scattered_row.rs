//! Owns rows whose fields come in another order than those of the header.

use std::collections::HashMap;

use serde::Serialize;

use super::cells::{no_arrays, written_cells};
use crate::toon::EncodeOptions;
use crate::toon::encode::columns::Columns;
use crate::toon::encode::depth::Depth;
use crate::toon::encode::fault::Fault;
use crate::toon::encode::key_hash::KeyHash;
use crate::toon::encode::output::Output;
use crate::toon::encode::pass::{Pass, ValueSerializer};

/// Where the cells of a row belong, and their texts until all are there.
pub(super) struct ScatteredRows {
    /// The column of each key in each group; the group is named by its first column, and so is the
    /// row.
    columns: HashMap<(usize, u64), Column>,
    hash: KeyHash,
    texts: Output<'static>,
    /// Where in `texts` the cell of each column lies.
    spans: Vec<Option<Span>>,
}

#[derive(Clone, Copy)]
struct Column {
    at: usize,
    is_group: bool,
}

#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

impl ScatteredRows {
    pub(super) fn new(options: EncodeOptions, columns: &Columns) -> Self {
        let mut places = HashMap::with_capacity(columns.len());
        let mut groups = columns.groups().iter().peekable();
        // The groups around a column: where each begins and ends.
        let mut around = vec![(0, columns.len())];
        for (at, fingerprint) in columns.fingerprints().iter().enumerate() {
            while let [.., _, (_, end)] = around[..]
                && end == at
            {
                around.pop();
            }
            let group = groups.next_if(|group| group.at == at);
            if let Some((first, _)) = around.last() {
                let column = Column {
                    at,
                    is_group: group.is_some(),
                };
                places.insert((*first, *fingerprint), column);
            }
            if let Some(group) = group {
                around.push((at + 1, group.end));
            }
        }
        Self {
            columns: places,
            hash: columns.hash(),
            texts: Output::in_memory(options, 0),
            spans: vec![None; columns.len()],
        }
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
        self.spans.fill(None);
        let mut row = ScatteredRow {
            rows: self,
            depth,
            filled: 0,
        };
        value.serialize(ValueSerializer::new(&mut row, Place::Row))?;
        if row.filled != columns.len() - columns.groups().len() {
            return Err(Fault::change());
        }
        for (at, span) in self.spans.iter().flatten().enumerate() {
            if at > 0 {
                out.delimiter();
            }
            out.raw(self.texts.part(span.start, span.end));
        }
        Ok(())
    }
}

/// The pass over one row.
struct ScatteredRow<'r> {
    rows: &'r mut ScatteredRows,
    depth: &'r mut Depth,
    /// How many cells are there.
    filled: usize,
}

#[derive(Clone, Copy)]
enum Place {
    Row,
    Cell(Column),
}

impl ScatteredRow<'_> {
    fn cell(
        &mut self,
        place: Place,
        write: impl FnOnce(&mut Output<'static>),
    ) -> Result<(), Fault> {
        let Place::Cell(Column {
            at,
            is_group: false,
        }) = place
        else {
            return Err(Fault::change());
        };
        let start = self.rows.texts.len();
        write(&mut self.rows.texts);
        let end = self.rows.texts.len();
        if self.rows.spans[at].replace(Span { start, end }).is_some() {
            return Err(Fault::change());
        }
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
            Place::Cell(Column { at, is_group: true }) => Ok(at + 1),
            Place::Cell(_) => Err(Fault::change()),
        }
    }

    fn key(&mut self, first: &mut usize, key: &str) -> Result<Place, Fault> {
        let fingerprint = self.rows.hash.key(key);
        self.rows
            .columns
            .get(&(*first, fingerprint))
            .map(|column| Place::Cell(*column))
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
