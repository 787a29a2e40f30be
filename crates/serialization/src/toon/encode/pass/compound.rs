//! The serde serializers of open arrays and objects, which receive one element or field per call.
//!
//! Each kind has its own small type. It moves with every call, and a type that fits in registers is
//! not copied through memory.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::Pass;
use super::number_struct::{self, NumberStruct};
use crate::toon::encode::fault::Fault;
use crate::toon::encode::key_text::with_key_text;

/// The name of the struct as which a `RawValue` of `serde_json` serializes itself.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// An open array.
pub(in crate::toon::encode) struct Elements<'p, P: Pass> {
    pass: &'p mut P,
    array: P::Array,
}

impl<'p, P: Pass> Elements<'p, P> {
    #[inline]
    pub(super) fn open(pass: &'p mut P, location: P::Location) -> Result<Self, Fault> {
        let array = pass.open_array(location)?;
        Ok(Self { pass, array })
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.pass.element(&mut self.array, value)
    }

    #[inline]
    fn close(self) -> Result<P::Outcome, Fault> {
        self.pass.close_array(self.array)
    }
}

/// An open object with the fixed keys of a struct.
pub(in crate::toon::encode) struct Fields<'p, P: Pass> {
    pass: &'p mut P,
    object: P::Object,
}

impl<'p, P: Pass> Fields<'p, P> {
    #[inline]
    pub(super) fn open(pass: &'p mut P, location: P::Location) -> Result<Self, Fault> {
        let object = pass.open_object(location)?;
        Ok(Self { pass, object })
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
        let location = self.pass.static_key(&mut self.object, key)?;
        self.pass.value(&mut self.object, location, value)
    }

    #[inline]
    fn close(self) -> Result<P::Outcome, Fault> {
        self.pass.close_object(self.object)
    }
}

/// An open struct: an object, or a number that `serde_json` passes on as text.
pub(in crate::toon::encode) enum Struct<'p, P: Pass> {
    Fields(Fields<'p, P>),
    Number(NumberStruct<'p, P>),
}

impl<'p, P: Pass> Struct<'p, P> {
    #[inline]
    pub(super) fn open(
        pass: &'p mut P,
        location: P::Location,
        name: &'static str,
    ) -> Result<Self, Fault> {
        match name {
            number_struct::NAME => Ok(Self::Number(NumberStruct::new(pass, location))),
            RAW_VALUE => Err(serde::ser::Error::custom(
                "a RawValue holds JSON text; parse it into a serde_json::Value first",
            )),
            _ => Fields::open(pass, location).map(Self::Fields),
        }
    }
}

/// An open object with the keys of a map.
pub(in crate::toon::encode) struct Entries<'p, P: Pass> {
    pass: &'p mut P,
    object: P::Object,
    /// The location of the value of the last key, until that value comes.
    awaited: Option<P::Location>,
}

impl<'p, P: Pass> Entries<'p, P> {
    #[inline]
    pub(super) fn open(pass: &'p mut P, location: P::Location) -> Result<Self, Fault> {
        let object = pass.open_object(location)?;
        Ok(Self {
            pass,
            object,
            awaited: None,
        })
    }
}

/// The open content of a variant (`inner`), in the object with the variant's name as its only key
/// (`outer`).
pub(in crate::toon::encode) struct Variant<I, O> {
    inner: I,
    outer: O,
}

impl<'p, P: Pass> Variant<Elements<'p, P>, P::Object> {
    pub(super) fn open_array(
        pass: &'p mut P,
        location: P::Location,
        variant: &'static str,
    ) -> Result<Self, Fault> {
        let mut outer = pass.open_object(location)?;
        let location = pass.static_key(&mut outer, variant)?;
        let inner = Elements::open(pass, location)?;
        Ok(Self { inner, outer })
    }
}

impl<'p, P: Pass> Variant<Fields<'p, P>, P::Object> {
    pub(super) fn open_object(
        pass: &'p mut P,
        location: P::Location,
        variant: &'static str,
    ) -> Result<Self, Fault> {
        let mut outer = pass.open_object(location)?;
        let location = pass.static_key(&mut outer, variant)?;
        let inner = Fields::open(pass, location)?;
        Ok(Self { inner, outer })
    }
}

fn close_variant<P: Pass>(
    pass: &mut P,
    mut outer: P::Object,
    outcome: P::Outcome,
) -> Result<P::Outcome, Fault> {
    pass.close_field(&mut outer, outcome)?;
    pass.close_object(outer)
}

impl<P: Pass> SerializeSeq for Elements<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.element(value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        self.close()
    }
}

impl<P: Pass> SerializeTuple for Elements<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.element(value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        self.close()
    }
}

impl<P: Pass> SerializeTupleStruct for Elements<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.element(value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        self.close()
    }
}

impl<'p, P: Pass> SerializeTupleVariant for Variant<Elements<'p, P>, P::Object> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.inner.element(value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        let Elements { pass, array } = self.inner;
        let outcome = pass.close_array(array)?;
        close_variant(pass, self.outer, outcome)
    }
}

impl<P: Pass> SerializeMap for Entries<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        let (pass, object) = (&mut *self.pass, &mut self.object);
        let location = with_key_text(key, |text| pass.key(object, text))?;
        self.awaited = Some(location);
        Ok(())
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let Some(location) = self.awaited.take() else {
            return Err(serde::ser::Error::custom(
                "a value of a map came before its key",
            ));
        };
        self.pass.value(&mut self.object, location, value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        if self.awaited.is_some() {
            return Err(serde::ser::Error::custom(
                "the last key of a map has no value",
            ));
        }
        self.pass.close_object(self.object)
    }
}

impl<P: Pass> SerializeStruct for Struct<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        match self {
            Self::Fields(fields) => fields.field(key, value),
            Self::Number(number) => number.text(value),
        }
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        match self {
            Self::Fields(fields) => fields.close(),
            Self::Number(number) => number.close(),
        }
    }
}

impl<'p, P: Pass> SerializeStructVariant for Variant<Fields<'p, P>, P::Object> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.inner.field(key, value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        let Fields { pass, object } = self.inner;
        let outcome = pass.close_object(object)?;
        close_variant(pass, self.outer, outcome)
    }
}
