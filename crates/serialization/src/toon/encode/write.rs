//! Owns the second pass: it writes the document that the first has planned.

mod cells;
mod header;
mod row;
mod scattered_row;
mod table;

use std::fmt::Display;

use serde::Serialize;

use super::EncodeError;
use super::depth::Depth;
use super::output::Output;
use super::pass::{Pass, ValueSerializer};
use super::plan::{ArrayForm, Plan, Steps};
use crate::toon::EncodeOptions;
use table::Table;

/// Writes a value as the plan says, and hands back the output.
pub(super) fn write<'w, T: Serialize + ?Sized>(
    value: &T,
    options: EncodeOptions,
    plan: Plan,
    out: Output<'w>,
) -> Result<Output<'w>, EncodeError> {
    let mut writer = Writer {
        out,
        steps: plan.into_steps(),
        depth: Depth::new(options.max_depth),
        options,
    };
    value.serialize(ValueSerializer::new(&mut writer, Place::Root))?;
    if !writer.steps.are_done() {
        return Err(EncodeError::ValueChanged);
    }
    writer.out.flush()?;
    Ok(writer.out)
}

/// The state of the second pass.
struct Writer<'w> {
    out: Output<'w>,
    steps: Steps,
    depth: Depth,
    options: EncodeOptions,
}

/// Where a value stands, and what of its line is there already.
#[derive(Clone, Copy)]
enum Place {
    /// Nothing.
    Root,
    /// The key of a field, on a line of this level.
    Field(usize),
    /// The hyphen of an item, on a line of this level.
    Item(usize),
    /// All up to the value: it is one of an inline array.
    Cell,
    /// Nothing yet: it is the row of a keyed table, which only [`Pass::value`] can write.
    Entry,
}

/// An array that is open.
enum OpenArray {
    Inline { missing: usize, is_first: bool },
    List { missing: usize, level: usize },
    Table { missing: usize, table: Box<Table> },
}

/// An object that is open.
enum OpenObject {
    /// Its fields stand at this level.
    Plain { level: usize, is_on_hyphen: bool },
    Keyed {
        missing: usize,
        table: Box<Table>,
        /// The key of the entry that comes next.
        key: String,
    },
}

impl<'w> Writer<'w> {
    /// What stands between the place and a primitive.
    #[inline]
    fn lead(&mut self, place: Place) -> Result<&mut Output<'w>, EncodeError> {
        match place {
            Place::Root | Place::Cell => {}
            Place::Field(_) => self.out.raw(": "),
            Place::Item(_) => self.out.raw(" "),
            Place::Entry => return Err(EncodeError::ValueChanged),
        }
        Ok(&mut self.out)
    }

    /// Begins the line of a header and says at which level its content stands.
    fn lead_header(&mut self, place: Place) -> Result<usize, EncodeError> {
        match place {
            Place::Root => {
                self.out.line(0)?;
                Ok(1)
            }
            Place::Field(level) => Ok(level + 1),
            Place::Item(level) => {
                self.out.raw(" ");
                Ok(level + 1)
            }
            Place::Cell | Place::Entry => Err(EncodeError::ValueChanged),
        }
    }

    /// An array without elements (sections 9.1 and 9.2).
    fn empty_array(&mut self, place: Place) -> Result<(), EncodeError> {
        match place {
            Place::Root => self.out.raw("[]"),
            Place::Field(_) => self.out.raw(": []"),
            Place::Item(_) => {
                self.out.raw(" ");
                self.out.bracket(0, false);
                self.out.raw(":");
            }
            Place::Cell | Place::Entry => return Err(EncodeError::ValueChanged),
        }
        Ok(())
    }
}

/// Counts one element of those that are missing.
fn take_one(missing: &mut usize) -> Result<(), EncodeError> {
    *missing = missing.checked_sub(1).ok_or(EncodeError::ValueChanged)?;
    Ok(())
}

fn all_taken(missing: usize) -> Result<(), EncodeError> {
    if missing == 0 {
        Ok(())
    } else {
        Err(EncodeError::ValueChanged)
    }
}

impl Pass for Writer<'_> {
    type Outcome = ();
    type Place = Place;
    type Array = OpenArray;
    type Object = OpenObject;

    fn null(&mut self, place: Place) -> Result<(), EncodeError> {
        self.lead(place)?.raw("null");
        Ok(())
    }

    fn boolean(&mut self, place: Place, value: bool) -> Result<(), EncodeError> {
        self.lead(place)?.boolean(value);
        Ok(())
    }

    fn signed(&mut self, place: Place, value: i64) -> Result<(), EncodeError> {
        self.lead(place)?.integer(value);
        Ok(())
    }

    fn unsigned(&mut self, place: Place, value: u64) -> Result<(), EncodeError> {
        self.lead(place)?.integer(value);
        Ok(())
    }

    fn wide_signed(&mut self, place: Place, value: i128) -> Result<(), EncodeError> {
        self.lead(place)?.integer(value);
        Ok(())
    }

    fn wide_unsigned(&mut self, place: Place, value: u128) -> Result<(), EncodeError> {
        self.lead(place)?.integer(value);
        Ok(())
    }

    fn single(&mut self, place: Place, value: f32) -> Result<(), EncodeError> {
        self.lead(place)?.float(value);
        Ok(())
    }

    fn double(&mut self, place: Place, value: f64) -> Result<(), EncodeError> {
        self.lead(place)?.float(value);
        Ok(())
    }

    fn text(&mut self, place: Place, value: &str) -> Result<(), EncodeError> {
        let out = self.lead(place)?;
        match place {
            Place::Root => out.root_string(value),
            _ => out.string(value),
        }
        Ok(())
    }

    fn display<T: Display + ?Sized>(&mut self, place: Place, value: &T) -> Result<(), EncodeError> {
        self.text(place, &value.to_string())
    }

    fn wrap(&mut self) -> Result<(), EncodeError> {
        self.depth.wrap()
    }

    fn unwrap(&mut self) {
        self.depth.unwrap();
    }

    fn open_array(&mut self, place: Place) -> Result<OpenArray, EncodeError> {
        self.depth.enter()?;
        let (form, missing) = self.steps.array().ok_or(EncodeError::ValueChanged)?;
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
            ArrayForm::Table => OpenArray::Table {
                missing,
                table: Box::new(Table::new(self.options, level)),
            },
        })
    }

    fn element<T: Serialize + ?Sized>(
        &mut self,
        array: &mut OpenArray,
        value: &T,
    ) -> Result<(), EncodeError> {
        match array {
            OpenArray::Inline { missing, is_first } => {
                take_one(missing)?;
                self.out.flush_if_full()?;
                if !std::mem::take(is_first) {
                    self.out.delimiter();
                }
                value.serialize(ValueSerializer::new(self, Place::Cell))
            }
            OpenArray::List { missing, level } => {
                take_one(missing)?;
                self.out.line(*level)?;
                self.out.raw("-");
                value.serialize(ValueSerializer::new(self, Place::Item(*level)))
            }
            OpenArray::Table { missing, table } => {
                take_one(missing)?;
                table.head(&mut self.out, &mut self.depth, value)?;
                self.out.line(table.level())?;
                table.row(&mut self.out, &mut self.depth, value)
            }
        }
    }

    fn close_array(&mut self, array: OpenArray) -> Result<(), EncodeError> {
        self.depth.leave();
        match array {
            OpenArray::Inline { missing, .. }
            | OpenArray::List { missing, .. }
            | OpenArray::Table { missing, .. } => all_taken(missing),
        }
    }

    fn open_object(&mut self, place: Place) -> Result<OpenObject, EncodeError> {
        self.depth.enter()?;
        if let Some(missing) = self.steps.object() {
            let level = self.lead_header(place)?;
            self.out.bracket(missing, true);
            return Ok(OpenObject::Keyed {
                missing,
                table: Box::new(Table::new(self.options, level)),
                key: String::new(),
            });
        }
        let (level, is_on_hyphen) = match place {
            Place::Root => (0, false),
            Place::Field(level) => {
                self.out.raw(":");
                (level + 1, false)
            }
            Place::Item(level) => (level + 1, true),
            Place::Cell | Place::Entry => return Err(EncodeError::ValueChanged),
        };
        Ok(OpenObject::Plain {
            level,
            is_on_hyphen,
        })
    }

    fn key(&mut self, object: &mut OpenObject, text: &str) -> Result<Place, EncodeError> {
        match object {
            OpenObject::Plain {
                level,
                is_on_hyphen,
            } => {
                if std::mem::take(is_on_hyphen) {
                    self.out.raw(" ");
                } else {
                    self.out.line(*level)?;
                }
                self.out.key(text);
                Ok(Place::Field(*level))
            }
            OpenObject::Keyed { missing, key, .. } => {
                take_one(missing)?;
                key.clear();
                key.push_str(text);
                Ok(Place::Entry)
            }
        }
    }

    fn value<T: Serialize + ?Sized>(
        &mut self,
        object: &mut OpenObject,
        place: Place,
        value: &T,
    ) -> Result<(), EncodeError> {
        match object {
            OpenObject::Plain { .. } => value.serialize(ValueSerializer::new(self, place)),
            OpenObject::Keyed { table, key, .. } => {
                table.head(&mut self.out, &mut self.depth, value)?;
                self.out.line(table.level())?;
                self.out.key(key);
                self.out.raw(": ");
                table.row(&mut self.out, &mut self.depth, value)
            }
        }
    }

    fn close_field(&mut self, _object: &mut OpenObject, _outcome: ()) -> Result<(), EncodeError> {
        Ok(())
    }

    fn close_object(&mut self, object: OpenObject) -> Result<(), EncodeError> {
        self.depth.leave();
        match object {
            OpenObject::Plain { .. } => Ok(()),
            OpenObject::Keyed { missing, .. } => all_taken(missing),
        }
    }
}
