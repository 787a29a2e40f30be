//! The second pass: it writes the document by the plan of the first.

mod cells;
mod header;
mod line_prefixes;
mod location;
mod open_object;
mod remaining;
mod reordered_row;
mod row;
mod table;

use std::fmt::Display;

use serde::Serialize;

use super::depth::Depth;
use super::fault::Fault;
use super::output::Output;
use super::pass::{Pass, ValueSerializer};
use super::plan::{ArrayForm, Plan, Steps};
use crate::toon::EncodeOptions;
use line_prefixes::LinePrefixes;
use location::{Location, LocationKind};
use open_object::OpenObject;
use remaining::{none_left, take_one};
use table::Table;

/// Writes a value by its plan, and returns the output.
pub(super) fn write<'w, T: Serialize + ?Sized>(
    value: &T,
    options: EncodeOptions,
    plan: Plan,
    out: Output<'w>,
) -> Result<Output<'w>, Fault> {
    let table = Table::new(options, plan.widest());
    let mut writer = Writer {
        out,
        steps: plan.into_steps(),
        depth: Depth::new(options.max_depth),
        table,
        line_prefixes: LinePrefixes::new(),
        entry_key: String::new(),
    };
    value.serialize(ValueSerializer::new(&mut writer, Location::ROOT))?;
    if !writer.steps.are_done() {
        return Err(Fault::value_changed());
    }
    writer.out.flush()?;
    Ok(writer.out)
}

/// The state of the second pass.
struct Writer<'w> {
    out: Output<'w>,
    steps: Steps,
    depth: Depth,
    /// The open table. There is at most one, because a table contains no other.
    table: Table,
    /// The line prefixes of struct keys, by key and level, or [`ON_HYPHEN`].
    line_prefixes: LinePrefixes,
    /// The key of the next row of a keyed table.
    entry_key: String,
}

/// The tag in [`Writer::line_prefixes`] of a key that follows a hyphen: it has no indentation.
const ON_HYPHEN: usize = usize::MAX;

/// An open array, with the number of elements that are still to come.
enum OpenArray {
    Inline { remaining: usize, is_first: bool },
    List { remaining: usize, level: usize },
    Table { remaining: usize },
}

impl<'w> Writer<'w> {
    /// Writes the text between the location and a primitive, for example `: ` after a key.
    #[inline]
    fn before_primitive(&mut self, location: Location) -> Result<&mut Output<'w>, Fault> {
        match location.kind() {
            LocationKind::Root | LocationKind::Cell => {}
            LocationKind::Field(_) => self.out.raw(": "),
            LocationKind::Item(_) => self.out.raw(" "),
            LocationKind::Entry => return Err(Fault::value_changed()),
        }
        Ok(&mut self.out)
    }

    /// Writes the text between the location and a header, and returns the level of the content.
    fn before_header(&mut self, location: Location) -> Result<usize, Fault> {
        match location.kind() {
            LocationKind::Root => {
                self.out.line(0)?;
                Ok(1)
            }
            LocationKind::Field(level) => Ok(level + 1),
            LocationKind::Item(level) => {
                self.out.raw(" ");
                Ok(level + 1)
            }
            LocationKind::Cell | LocationKind::Entry => Err(Fault::value_changed()),
        }
    }

    #[inline]
    fn open_field(&mut self, object: &mut OpenObject, text: &str) -> Result<Location, Fault> {
        if object.is_keyed() {
            object.take_entry()?;
            self.entry_key.clear();
            self.entry_key.push_str(text);
            return Ok(Location::ENTRY);
        }
        let level = object.number();
        if object.take_hyphen() {
            self.out.raw(" ");
        } else {
            self.out.line(level)?;
        }
        self.out.key(text);
        Ok(Location::field(level))
    }

    /// Opens a field of a struct without a cached line prefix, and caches it.
    #[inline(never)]
    fn first_field(
        &mut self,
        object: &mut OpenObject,
        key: &'static str,
        tag: usize,
    ) -> Result<Location, Fault> {
        let before = self.out.len();
        let location = self.open_field(object, key)?;
        // The first line of a document has no newline before it, so its prefix is not reusable.
        if before > 0 {
            self.line_prefixes.keep(key, tag, self.out.since(before));
        }
        Ok(location)
    }

    /// Writes an array without elements (sections 9.1 and 9.2).
    fn empty_array(&mut self, location: Location) -> Result<(), Fault> {
        match location.kind() {
            LocationKind::Root => self.out.raw("[]"),
            LocationKind::Field(_) => self.out.raw(": []"),
            LocationKind::Item(_) => {
                self.out.raw(" ");
                self.out.bracket(0, false);
                self.out.raw(":");
            }
            LocationKind::Cell | LocationKind::Entry => return Err(Fault::value_changed()),
        }
        Ok(())
    }
}

impl Pass for Writer<'_> {
    type Outcome = ();
    type Location = Location;
    type Array = OpenArray;
    type Object = OpenObject;

    fn null(&mut self, location: Location) -> Result<(), Fault> {
        self.before_primitive(location)?.raw("null");
        Ok(())
    }

    fn boolean(&mut self, location: Location, value: bool) -> Result<(), Fault> {
        self.before_primitive(location)?.boolean(value);
        Ok(())
    }

    fn signed(&mut self, location: Location, value: i64) -> Result<(), Fault> {
        self.before_primitive(location)?.integer(value);
        Ok(())
    }

    fn unsigned(&mut self, location: Location, value: u64) -> Result<(), Fault> {
        self.before_primitive(location)?.integer(value);
        Ok(())
    }

    fn wide_signed(&mut self, location: Location, value: i128) -> Result<(), Fault> {
        self.before_primitive(location)?.integer(value);
        Ok(())
    }

    fn wide_unsigned(&mut self, location: Location, value: u128) -> Result<(), Fault> {
        self.before_primitive(location)?.integer(value);
        Ok(())
    }

    fn single(&mut self, location: Location, value: f32) -> Result<(), Fault> {
        self.before_primitive(location)?.float(value);
        Ok(())
    }

    fn double(&mut self, location: Location, value: f64) -> Result<(), Fault> {
        self.before_primitive(location)?.float(value);
        Ok(())
    }

    fn number(&mut self, location: Location, text: &str) -> Result<(), Fault> {
        self.before_primitive(location)?.verbatim(text);
        Ok(())
    }

    fn text(&mut self, location: Location, value: &str) -> Result<(), Fault> {
        let out = self.before_primitive(location)?;
        match location.kind() {
            LocationKind::Root => out.root_string(value),
            _ => out.string(value),
        }
        Ok(())
    }

    fn display<T: Display + ?Sized>(&mut self, location: Location, value: &T) -> Result<(), Fault> {
        self.text(location, &value.to_string())
    }

    fn wrap(&mut self) -> Result<(), Fault> {
        self.depth.wrap()
    }

    fn unwrap(&mut self) {
        self.depth.unwrap();
    }

    fn open_array(&mut self, location: Location) -> Result<OpenArray, Fault> {
        self.depth.enter()?;
        let (form, remaining) = self.steps.array().ok_or_else(Fault::value_changed)?;
        if remaining == 0 {
            self.empty_array(location)?;
            return Ok(OpenArray::Inline {
                remaining,
                is_first: true,
            });
        }
        let level = self.before_header(location)?;
        self.out.bracket(remaining, false);
        Ok(match form {
            ArrayForm::Inline => {
                self.out.raw(": ");
                OpenArray::Inline {
                    remaining,
                    is_first: true,
                }
            }
            ArrayForm::List => {
                self.out.raw(":");
                OpenArray::List { remaining, level }
            }
            ArrayForm::Table => {
                self.table.open(level, remaining);
                OpenArray::Table { remaining }
            }
        })
    }

    fn element<T: Serialize + ?Sized>(
        &mut self,
        array: &mut OpenArray,
        value: &T,
    ) -> Result<(), Fault> {
        match array {
            OpenArray::Inline {
                remaining,
                is_first,
            } => {
                take_one(remaining)?;
                self.out.flush_if_full()?;
                if !std::mem::take(is_first) {
                    self.out.delimiter();
                }
                value.serialize(ValueSerializer::new(self, Location::CELL))
            }
            OpenArray::List { remaining, level } => {
                take_one(remaining)?;
                self.out.line(*level)?;
                self.out.raw("-");
                value.serialize(ValueSerializer::new(self, Location::item(*level)))
            }
            OpenArray::Table { remaining } => {
                take_one(remaining)?;
                self.table.header(&mut self.out, &mut self.depth, value)?;
                self.out.line(self.table.level())?;
                self.table.row(&mut self.out, &mut self.depth, value)
            }
        }
    }

    fn close_array(&mut self, array: OpenArray) -> Result<(), Fault> {
        self.depth.leave();
        match array {
            OpenArray::Inline { remaining, .. }
            | OpenArray::List { remaining, .. }
            | OpenArray::Table { remaining, .. } => none_left(remaining),
        }
    }

    fn open_object(&mut self, location: Location) -> Result<OpenObject, Fault> {
        self.depth.enter()?;
        if let Some(remaining) = self.steps.object() {
            let level = self.before_header(location)?;
            self.out.bracket(remaining, true);
            self.table.open(level, remaining);
            return Ok(OpenObject::new(OpenObject::KEYED, remaining));
        }
        Ok(match location.kind() {
            LocationKind::Root => OpenObject::new(OpenObject::PLAIN, 0),
            LocationKind::Field(level) => {
                self.out.raw(":");
                OpenObject::new(OpenObject::PLAIN, level + 1)
            }
            LocationKind::Item(level) => OpenObject::new(OpenObject::ON_HYPHEN, level + 1),
            LocationKind::Cell | LocationKind::Entry => return Err(Fault::value_changed()),
        })
    }

    fn key(&mut self, object: &mut OpenObject, text: &str) -> Result<Location, Fault> {
        self.open_field(object, text)
    }

    #[inline]
    fn static_key(
        &mut self,
        object: &mut OpenObject,
        key: &'static str,
    ) -> Result<Location, Fault> {
        if object.is_keyed() {
            return self.open_field(object, key);
        }
        let level = object.number();
        let is_on_hyphen = object.kind() == OpenObject::ON_HYPHEN;
        let tag = if is_on_hyphen { ON_HYPHEN } else { level };
        self.out.flush_if_full()?;
        if let Some(prefix) = self.line_prefixes.get(key, tag) {
            self.out.verbatim(prefix);
            object.take_hyphen();
            return Ok(Location::field(level));
        }
        self.first_field(object, key, tag)
    }

    #[inline]
    fn value<T: Serialize + ?Sized>(
        &mut self,
        object: &mut OpenObject,
        location: Location,
        value: &T,
    ) -> Result<(), Fault> {
        if !object.is_keyed() {
            return value.serialize(ValueSerializer::new(self, location));
        }
        self.table.header(&mut self.out, &mut self.depth, value)?;
        self.out.line(self.table.level())?;
        self.out.key(&self.entry_key);
        self.out.raw(": ");
        self.table.row(&mut self.out, &mut self.depth, value)
    }

    fn close_field(&mut self, _object: &mut OpenObject, _outcome: ()) -> Result<(), Fault> {
        Ok(())
    }

    fn close_object(&mut self, object: OpenObject) -> Result<(), Fault> {
        self.depth.leave();
        if object.is_keyed() {
            none_left(object.number())
        } else {
            Ok(())
        }
    }
}
