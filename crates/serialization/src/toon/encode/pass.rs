//! The common interface of the encoder's passes: primitives, arrays and objects.
//!
//! The first pass, the second pass, and the header and rows of a table each implement [`Pass`].
//! [`ValueSerializer`] maps the 29 kinds of values of serde to its methods. A variant with content
//! is an object with one field, as in `serde_json`.

mod compound;
mod number_struct;
mod value_serializer;

use serde::Serialize;

use super::fault::Fault;

/// One traversal of a value.
pub(super) trait Pass: Sized {
    /// The result of a value: its shape in the first pass, nothing in the second.
    type Outcome;
    /// The location of a value, for example the root or a field.
    type Location: Copy;
    /// An open array.
    type Array;
    /// An open object.
    type Object;

    fn null(&mut self, location: Self::Location) -> Result<Self::Outcome, Fault>;
    fn boolean(&mut self, location: Self::Location, value: bool) -> Result<Self::Outcome, Fault>;
    fn signed(&mut self, location: Self::Location, value: i64) -> Result<Self::Outcome, Fault>;
    fn unsigned(&mut self, location: Self::Location, value: u64) -> Result<Self::Outcome, Fault>;
    fn wide_signed(
        &mut self,
        location: Self::Location,
        value: i128,
    ) -> Result<Self::Outcome, Fault>;
    fn wide_unsigned(
        &mut self,
        location: Self::Location,
        value: u128,
    ) -> Result<Self::Outcome, Fault>;
    fn single(&mut self, location: Self::Location, value: f32) -> Result<Self::Outcome, Fault>;
    fn double(&mut self, location: Self::Location, value: f64) -> Result<Self::Outcome, Fault>;
    /// A number by its canonical text.
    fn number(&mut self, location: Self::Location, text: &str) -> Result<Self::Outcome, Fault>;
    fn text(&mut self, location: Self::Location, value: &str) -> Result<Self::Outcome, Fault>;
    fn display<T: std::fmt::Display + ?Sized>(
        &mut self,
        location: Self::Location,
        value: &T,
    ) -> Result<Self::Outcome, Fault>;

    /// Enters an option or a newtype.
    fn wrap(&mut self) -> Result<(), Fault>;
    fn unwrap(&mut self);

    fn open_array(&mut self, location: Self::Location) -> Result<Self::Array, Fault>;
    fn element<T: Serialize + ?Sized>(
        &mut self,
        array: &mut Self::Array,
        value: &T,
    ) -> Result<(), Fault>;
    fn close_array(&mut self, array: Self::Array) -> Result<Self::Outcome, Fault>;

    fn open_object(&mut self, location: Self::Location) -> Result<Self::Object, Fault>;
    /// Opens a field, and returns the location of its value.
    fn key(&mut self, object: &mut Self::Object, key: &str) -> Result<Self::Location, Fault>;
    /// As [`Pass::key`], for keys of structs: their address identifies them.
    #[inline]
    fn static_key(
        &mut self,
        object: &mut Self::Object,
        key: &'static str,
    ) -> Result<Self::Location, Fault> {
        self.key(object, key)
    }
    /// Visits the value of the open field, and closes the field.
    #[inline]
    fn value<T: Serialize + ?Sized>(
        &mut self,
        object: &mut Self::Object,
        location: Self::Location,
        value: &T,
    ) -> Result<(), Fault> {
        let outcome = value.serialize(ValueSerializer::new(self, location))?;
        self.close_field(object, outcome)
    }
    /// Closes a field with the outcome of its value.
    fn close_field(
        &mut self,
        object: &mut Self::Object,
        outcome: Self::Outcome,
    ) -> Result<(), Fault>;
    fn close_object(&mut self, object: Self::Object) -> Result<Self::Outcome, Fault>;
}

/// The serde serializer of the value at a location; `value_serializer.rs` implements it.
pub(super) struct ValueSerializer<'p, P: Pass> {
    pass: &'p mut P,
    location: P::Location,
}

impl<'p, P: Pass> ValueSerializer<'p, P> {
    #[inline]
    pub(super) fn new(pass: &'p mut P, location: P::Location) -> Self {
        Self { pass, location }
    }
}
