//! Owns the first pass: it finds out which arrays and objects are tables, and about how long the
//! document will be, without formatting anything.

mod measure;
mod unique_keys;

use std::fmt::Display;

use serde::Serialize;

use super::depth::Depth;
use super::fault::Fault;
use super::key_hash::KeyHash;
use super::pass::{Pass, ValueSerializer};
use super::plan::{ArrayForm, Mark, Plan};
use super::static_key_cache::StaticKeyCache;
use crate::toon::EncodeOptions;
use measure::{Length, Measure};
use unique_keys::{OpenKeys, UniqueKeys};

/// The plan of a value, and the presumable length of its document.
pub(super) fn survey<T: Serialize + ?Sized>(
    value: &T,
    options: EncodeOptions,
) -> Result<(Plan, usize), Fault> {
    let mut survey = Survey::new(options, UniqueKeys::by_fingerprint());
    value.serialize(ValueSerializer::new(&mut survey, Location::Named))?;
    if survey.keys.are_in_doubt() {
        survey = Survey::new(options, UniqueKeys::by_text());
        value.serialize(ValueSerializer::new(&mut survey, Location::Named))?;
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
    static_keys: StaticKeyCache<u64>,
    arrays: Vec<OpenArray>,
    objects: Vec<OpenObject>,
    /// How many fields the object had that was closed last.
    columns: usize,
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum Location {
    /// At the root or in a field.
    Named,
    /// In an array. An array there is never a table, and an object never a keyed one (sections 9.4
    /// and 9.5).
    Element,
}

/// What a value can be in a table: a cell, nothing, or else a row, or a group of cells in one, which
/// is an object that is not empty and has only primitives and such objects in it. The number is the
/// fingerprint of its keys, in no order.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Shape(u64);

impl Shape {
    const PRIMITIVE: Self = Self(KeyHash::NO_OBJECT);
    const OTHER: Self = Self(KeyHash::NO_ROW);

    fn is_row(self) -> bool {
        self != Self::PRIMITIVE && self != Self::OTHER
    }

    /// The shape that all of the parts of something have, if they have one, given that of the first
    /// so many.
    #[inline]
    fn common(self, parts: usize, next: Self) -> Self {
        if parts == 0 || self == next {
            next
        } else {
            Self::OTHER
        }
    }
}

/// An array that is open. It and [`OpenObject`] lie in the survey instead of on the stack, which
/// they would soon exhaust in an unoptimised build.
struct OpenArray {
    location: Location,
    step: usize,
    length: usize,
    /// The shape of all elements.
    parts: Shape,
    mark: Mark,
    before: Length,
    /// How long the keys of the first element are.
    header: usize,
}

/// An object that is open.
struct OpenObject {
    location: Location,
    fields: usize,
    /// Whether all fields so far can be in a row, and their fingerprint.
    is_row: bool,
    sum: u64,
    /// The shape of all values.
    parts: Shape,
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
        let hash = KeyHash::new();
        Self {
            plan: Plan::default(),
            measure: Measure::new(options),
            keys,
            static_keys: StaticKeyCache::new(),
            hash,
            depth: Depth::new(options.max_depth),
            arrays: Vec::new(),
            objects: Vec::new(),
            columns: 0,
        }
    }

    #[inline]
    fn cell(&mut self, length: usize) -> Result<Shape, Fault> {
        self.measure.cell(length);
        Ok(Shape::PRIMITIVE)
    }

    /// The fingerprint of the key of a struct, which is remembered.
    #[cold]
    fn learn(&mut self, key: &'static str) -> u64 {
        let fingerprint = self.hash.key(key);
        self.static_keys.put(key, 0, fingerprint);
        fingerprint
    }

    #[inline]
    fn open_field(&mut self, key: &str, fingerprint: u64) -> Result<Location, Fault> {
        let Some(object) = self.objects.last_mut() else {
            return Err(Fault::value_changed());
        };
        object.key = fingerprint;
        self.keys.key(&mut object.keys, key, fingerprint)?;
        self.measure.name(key, self.depth.containers() - 1);
        object.names += key.len() + ": ".len();
        Ok(Location::Named)
    }
}

impl Pass for Survey {
    type Outcome = Shape;
    type Location = Location;
    type Array = ();
    type Object = ();

    #[inline]
    fn null(&mut self, _place: Location) -> Result<Shape, Fault> {
        self.cell(4)
    }

    #[inline]
    fn boolean(&mut self, _place: Location, _value: bool) -> Result<Shape, Fault> {
        self.cell(5)
    }

    #[inline]
    fn signed(&mut self, _place: Location, value: i64) -> Result<Shape, Fault> {
        self.cell(measure::digits(value.unsigned_abs()) + usize::from(value < 0))
    }

    #[inline]
    fn unsigned(&mut self, _place: Location, value: u64) -> Result<Shape, Fault> {
        self.cell(measure::digits(value))
    }

    fn wide_signed(&mut self, location: Location, value: i128) -> Result<Shape, Fault> {
        self.wide_unsigned(location, value.unsigned_abs())
    }

    fn wide_unsigned(&mut self, _place: Location, value: u128) -> Result<Shape, Fault> {
        self.cell(value.checked_ilog10().unwrap_or_default() as usize + 1)
    }

    #[inline]
    fn single(&mut self, _place: Location, value: f32) -> Result<Shape, Fault> {
        self.cell(measure::float(value.into()).min(10))
    }

    #[inline]
    fn double(&mut self, _place: Location, value: f64) -> Result<Shape, Fault> {
        self.cell(measure::float(value))
    }

    #[inline]
    fn text(&mut self, _place: Location, value: &str) -> Result<Shape, Fault> {
        self.cell(self.measure.string(value))
    }

    fn display<T: Display + ?Sized>(
        &mut self,
        _place: Location,
        _value: &T,
    ) -> Result<Shape, Fault> {
        // Dates, addresses and ids are about as long.
        self.cell(24)
    }

    #[inline]
    fn wrap(&mut self) -> Result<(), Fault> {
        self.depth.wrap()
    }

    #[inline]
    fn unwrap(&mut self) {
        self.depth.unwrap();
    }

    #[inline]
    fn open_array(&mut self, location: Location) -> Result<(), Fault> {
        self.depth.enter()?;
        self.arrays.push(OpenArray {
            location,
            step: self.plan.open_array(),
            length: 0,
            parts: Shape::PRIMITIVE,
            mark: self.plan.mark(),
            before: self.measure.length(),
            header: 0,
        });
        Ok(())
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, _array: &mut (), value: &T) -> Result<(), Fault> {
        let shape = value.serialize(ValueSerializer::new(self, Location::Element))?;
        let Some(array) = self.arrays.last_mut() else {
            return Err(Fault::value_changed());
        };
        array.parts = array.parts.common(array.length, shape);
        if array.length == 0 {
            array.header = self.measure.names_since(array.before);
        }
        array.length += 1;
        Ok(())
    }

    #[inline]
    fn close_array(&mut self, _array: ()) -> Result<Shape, Fault> {
        let Some(array) = self.arrays.pop() else {
            return Err(Fault::value_changed());
        };
        let form = match (array.parts, array.location) {
            (Shape::PRIMITIVE, _) => ArrayForm::Inline,
            (parts, Location::Named) if parts.is_row() => ArrayForm::Table,
            _ => ArrayForm::List,
        };
        self.depth.leave();
        let level = self.depth.containers();
        match form {
            ArrayForm::Inline => {}
            ArrayForm::List => self.measure.lines(array.length, level + 1, "- ".len()),
            ArrayForm::Table => {
                self.plan.rewind(array.mark);
                self.measure
                    .table(array.before, array.header - self.columns);
                self.measure.lines(array.length, level + 1, 0);
                self.plan.table(array.length, self.columns);
            }
        }
        self.measure.header(array.length);
        self.plan.close_array(array.step, form, array.length);
        Ok(Shape::OTHER)
    }

    #[inline]
    fn open_object(&mut self, location: Location) -> Result<(), Fault> {
        self.depth.enter()?;
        self.objects.push(OpenObject {
            location,
            fields: 0,
            is_row: true,
            sum: 0,
            parts: Shape::PRIMITIVE,
            keys: self.keys.open(),
            key: 0,
            mark: self.plan.open_object(),
            before: self.measure.length(),
            header: 0,
            names: 0,
        });
        Ok(())
    }

    #[inline]
    fn key(&mut self, _object: &mut (), key: &str) -> Result<Location, Fault> {
        let fingerprint = self.hash.key(key);
        self.open_field(key, fingerprint)
    }

    #[inline]
    fn static_key(&mut self, _object: &mut (), key: &'static str) -> Result<Location, Fault> {
        let fingerprint = match self.static_keys.get(key, 0) {
            Some(known) => *known,
            None => self.learn(key),
        };
        self.open_field(key, fingerprint)
    }

    #[inline]
    fn close_field(&mut self, _object: &mut (), shape: Shape) -> Result<(), Fault> {
        let Some(object) = self.objects.last_mut() else {
            return Err(Fault::value_changed());
        };
        object.parts = object.parts.common(object.fields, shape);
        if object.fields == 0 {
            object.header = self.measure.names_since(object.before);
        }
        object.fields += 1;
        if shape == Shape::OTHER {
            object.is_row = false;
        } else {
            let field = self.hash.field(object.key, shape.0);
            object.sum = object.sum.wrapping_add(field);
        }
        Ok(())
    }

    #[inline]
    fn close_object(&mut self, _object: ()) -> Result<Shape, Fault> {
        let Some(object) = self.objects.pop() else {
            return Err(Fault::value_changed());
        };
        self.keys.close(object.keys);
        self.depth.leave();
        if let (Location::Named, 2..) = (object.location, object.fields)
            && object.parts.is_row()
        {
            self.plan.close_keyed(object.mark, object.fields);
            self.plan.table(object.fields, self.columns);
            self.measure
                .table(object.before, object.header - self.columns + object.names);
            self.measure
                .lines(object.fields, self.depth.containers() + 1, 0);
        }
        self.columns = object.fields;
        Ok(if object.is_row && object.fields > 0 {
            Shape(self.hash.object(object.sum, object.fields))
        } else {
            Shape::OTHER
        })
    }
}
