//! Owns what serde's many kinds of values come down to: primitives, arrays and objects.
//!
//! The two passes and the rows of tables are each a [`Pass`]; the one serialiser of this module
//! tells it what it meets. Enum variants with content are objects of one field, as in `serde_json`.

mod compound;
mod value_serializer;

use serde::Serialize;

use super::fault::Fault;

/// One way over a value.
pub(super) trait Pass: Sized {
    /// What a value leaves behind.
    type Outcome;
    /// Where a value stands.
    type Location: Copy;
    /// An array that is open.
    type Array;
    /// An object that is open.
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
    fn text(&mut self, location: Self::Location, value: &str) -> Result<Self::Outcome, Fault>;
    fn display<T: std::fmt::Display + ?Sized>(
        &mut self,
        location: Self::Location,
        value: &T,
    ) -> Result<Self::Outcome, Fault>;

    /// Goes into an option or a newtype.
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
    /// Opens a field, and says where its value stands.
    fn key(&mut self, object: &mut Self::Object, key: &str) -> Result<Self::Location, Fault>;
    /// Like [`Pass::key`], for keys that can be told by their address.
    #[inline]
    fn static_key(
        &mut self,
        object: &mut Self::Object,
        key: &'static str,
    ) -> Result<Self::Location, Fault> {
        self.key(object, key)
    }
    /// The value of the field that was opened.
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
    /// Closes a field whose value has left this behind.
    fn close_field(
        &mut self,
        object: &mut Self::Object,
        outcome: Self::Outcome,
    ) -> Result<(), Fault>;
    fn close_object(&mut self, object: Self::Object) -> Result<Self::Outcome, Fault>;
}

/// Tells a pass about the value at a place.
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
