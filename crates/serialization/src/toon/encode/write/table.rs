//! Owns a table while it is written: its header from the first row, then row after row.

use serde::Serialize;

use super::header::Header;
use super::reordered_row::ReorderedRows;
use super::row::Row;
use crate::toon::EncodeOptions;
use crate::toon::encode::columns::Columns;
use crate::toon::encode::depth::Depth;
use crate::toon::encode::fault::Fault;
use crate::toon::encode::output::Output;

/// A table, keyed or not, whose bracket has been written. Its memory serves all tables of a
/// document, one after the other.
pub(super) struct Table {
    columns: Columns,
    /// The level of its rows.
    level: usize,
    options: EncodeOptions,
    /// How long the row before was.
    row_length: usize,
    /// What puts cells in order, once a row has needed it.
    reordered: Option<ReorderedRows>,
}

impl Table {
    pub(super) fn new(options: EncodeOptions, widest: usize) -> Self {
        Self {
            columns: Columns::new(widest),
            level: 0,
            options,
            row_length: 0,
            reordered: None,
        }
    }

    /// Forgets the table before.
    pub(super) fn open(&mut self, level: usize, rows: usize) {
        self.columns.clear(rows > 1);
        self.level = level;
        self.reordered = None;
    }

    pub(super) fn level(&self) -> usize {
        self.level
    }

    /// Writes the fields of the header and its colon, before the first row and from it.
    pub(super) fn header<T: Serialize + ?Sized>(
        &mut self,
        out: &mut Output<'_>,
        depth: &mut Depth,
        first: &T,
    ) -> Result<(), Fault> {
        if self.columns.len() == 0 {
            Header::write(out, depth, &mut self.columns, first)?;
            out.raw(":");
        }
        Ok(())
    }

    /// Writes the cells of a row whose line has begun.
    ///
    /// Nearly every row has its fields in the order of the header. One that has not is noticed
    /// at its first other key; then its cells are taken back and put in order.
    pub(super) fn row<T: Serialize + ?Sized>(
        &mut self,
        out: &mut Output<'_>,
        depth: &mut Depth,
        value: &T,
    ) -> Result<(), Fault> {
        let start = out.len();
        let level = *depth;
        match Row::write(out, depth, &self.columns, value) {
            Err(fault) if fault.is_value_changed() && self.columns.have_keys() => {
                out.truncate(start);
                *depth = level;
                let rows = match &mut self.reordered {
                    Some(rows) => rows,
                    none => none.insert(ReorderedRows::new(
                        self.options,
                        &self.columns,
                        self.row_length,
                    )?),
                };
                rows.write(out, depth, &self.columns, value)
            }
            outcome => {
                self.row_length = out.len() - start;
                outcome
            }
        }
    }
}
