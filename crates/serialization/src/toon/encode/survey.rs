//! The first pass: it finds the tables among arrays and objects, and estimates the length of the
//! document, without formatting anything.

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

/// Returns the plan of a value, and an estimate of the length of its document.
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

/// The state of the first pass. It visits each value once, and derives the shape of an array or
/// object from the shapes of its content.
struct Survey {
    plan: Plan,
    measure: Measure,
    keys: UniqueKeys,
    hash: KeyHash,
    depth: Depth,
    static_keys: StaticKeyCache<u64>,
    arrays: Vec<OpenArray>,
    objects: Vec<OpenObject>,
    /// The number of fields of the object closed last.
    columns: usize,
}

/// The location of a value.
#[derive(Clone, Copy)]
enum Location {
    /// At the root or in a field.
    Named,
    /// In an array, where an array is never a table and an object never a keyed table (sections 9.4
    /// and 9.5).
    Element,
}

/// The role that a value can have in a table.
///
/// - A primitive can be a cell.
/// - An object with at least one field can be a row, or a group of cells in a row, if its values
///   are primitives and such objects. The number is the fingerprint of its keys in any order: two
///   objects with the same shape have the same columns.
/// - Any other value, for example an array, has no role.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Shape(u64);

impl Shape {
    const PRIMITIVE: Self = Self(KeyHash::NO_OBJECT);
    const OTHER: Self = Self(KeyHash::NO_ROW);

    fn is_row(self) -> bool {
        self != Self::PRIMITIVE && self != Self::OTHER
    }

    /// The common shape of several values: `self` is that of the first `count` values, and `next`
    /// the shape of the next one. It is `OTHER` if they differ.
    #[inline]
    fn common(self, count: usize, next: Self) -> Self {
        if count == 0 || self == next {
            next
        } else {
            Self::OTHER
        }
    }
}

/// An open array. The survey keeps it and [`OpenObject`] in vectors: on the stack they would soon
/// exhaust it in an unoptimised build.
struct OpenArray {
    location: Location,
    step: usize,
    length: usize,
    /// The common shape of all elements.
    elements: Shape,
    mark: Mark,
    /// The lengths before the array.
    before: Length,
    /// The length of the keys in the first element.
    header: usize,
}

/// An open object.
struct OpenObject {
    location: Location,
    fields: usize,
    /// Whether all fields so far fit in a row.
    is_row: bool,
    /// The sum of their fingerprints.
    sum: u64,
    /// The common shape of all values.
    values: Shape,
    keys: OpenKeys,
    /// The fingerprint of the last key.
    key: u64,
    mark: Mark,
    /// The lengths before the object.
    before: Length,
    /// The length of the keys in the first value.
    header: usize,
    /// The length of the object's own keys, each with `: `. They begin the rows of a keyed table.
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

    /// Computes the fingerprint of a struct's key, and stores it in the cache.
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

    fn number(&mut self, _place: Location, text: &str) -> Result<Shape, Fault> {
        self.cell(text.len())
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
        // The usual length of dates, addresses and ids.
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
            elements: Shape::PRIMITIVE,
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
        array.elements = array.elements.common(array.length, shape);
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
        let form = match (array.elements, array.location) {
            (Shape::PRIMITIVE, _) => ArrayForm::Inline,
            (elements, Location::Named) if elements.is_row() => ArrayForm::Table,
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
            values: Shape::PRIMITIVE,
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
        object.values = object.values.common(object.fields, shape);
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
            && object.values.is_row()
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
