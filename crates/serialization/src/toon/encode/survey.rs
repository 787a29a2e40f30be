//! Owns the first pass: it finds out which arrays and objects are tables, and about how long the
//! document will be, without formatting anything.

mod measure;
mod unique_keys;

use std::fmt::Display;

use serde::Serialize;

use super::EncodeError;
use super::depth::Depth;
use super::key_hash::KeyHash;
use super::pass::{Pass, ValueSerializer};
use super::plan::{ArrayForm, Mark, Plan};
use crate::toon::EncodeOptions;
use measure::{Length, Measure};
use unique_keys::{OpenKeys, UniqueKeys};

/// The plan of a value, and the presumable length of its document.
pub(super) fn survey<T: Serialize + ?Sized>(
    value: &T,
    options: EncodeOptions,
) -> Result<(Plan, usize), EncodeError> {
    let mut survey = Survey::new(options, UniqueKeys::by_fingerprint());
    value.serialize(ValueSerializer::new(&mut survey, Place::Named))?;
    if survey.keys.are_in_doubt() {
        survey = Survey::new(options, UniqueKeys::by_text());
        value.serialize(ValueSerializer::new(&mut survey, Place::Named))?;
    }
    Ok((survey.plan, survey.measure.document()))
}

/// The state of the first pass. Each value is visited once, and its shape worked out from those of
/// its parts.
struct Survey {
    plan: Plan,
    measure: Measure,
    keys: UniqueKeys,
    hash: KeyHash,
    depth: Depth,
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum Place {
    /// At the root or in a field.
    Named,
    /// In an array. An array there is never a table, and an object never a keyed one (sections 9.4
    /// and 9.5).
    Element,
}

/// What a value can be in a table.
#[derive(Clone, Copy)]
enum Shape {
    /// A cell.
    Primitive,
    /// A row, or a group of cells in one: an object that is not empty and has only primitives and
    /// such objects in it. With the fingerprint of its keys, in no order.
    Row(u64),
    /// Nothing.
    Other,
}

/// What the parts of an array or object have in common.
#[derive(Clone, Copy)]
enum Parts {
    Primitives,
    Rows(u64),
    Mixed,
}

impl Parts {
    fn of_one(shape: Shape) -> Self {
        match shape {
            Shape::Primitive => Self::Primitives,
            Shape::Row(fingerprint) => Self::Rows(fingerprint),
            Shape::Other => Self::Mixed,
        }
    }

    fn and(self, shape: Shape) -> Self {
        match (self, shape) {
            (Self::Primitives, Shape::Primitive) => self,
            (Self::Rows(all), Shape::Row(one)) if all == one => self,
            _ => Self::Mixed,
        }
    }
}

/// An array that is open.
struct OpenArray {
    place: Place,
    step: usize,
    length: usize,
    parts: Parts,
    mark: Mark,
    before: Length,
    /// How long the keys of the first element are.
    header: usize,
}

/// An object that is open.
struct OpenObject {
    place: Place,
    fields: usize,
    /// The fingerprint of the fields so far, if all can be in a row.
    sum: Option<u64>,
    parts: Parts,
    keys: OpenKeys,
    key: u64,
    mark: Mark,
    before: Length,
    header: usize,
    /// How long the keys of this object itself are: in a keyed table they stand in the rows.
    names: usize,
}

impl Survey {
    fn new(options: EncodeOptions, keys: UniqueKeys) -> Self {
        Self {
            plan: Plan::default(),
            measure: Measure::new(options.indent),
            keys,
            hash: KeyHash::new(),
            depth: Depth::new(options.max_depth),
        }
    }

    #[inline]
    fn cell(&mut self, length: usize) -> Result<Shape, EncodeError> {
        self.measure.cell(length);
        Ok(Shape::Primitive)
    }
}

impl Pass for Survey {
    type Outcome = Shape;
    type Place = Place;
    type Array = OpenArray;
    type Object = OpenObject;

    #[inline]
    fn null(&mut self, _place: Place) -> Result<Shape, EncodeError> {
        self.cell(4)
    }

    #[inline]
    fn boolean(&mut self, _place: Place, _value: bool) -> Result<Shape, EncodeError> {
        self.cell(5)
    }

    #[inline]
    fn signed(&mut self, _place: Place, value: i64) -> Result<Shape, EncodeError> {
        self.cell(measure::digits(value.unsigned_abs()) + usize::from(value < 0))
    }

    #[inline]
    fn unsigned(&mut self, _place: Place, value: u64) -> Result<Shape, EncodeError> {
        self.cell(measure::digits(value))
    }

    fn wide_signed(&mut self, place: Place, value: i128) -> Result<Shape, EncodeError> {
        self.wide_unsigned(place, value.unsigned_abs())
    }

    fn wide_unsigned(&mut self, _place: Place, value: u128) -> Result<Shape, EncodeError> {
        self.cell(value.checked_ilog10().unwrap_or_default() as usize + 1)
    }

    #[inline]
    fn single(&mut self, _place: Place, value: f32) -> Result<Shape, EncodeError> {
        self.cell(measure::float(value.into()).min(10))
    }

    #[inline]
    fn double(&mut self, _place: Place, value: f64) -> Result<Shape, EncodeError> {
        self.cell(measure::float(value))
    }

    #[inline]
    fn text(&mut self, _place: Place, value: &str) -> Result<Shape, EncodeError> {
        self.cell(measure::string(value))
    }

    fn display<T: Display + ?Sized>(
        &mut self,
        _place: Place,
        _value: &T,
    ) -> Result<Shape, EncodeError> {
        // Dates, addresses and ids are about as long.
        self.cell(24)
    }

    #[inline]
    fn wrap(&mut self) -> Result<(), EncodeError> {
        self.depth.wrap()
    }

    #[inline]
    fn unwrap(&mut self) {
        self.depth.unwrap();
    }

    #[inline]
    fn open_array(&mut self, place: Place) -> Result<OpenArray, EncodeError> {
        self.depth.enter()?;
        Ok(OpenArray {
            place,
            step: self.plan.open_array(),
            length: 0,
            parts: Parts::Primitives,
            mark: self.plan.mark(),
            before: self.measure.length(),
            header: 0,
        })
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(
        &mut self,
        array: &mut OpenArray,
        value: &T,
    ) -> Result<(), EncodeError> {
        let shape = value.serialize(ValueSerializer::new(self, Place::Element))?;
        if array.length == 0 {
            array.parts = Parts::of_one(shape);
            array.header = self.measure.names_since(array.before);
        } else {
            array.parts = array.parts.and(shape);
        }
        array.length += 1;
        Ok(())
    }

    #[inline]
    fn close_array(&mut self, array: OpenArray) -> Result<Shape, EncodeError> {
        let form = match (array.parts, array.place) {
            (Parts::Primitives, _) => ArrayForm::Inline,
            (Parts::Rows(_), Place::Named) => ArrayForm::Table,
            _ => ArrayForm::List,
        };
        self.depth.leave();
        let level = self.depth.containers();
        match form {
            ArrayForm::Inline => {}
            ArrayForm::List => self.measure.lines(array.length, level + 1, "- ".len()),
            ArrayForm::Table => {
                self.plan.forget(array.mark);
                self.measure.table(array.before, array.header);
                self.measure.lines(array.length, level + 1, 0);
            }
        }
        self.measure.header(array.length);
        self.plan.close_array(array.step, form, array.length);
        Ok(Shape::Other)
    }

    #[inline]
    fn open_object(&mut self, place: Place) -> Result<OpenObject, EncodeError> {
        self.depth.enter()?;
        Ok(OpenObject {
            place,
            fields: 0,
            sum: Some(0),
            parts: Parts::Primitives,
            keys: self.keys.open(),
            key: 0,
            mark: self.plan.open_object(),
            before: self.measure.length(),
            header: 0,
            names: 0,
        })
    }

    #[inline]
    fn key(&mut self, object: &mut OpenObject, key: &str) -> Result<Place, EncodeError> {
        object.key = self.hash.key(key);
        self.keys.key(&mut object.keys, key, object.key)?;
        object.names += self.measure.name(key, self.depth.containers() - 1);
        Ok(Place::Named)
    }

    #[inline]
    fn close_field(&mut self, object: &mut OpenObject, shape: Shape) -> Result<(), EncodeError> {
        if object.fields == 0 {
            object.parts = Parts::of_one(shape);
            object.header = self.measure.names_since(object.before);
        } else {
            object.parts = object.parts.and(shape);
        }
        object.fields += 1;
        object.sum = match (object.sum, shape) {
            (Some(sum), Shape::Primitive) => Some(sum.wrapping_add(self.hash.field(object.key, 0))),
            (Some(sum), Shape::Row(row)) => {
                Some(sum.wrapping_add(self.hash.field(object.key, row)))
            }
            _ => None,
        };
        Ok(())
    }

    #[inline]
    fn close_object(&mut self, object: OpenObject) -> Result<Shape, EncodeError> {
        self.keys.close(object.keys);
        self.depth.leave();
        if let (Parts::Rows(_), Place::Named, 2..) = (object.parts, object.place, object.fields) {
            self.plan.close_keyed(object.mark, object.fields);
            self.measure
                .table(object.before, object.header + object.names);
            self.measure
                .lines(object.fields, self.depth.containers() + 1, 0);
        }
        Ok(match object.sum {
            Some(sum) if object.fields > 0 => Shape::Row(self.hash.object(sum, object.fields)),
            _ => Shape::Other,
        })
    }
}
