//! The serde serializer that passes a value to a [`Pass`].

use std::fmt::Display;

use serde::{Serialize, Serializer};

use super::compound::{Elements, Entries, Fields, Struct, Variant};
use super::{Pass, ValueSerializer};
use crate::toon::encode::fault::Fault;

impl<P: Pass> ValueSerializer<'_, P> {
    fn wrapped<T: Serialize + ?Sized>(self, value: &T) -> Result<P::Outcome, Fault> {
        self.pass.wrap()?;
        let outcome = value.serialize(ValueSerializer::new(&mut *self.pass, self.location))?;
        self.pass.unwrap();
        Ok(outcome)
    }
}

impl<'p, P: Pass> Serializer for ValueSerializer<'p, P> {
    type Ok = P::Outcome;
    type Error = Fault;
    type SerializeSeq = Elements<'p, P>;
    type SerializeTuple = Elements<'p, P>;
    type SerializeTupleStruct = Elements<'p, P>;
    type SerializeTupleVariant = Variant<Elements<'p, P>, P::Object>;
    type SerializeMap = Entries<'p, P>;
    type SerializeStruct = Struct<'p, P>;
    type SerializeStructVariant = Variant<Fields<'p, P>, P::Object>;

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<P::Outcome, Fault> {
        self.pass.boolean(self.location, value)
    }

    #[inline]
    fn serialize_i8(self, value: i8) -> Result<P::Outcome, Fault> {
        self.pass.signed(self.location, value.into())
    }

    #[inline]
    fn serialize_i16(self, value: i16) -> Result<P::Outcome, Fault> {
        self.pass.signed(self.location, value.into())
    }

    #[inline]
    fn serialize_i32(self, value: i32) -> Result<P::Outcome, Fault> {
        self.pass.signed(self.location, value.into())
    }

    #[inline]
    fn serialize_i64(self, value: i64) -> Result<P::Outcome, Fault> {
        self.pass.signed(self.location, value)
    }

    #[inline]
    fn serialize_i128(self, value: i128) -> Result<P::Outcome, Fault> {
        self.pass.wide_signed(self.location, value)
    }

    #[inline]
    fn serialize_u8(self, value: u8) -> Result<P::Outcome, Fault> {
        self.pass.unsigned(self.location, value.into())
    }

    #[inline]
    fn serialize_u16(self, value: u16) -> Result<P::Outcome, Fault> {
        self.pass.unsigned(self.location, value.into())
    }

    #[inline]
    fn serialize_u32(self, value: u32) -> Result<P::Outcome, Fault> {
        self.pass.unsigned(self.location, value.into())
    }

    #[inline]
    fn serialize_u64(self, value: u64) -> Result<P::Outcome, Fault> {
        self.pass.unsigned(self.location, value)
    }

    #[inline]
    fn serialize_u128(self, value: u128) -> Result<P::Outcome, Fault> {
        self.pass.wide_unsigned(self.location, value)
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<P::Outcome, Fault> {
        self.pass.single(self.location, value)
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<P::Outcome, Fault> {
        self.pass.double(self.location, value)
    }

    #[inline]
    fn serialize_char(self, value: char) -> Result<P::Outcome, Fault> {
        self.pass
            .text(self.location, value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<P::Outcome, Fault> {
        self.pass.text(self.location, value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<P::Outcome, Fault> {
        let mut array = self.pass.open_array(self.location)?;
        for byte in value {
            self.pass.element(&mut array, byte)?;
        }
        self.pass.close_array(array)
    }

    #[inline]
    fn serialize_none(self) -> Result<P::Outcome, Fault> {
        self.pass.null(self.location)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<P::Outcome, Fault> {
        self.wrapped(value)
    }

    #[inline]
    fn serialize_unit(self) -> Result<P::Outcome, Fault> {
        self.pass.null(self.location)
    }

    #[inline]
    fn serialize_unit_struct(self, _name: &'static str) -> Result<P::Outcome, Fault> {
        self.pass.null(self.location)
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<P::Outcome, Fault> {
        self.pass.text(self.location, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<P::Outcome, Fault> {
        self.wrapped(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<P::Outcome, Fault> {
        let mut object = self.pass.open_object(self.location)?;
        let location = self.pass.static_key(&mut object, variant)?;
        self.pass.value(&mut object, location, value)?;
        self.pass.close_object(object)
    }

    #[inline]
    fn serialize_seq(self, _length: Option<usize>) -> Result<Self::SerializeSeq, Fault> {
        Elements::open(self.pass, self.location)
    }

    #[inline]
    fn serialize_tuple(self, _length: usize) -> Result<Self::SerializeTuple, Fault> {
        Elements::open(self.pass, self.location)
    }

    #[inline]
    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct, Fault> {
        Elements::open(self.pass, self.location)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        Variant::open_array(self.pass, self.location, variant)
    }

    #[inline]
    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap, Fault> {
        Entries::open(self.pass, self.location)
    }

    #[inline]
    fn serialize_struct(
        self,
        name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStruct, Fault> {
        Struct::open(self.pass, self.location, name)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        Variant::open_object(self.pass, self.location, variant)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<P::Outcome, Fault> {
        self.pass.display(self.location, value)
    }
}
