//! Owns the second pass: it writes the document that the first has planned.

mod beginnings;
mod cells;
mod header;
mod open_object;
mod place;
mod row;
mod scattered_row;
mod table;

use std::fmt::Display;

use serde::Serialize;

use super::depth::Depth;
use super::fault::Fault;
use super::output::Output;
use super::pass::{Pass, ValueSerializer};
use super::plan::{ArrayForm, Plan, Steps};
use crate::toon::EncodeOptions;
use beginnings::Beginnings;
use open_object::OpenObject;
use place::{At, Place};
use table::Table;

/// Writes a value as the plan says, and hands back the output.
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
        beginnings: Beginnings::new(),
        entry: String::new(),
    };
    value.serialize(ValueSerializer::new(&mut writer, Place::ROOT))?;
    if !writer.steps.are_done() {
        return Err(Fault::change());
    }
    writer.out.flush()?;
    Ok(writer.out)
}

/// The state of the second pass.
struct Writer<'w> {
    out: Output<'w>,
    steps: Steps,
    depth: Depth,
    /// The one table that is open, if any: none lies in another.
    table: Table,
    /// By the level of the line.
    beginnings: Beginnings,
    /// The key of the next row of a keyed table.
    entry: String,
}

/// What [`Writer::beginnings`] has for the level of a key that follows a hyphen.
const ON_HYPHEN: usize = usize::MAX;

/// An array that is open.
enum OpenArray {
    Inline { missing: usize, is_first: bool },
    List { missing: usize, level: usize },
    Table { missing: usize },
}

impl<'w> Writer<'w> {
    /// What stands between the place and a primitive.
    #[inline]
    fn lead(&mut self, place: Place) -> Result<&mut Output<'w>, Fault> {
        match place.at() {
            At::Root | At::Cell => {}
            At::Field(_) => self.out.raw(": "),
            At::Item(_) => self.out.raw(" "),
            At::Entry => return Err(Fault::change()),
        }
        Ok(&mut self.out)
    }

    /// Begins the line of a header and says at which level its content stands.
    fn lead_header(&mut self, place: Place) -> Result<usize, Fault> {
        match place.at() {
            At::Root => {
                self.out.line(0)?;
                Ok(1)
            }
            At::Field(level) => Ok(level + 1),
            At::Item(level) => {
                self.out.raw(" ");
                Ok(level + 1)
            }
            At::Cell | At::Entry => Err(Fault::change()),
        }
    }

    #[inline]
    fn open_field(&mut self, object: &mut OpenObject, text: &str) -> Result<Place, Fault> {
        if object.is_keyed() {
            object.take_entry()?;
            self.entry.clear();
            self.entry.push_str(text);
            return Ok(Place::ENTRY);
        }
        let level = object.number();
        if object.take_hyphen() {
            self.out.raw(" ");
        } else {
            self.out.line(level)?;
        }
        self.out.key(text);
        Ok(Place::field(level))
    }

    /// A field of a struct that has not been written at its level, at least not lately.
    #[inline(never)]
    fn first_field(
        &mut self,
        object: &mut OpenObject,
        key: &'static str,
        tag: usize,
    ) -> Result<Place, Fault> {
        let before = self.out.len();
        let place = self.open_field(object, key)?;
        // The first line of a document begins without a newline, as no other does.
        if before > 0 {
            self.beginnings.keep(key, tag, self.out.since(before));
        }
        Ok(place)
    }

    /// An array without elements (sections 9.1 and 9.2).
    fn empty_array(&mut self, place: Place) -> Result<(), Fault> {
        match place.at() {
            At::Root => self.out.raw("[]"),
            At::Field(_) => self.out.raw(": []"),
            At::Item(_) => {
                self.out.raw(" ");
                self.out.bracket(0, false);
                self.out.raw(":");
            }
            At::Cell | At::Entry => return Err(Fault::change()),
        }
        Ok(())
    }
}

/// Counts one element of those that are missing.
fn take_one(missing: &mut usize) -> Result<(), Fault> {
    *missing = missing.checked_sub(1).ok_or_else(Fault::change)?;
    Ok(())
}

fn all_taken(missing: usize) -> Result<(), Fault> {
    if missing == 0 {
        Ok(())
    } else {
        Err(Fault::change())
    }
}

impl Pass for Writer<'_> {
    type Outcome = ();
    type Place = Place;
    type Array = OpenArray;
    type Object = OpenObject;

    fn null(&mut self, place: Place) -> Result<(), Fault> {
        self.lead(place)?.raw("null");
        Ok(())
    }

    fn boolean(&mut self, place: Place, value: bool) -> Result<(), Fault> {
        self.lead(place)?.boolean(value);
        Ok(())
    }

    fn signed(&mut self, place: Place, value: i64) -> Result<(), Fault> {
        self.lead(place)?.integer(value);
        Ok(())
    }

    fn unsigned(&mut self, place: Place, value: u64) -> Result<(), Fault> {
        self.lead(place)?.integer(value);
        Ok(())
    }

    fn wide_signed(&mut self, place: Place, value: i128) -> Result<(), Fault> {
        self.lead(place)?.integer(value);
        Ok(())
    }

    fn wide_unsigned(&mut self, place: Place, value: u128) -> Result<(), Fault> {
        self.lead(place)?.integer(value);
        Ok(())
    }

    fn single(&mut self, place: Place, value: f32) -> Result<(), Fault> {
        self.lead(place)?.float(value);
        Ok(())
    }

    fn double(&mut self, place: Place, value: f64) -> Result<(), Fault> {
        self.lead(place)?.float(value);
        Ok(())
    }

    fn text(&mut self, place: Place, value: &str) -> Result<(), Fault> {
        let out = self.lead(place)?;
        match place.at() {
            At::Root => out.root_string(value),
            _ => out.string(value),
        }
        Ok(())
    }

    fn display<T: Display + ?Sized>(&mut self, place: Place, value: &T) -> Result<(), Fault> {
        self.text(place, &value.to_string())
    }

    fn wrap(&mut self) -> Result<(), Fault> {
        self.depth.wrap()
    }

    fn unwrap(&mut self) {
        self.depth.unwrap();
    }

    fn open_array(&mut self, place: Place) -> Result<OpenArray, Fault> {
        self.depth.enter()?;
        let (form, missing) = self.steps.array().ok_or_else(Fault::change)?;
        if missing == 0 {
            self.empty_array(place)?;
            return Ok(OpenArray::Inline {
                missing,
                is_first: true,
            });
        }
        let level = self.lead_header(place)?;
        self.out.bracket(missing, false);
        Ok(match form {
            ArrayForm::Inline => {
                self.out.raw(": ");
                OpenArray::Inline {
                    missing,
                    is_first: true,
                }
            }
            ArrayForm::List => {
                self.out.raw(":");
                OpenArray::List { missing, level }
            }
            ArrayForm::Table => {
                self.table.open(level, missing);
                OpenArray::Table { missing }
            }
        })
    }

    fn element<T: Serialize + ?Sized>(
        &mut self,
        array: &mut OpenArray,
        value: &T,
    ) -> Result<(), Fault> {
        match array {
            OpenArray::Inline { missing, is_first } => {
                take_one(missing)?;
                self.out.flush_if_full()?;
                if !std::mem::take(is_first) {
                    self.out.delimiter();
                }
                value.serialize(ValueSerializer::new(self, Place::CELL))
            }
            OpenArray::List { missing, level } => {
                take_one(missing)?;
                self.out.line(*level)?;
                self.out.raw("-");
                value.serialize(ValueSerializer::new(self, Place::item(*level)))
            }
            OpenArray::Table { missing } => {
                take_one(missing)?;
                self.table.head(&mut self.out, &mut self.depth, value)?;
                self.out.line(self.table.level())?;
                self.table.row(&mut self.out, &mut self.depth, value)
            }
        }
    }

    fn close_array(&mut self, array: OpenArray) -> Result<(), Fault> {
        self.depth.leave();
        match array {
            OpenArray::Inline { missing, .. }
            | OpenArray::List { missing, .. }
            | OpenArray::Table { missing, .. } => all_taken(missing),
        }
    }

    fn open_object(&mut self, place: Place) -> Result<OpenObject, Fault> {
        self.depth.enter()?;
        if let Some(missing) = self.steps.object() {
            let level = self.lead_header(place)?;
            self.out.bracket(missing, true);
            self.table.open(level, missing);
            return Ok(OpenObject::new(OpenObject::KEYED, missing));
        }
        Ok(match place.at() {
            At::Root => OpenObject::new(OpenObject::PLAIN, 0),
            At::Field(level) => {
                self.out.raw(":");
                OpenObject::new(OpenObject::PLAIN, level + 1)
            }
            At::Item(level) => OpenObject::new(OpenObject::ON_HYPHEN, level + 1),
            At::Cell | At::Entry => return Err(Fault::change()),
        })
    }

    fn key(&mut self, object: &mut OpenObject, text: &str) -> Result<Place, Fault> {
        self.open_field(object, text)
    }

    #[inline]
    fn static_key(&mut self, object: &mut OpenObject, key: &'static str) -> Result<Place, Fault> {
        if object.is_keyed() {
            return self.open_field(object, key);
        }
        let level = object.number();
        let is_on_hyphen = object.kind() == OpenObject::ON_HYPHEN;
        let tag = if is_on_hyphen { ON_HYPHEN } else { level };
        self.out.flush_if_full()?;
        if let Some(beginning) = self.beginnings.get(key, tag) {
            self.out.verbatim(beginning);
            object.take_hyphen();
            return Ok(Place::field(level));
        }
        self.first_field(object, key, tag)
    }

    #[inline]
    fn value<T: Serialize + ?Sized>(
        &mut self,
        object: &mut OpenObject,
        place: Place,
        value: &T,
    ) -> Result<(), Fault> {
        if !object.is_keyed() {
            return value.serialize(ValueSerializer::new(self, place));
        }
        self.table.head(&mut self.out, &mut self.depth, value)?;
        self.out.line(self.table.level())?;
        self.out.key(&self.entry);
        self.out.raw(": ");
        self.table.row(&mut self.out, &mut self.depth, value)
    }

    fn close_field(&mut self, _object: &mut OpenObject, _outcome: ()) -> Result<(), Fault> {
        Ok(())
    }

    fn close_object(&mut self, object: OpenObject) -> Result<(), Fault> {
        self.depth.leave();
        if object.is_keyed() {
            all_taken(object.number())
        } else {
            Ok(())
        }
    }
}
