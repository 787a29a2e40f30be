//! The fields of a table's header, from its first row (specification, section 6).

use serde::Serialize;

use super::cells::no_arrays;
use crate::toon::encode::columns::Columns;
use crate::toon::encode::depth::Depth;
use crate::toon::encode::fault::Fault;
use crate::toon::encode::output::Output;
use crate::toon::encode::pass::{Pass, ValueSerializer};

/// The pass over the first row. It writes the keys and ignores the values.
pub(super) struct Header<'h, 'w> {
    out: &'h mut Output<'w>,
    depth: &'h mut Depth,
    columns: &'h mut Columns,
}

#[derive(Clone, Copy)]
pub(super) enum Location {
    Row,
    Cell,
}

/// The open row, or an open group of columns in it.
pub(super) struct OpenObject {
    /// The index of the group; `None` for the row.
    group: Option<usize>,
    /// Its first column.
    first: usize,
    is_empty: bool,
}

impl<'h, 'w> Header<'h, 'w> {
    pub(super) fn write<T: Serialize + ?Sized>(
        out: &'h mut Output<'w>,
        depth: &'h mut Depth,
        columns: &'h mut Columns,
        row: &T,
    ) -> Result<(), Fault> {
        let mut header = Self {
            out,
            depth,
            columns,
        };
        row.serialize(ValueSerializer::new(&mut header, Location::Row))
    }

    fn cell(&self, location: Location) -> Result<(), Fault> {
        match location {
            Location::Row => Err(Fault::value_changed()),
            Location::Cell => Ok(()),
        }
    }

    fn separate(&mut self, object: &mut OpenObject) {
        if !std::mem::take(&mut object.is_empty) {
            self.out.delimiter();
        }
    }
}

impl Pass for Header<'_, '_> {
    type Outcome = ();
    type Location = Location;
    type Object = OpenObject;

    no_arrays!(Location);

    fn null(&mut self, location: Location) -> Result<(), Fault> {
        self.cell(location)
    }

    fn boolean(&mut self, location: Location, _value: bool) -> Result<(), Fault> {
        self.cell(location)
    }

    fn signed(&mut self, location: Location, _value: i64) -> Result<(), Fault> {
        self.cell(location)
    }

    fn unsigned(&mut self, location: Location, _value: u64) -> Result<(), Fault> {
        self.cell(location)
    }

    fn wide_signed(&mut self, location: Location, _value: i128) -> Result<(), Fault> {
        self.cell(location)
    }

    fn wide_unsigned(&mut self, location: Location, _value: u128) -> Result<(), Fault> {
        self.cell(location)
    }

    fn single(&mut self, location: Location, _value: f32) -> Result<(), Fault> {
        self.cell(location)
    }

    fn double(&mut self, location: Location, _value: f64) -> Result<(), Fault> {
        self.cell(location)
    }

    fn number(&mut self, location: Location, _text: &str) -> Result<(), Fault> {
        self.cell(location)
    }

    fn text(&mut self, location: Location, _value: &str) -> Result<(), Fault> {
        self.cell(location)
    }

    fn display<T: std::fmt::Display + ?Sized>(
        &mut self,
        location: Location,
        _value: &T,
    ) -> Result<(), Fault> {
        self.cell(location)
    }

    fn wrap(&mut self) -> Result<(), Fault> {
        self.depth.wrap()
    }

    fn unwrap(&mut self) {
        self.depth.unwrap();
    }

    fn open_object(&mut self, location: Location) -> Result<OpenObject, Fault> {
        self.depth.enter()?;
        self.out.raw("{");
        Ok(OpenObject {
            group: match location {
                Location::Row => None,
                Location::Cell => Some(self.columns.open_group()),
            },
            first: self.columns.len(),
            is_empty: true,
        })
    }

    fn key(&mut self, object: &mut OpenObject, key: &str) -> Result<Location, Fault> {
        self.separate(object);
        self.out.key(key);
        self.columns.push(object.first, key);
        Ok(Location::Cell)
    }

    fn static_key(
        &mut self,
        object: &mut OpenObject,
        key: &'static str,
    ) -> Result<Location, Fault> {
        self.separate(object);
        self.out.key(key);
        self.columns.push_static(object.first, key);
        Ok(Location::Cell)
    }

    fn close_field(&mut self, _object: &mut OpenObject, _outcome: ()) -> Result<(), Fault> {
        Ok(())
    }

    fn close_object(&mut self, object: OpenObject) -> Result<(), Fault> {
        self.depth.leave();
        if object.is_empty {
            // A header has no empty group (section 6), and the first pass saw none.
            return Err(Fault::value_changed());
        }
        if let Some(group) = object.group {
            self.columns.close_group(group);
        }
        self.out.raw("}");
        Ok(())
    }
}
