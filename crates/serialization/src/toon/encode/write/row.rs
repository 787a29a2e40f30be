//! A row of a table with its fields in the order of the header.

use serde::Serialize;

use super::cells::{no_arrays, written_cells};
use crate::toon::encode::columns::Columns;
use crate::toon::encode::depth::Depth;
use crate::toon::encode::fault::Fault;
use crate::toon::encode::output::Output;
use crate::toon::encode::pass::{Pass, ValueSerializer};

/// The pass over one row. A field other than the next column is an error: the value has changed, or
/// the row has another order and [`ReorderedRows`](super::reordered_row::ReorderedRows) writes it.
pub(super) struct Row<'r, 'w> {
    out: &'r mut Output<'w>,
    depth: &'r mut Depth,
    columns: &'r Columns,
    /// The next column.
    at: usize,
    /// The next group among the groups of the table.
    group: usize,
    /// The column of that group, or `usize::MAX`.
    group_at: usize,
    is_first: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Location {
    Row,
    Cell,
}

/// The open row, or an open group of columns in it.
pub(super) struct OpenObject {
    /// Its first column.
    first: usize,
    /// The column after its last one.
    end: usize,
}

impl<'r, 'w> Row<'r, 'w> {
    #[inline]
    pub(super) fn write<T: Serialize + ?Sized>(
        out: &'r mut Output<'w>,
        depth: &'r mut Depth,
        columns: &'r Columns,
        value: &T,
    ) -> Result<(), Fault> {
        let mut row = Self {
            out,
            depth,
            columns,
            at: 0,
            group: 0,
            group_at: usize::MAX,
            is_first: true,
        };
        row.find_group();
        value.serialize(ValueSerializer::new(&mut row, Location::Row))?;
        if row.at == columns.len() {
            Ok(())
        } else {
            Err(Fault::value_changed())
        }
    }

    fn find_group(&mut self) {
        self.group_at = match self.columns.groups().get(self.group) {
            Some(group) => group.at,
            None => usize::MAX,
        };
    }

    #[inline]
    fn cell(
        &mut self,
        location: Location,
        write: impl FnOnce(&mut Output<'w>),
    ) -> Result<(), Fault> {
        if self.at == self.group_at || matches!(location, Location::Row) {
            return Err(Fault::value_changed());
        }
        self.at += 1;
        if !std::mem::take(&mut self.is_first) {
            self.out.delimiter();
        }
        write(self.out);
        Ok(())
    }

    #[inline]
    fn expect(&self, object: &OpenObject, is_next: bool) -> Result<Location, Fault> {
        if is_next && self.at < object.end {
            Ok(Location::Cell)
        } else {
            Err(Fault::value_changed())
        }
    }
}

impl Pass for Row<'_, '_> {
    type Outcome = ();
    type Location = Location;
    type Object = OpenObject;

    no_arrays!(Location);
    written_cells!(Location);

    fn wrap(&mut self) -> Result<(), Fault> {
        self.depth.wrap()
    }

    fn unwrap(&mut self) {
        self.depth.unwrap();
    }

    #[inline]
    fn open_object(&mut self, location: Location) -> Result<OpenObject, Fault> {
        self.depth.enter()?;
        let end = match location {
            Location::Row => self.columns.len(),
            Location::Cell => {
                if self.at != self.group_at {
                    return Err(Fault::value_changed());
                }
                let end = self.columns.groups()[self.group].end;
                self.at += 1;
                self.group += 1;
                self.find_group();
                end
            }
        };
        Ok(OpenObject {
            first: self.at,
            end,
        })
    }

    #[inline]
    fn key(&mut self, object: &mut OpenObject, key: &str) -> Result<Location, Fault> {
        self.expect(object, self.columns.is(object.first, self.at, key))
    }

    #[inline]
    fn static_key(
        &mut self,
        object: &mut OpenObject,
        key: &'static str,
    ) -> Result<Location, Fault> {
        self.expect(object, self.columns.is_static(object.first, self.at, key))
    }

    #[inline]
    fn close_field(&mut self, _object: &mut OpenObject, _outcome: ()) -> Result<(), Fault> {
        Ok(())
    }

    #[inline]
    fn close_object(&mut self, object: OpenObject) -> Result<(), Fault> {
        self.depth.leave();
        if self.at == object.end {
            Ok(())
        } else {
            Err(Fault::value_changed())
        }
    }
}
