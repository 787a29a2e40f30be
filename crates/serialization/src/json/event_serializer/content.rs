//! The content of a variant, written as a tuple or a struct of its own.

use serde::ser::{
    Serialize, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleVariant,
};

/// The parts of a variant, written by `C` as a tuple or a struct.
pub(in crate::json) struct Content<C>(pub(super) C);

impl<C: SerializeTuple> SerializeTupleVariant for Content<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.0.serialize_element(value)
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.0.end()
    }
}

impl<C: SerializeStruct> SerializeStructVariant for Content<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), C::Error> {
        self.0.serialize_field(name, value)
    }

    fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
        self.0.skip_field(name)
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.0.end()
    }
}
