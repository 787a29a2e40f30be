//! A table: the encoder writes its header from the first row, then one row after the other.

use serde::Serialize;

use super::header::Header;
use super::reordered_row::ReorderedRows;
use super::row::Row;
use crate::toon::EncodeOptions;
use crate::toon::encode::columns::Columns;
use crate::toon::encode::depth::Depth;
use crate::toon::encode::fault::Fault;
use crate::toon::encode::output::Output;

/// A table, keyed or not, after its bracket. All tables of a document share this one, one after the
/// other, to reuse its memory.
pub(super) struct Table {
    columns: Columns,
    /// The level of its rows.
    level: usize,
    options: EncodeOptions,
    /// The length of the previous row.
    row_length: usize,
    /// Sorts the cells of rows in another order, once such a row has come.
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

    /// Starts a table after the previous one.
    pub(super) fn open(&mut self, level: usize, rows: usize) {
        self.columns.clear(rows > 1);
        self.level = level;
        self.reordered = None;
    }

    pub(super) fn level(&self) -> usize {
        self.level
    }

    /// Writes the fields of the header and its colon before the first row; later rows write
    /// nothing.
    pub(super) fn header<T: Serialize + ?Sized>(
        &mut self,
        out: &mut Output<'_>,
        depth: &mut Depth,
        row: &T,
    ) -> Result<(), Fault> {
        if self.columns.len() == 0 {
            Header::write(out, depth, &mut self.columns, row)?;
            out.raw(":");
        }
        Ok(())
    }

    /// Writes the cells of a row; its line has begun.
    ///
    /// Nearly every row has its fields in the order of the header. At the first key in another
    /// order, this removes the cells written so far and sorts the cells of the row.
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
