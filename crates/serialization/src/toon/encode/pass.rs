//! Owns what serde's many kinds of values come down to: primitives, arrays and objects.
//!
//! The two passes and the rows of tables are each a [`Pass`]; the one serialiser of this module
//! tells it what it meets. Enum variants with content are objects of one field, as in `serde_json`.

mod compound;
mod value;

use serde::Serialize;

use super::fault::Fault;
pub(super) use value::ValueSerializer;

/// One way over a value.
pub(super) trait Pass: Sized {
    /// What a value leaves behind.
    type Outcome;
    /// Where a value stands.
    type Place: Copy;
    /// An array that is open.
    type Array;
    /// An object that is open.
    type Object;

    fn null(&mut self, place: Self::Place) -> Result<Self::Outcome, Fault>;
    fn boolean(&mut self, place: Self::Place, value: bool) -> Result<Self::Outcome, Fault>;
    fn signed(&mut self, place: Self::Place, value: i64) -> Result<Self::Outcome, Fault>;
    fn unsigned(&mut self, place: Self::Place, value: u64) -> Result<Self::Outcome, Fault>;
    fn wide_signed(&mut self, place: Self::Place, value: i128) -> Result<Self::Outcome, Fault>;
    fn wide_unsigned(&mut self, place: Self::Place, value: u128) -> Result<Self::Outcome, Fault>;
    fn single(&mut self, place: Self::Place, value: f32) -> Result<Self::Outcome, Fault>;
    fn double(&mut self, place: Self::Place, value: f64) -> Result<Self::Outcome, Fault>;
    fn text(&mut self, place: Self::Place, value: &str) -> Result<Self::Outcome, Fault>;
    fn display<T: std::fmt::Display + ?Sized>(
        &mut self,
        place: Self::Place,
        value: &T,
    ) -> Result<Self::Outcome, Fault>;

    /// Goes into an option or a newtype.
    fn wrap(&mut self) -> Result<(), Fault>;
    fn unwrap(&mut self);

    fn open_array(&mut self, place: Self::Place) -> Result<Self::Array, Fault>;
    fn element<T: Serialize + ?Sized>(
        &mut self,
        array: &mut Self::Array,
        value: &T,
    ) -> Result<(), Fault>;
    fn close_array(&mut self, array: Self::Array) -> Result<Self::Outcome, Fault>;

    fn open_object(&mut self, place: Self::Place) -> Result<Self::Object, Fault>;
    /// Opens a field, and says where its value stands.
    fn key(&mut self, object: &mut Self::Object, key: &str) -> Result<Self::Place, Fault>;
    /// Like [`Pass::key`], for keys that can be told by their address.
    #[inline]
    fn static_key(
        &mut self,
        object: &mut Self::Object,
        key: &'static str,
    ) -> Result<Self::Place, Fault> {
        self.key(object, key)
    }
    /// The value of the field that was opened.
    #[inline]
    fn value<T: Serialize + ?Sized>(
        &mut self,
        object: &mut Self::Object,
        place: Self::Place,
        value: &T,
    ) -> Result<(), Fault> {
        let outcome = value.serialize(ValueSerializer::new(self, place))?;
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
