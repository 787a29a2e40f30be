//! Strictness inside sequences, tuples and structs, whose parts have a fixed order.

use serde::ser::{self, Serialize};

use super::nesting::{Nesting, Strict};

/// The parts of a compound value, written by `C`.
pub(in crate::json) struct Compound<'o, C> {
    inner: C,
    inside: Nesting<'o>,
}

impl<'o, C> Compound<'o, C> {
    pub(super) fn new(inner: C, inside: Nesting<'o>) -> Self {
        Self { inner, inside }
    }
}

/// The traits whose parts have no names.
macro_rules! unnamed_parts {
    ($($trait:ident $method:ident;)*) => {$(
        impl<C: ser::$trait> ser::$trait for Compound<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                self.inner.$method(&self.inside.strict(value))
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )*};
}

/// The traits whose parts are fields.
macro_rules! named_parts {
    ($($trait:ident;)*) => {$(
        impl<C: ser::$trait> ser::$trait for Compound<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                self.inner.serialize_field(name, &self.inside.strict(value))
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
                self.inner.skip_field(name)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )*};
}

unnamed_parts! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

named_parts! {
    SerializeStruct;
    SerializeStructVariant;
}
