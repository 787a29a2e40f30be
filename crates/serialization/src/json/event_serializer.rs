//! The serializer of an event: it writes the content of a variant without the name.
//!
//! The name stands beside the payload as the event type: `LampDimmed { percent: 40 }` becomes
//! `{"percent":40}`.

mod content;

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::JsonErrorKind;
use super::event_shape::EventShape;
use super::output::Output;
use super::strict_serializer::StrictSerializer;
use content::Content;

type Json<'o> = serde_json::Serializer<&'o Output>;
type Strict<'j, 'o> = StrictSerializer<'o, &'j mut Json<'o>>;

/// A serializer for one event.
pub(super) struct EventSerializer<'j, 'o> {
    event_type: &'static str,
    shape: EventShape,
    json: &'j mut Json<'o>,
    output: &'o Output,
}

impl<'j, 'o> EventSerializer<'j, 'o> {
    /// A serializer for an event of type `event_type` that is read as `shape`.
    pub(super) fn new(
        event_type: &'static str,
        shape: EventShape,
        json: &'j mut Json<'o>,
        output: &'o Output,
    ) -> Self {
        Self {
            event_type,
            shape,
            json,
            output,
        }
    }

    /// The serializer for the content of a variant, if its name is the event type.
    fn variant(self, variant: &'static str) -> Result<Strict<'j, 'o>, serde_json::Error> {
        if !matches!(self.shape, EventShape::Variants(_)) {
            return Err(self.output.refuse(JsonErrorKind::RepresentationMismatch));
        }
        if variant != self.event_type {
            let event_type = self.event_type;
            return Err(self.output.refuse(JsonErrorKind::VariantMismatch {
                event_type,
                variant,
            }));
        }
        Ok(StrictSerializer::new(self.json, self.output))
    }

    /// The serializer for an event that is not an enum, if it is read as such.
    fn single(self) -> Result<Strict<'j, 'o>, serde_json::Error> {
        if self.shape != EventShape::Single {
            return Err(self.output.refuse(JsonErrorKind::RepresentationMismatch));
        }
        Ok(StrictSerializer::new(self.json, self.output))
    }
}

/// Writes no content as an object without fields, so that every payload of the type is an object.
fn write_empty(serializer: Strict<'_, '_>) -> Result<(), serde_json::Error> {
    serializer.serialize_map(Some(0))?.end()
}

macro_rules! single {
    ($($method:ident($($argument:ident: $type:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $($argument: $type),*) -> Result<$ok, serde_json::Error> {
            self.single()?.$method($($argument),*)
        }
    )*};
}

impl<'j, 'o> Serializer for EventSerializer<'j, 'o> {
    type Ok = ();
    type Error = serde_json::Error;
    type SerializeSeq = <Strict<'j, 'o> as Serializer>::SerializeSeq;
    type SerializeTuple = <Strict<'j, 'o> as Serializer>::SerializeTuple;
    type SerializeTupleStruct = <Strict<'j, 'o> as Serializer>::SerializeTupleStruct;
    type SerializeTupleVariant = Content<Self::SerializeTuple>;
    type SerializeMap = <Strict<'j, 'o> as Serializer>::SerializeMap;
    type SerializeStruct = <Strict<'j, 'o> as Serializer>::SerializeStruct;
    type SerializeStructVariant = Content<Self::SerializeStruct>;

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Self::Error> {
        write_empty(self.variant(variant)?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Self::Error> {
        value.serialize(self.variant(variant)?)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, Self::Error> {
        self.variant(variant)?.serialize_tuple(len).map(Content)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, Self::Error> {
        self.variant(variant)?
            .serialize_struct(name, len)
            .map(Content)
    }

    /// A struct around another type is stored as that type.
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Self::Error> {
        value.serialize(self)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Self::Error> {
        write_empty(self.single()?)
    }

    single! {
        serialize_bool(value: bool) -> ();
        serialize_i8(value: i8) -> ();
        serialize_i16(value: i16) -> ();
        serialize_i32(value: i32) -> ();
        serialize_i64(value: i64) -> ();
        serialize_i128(value: i128) -> ();
        serialize_u8(value: u8) -> ();
        serialize_u16(value: u16) -> ();
        serialize_u32(value: u32) -> ();
        serialize_u64(value: u64) -> ();
        serialize_u128(value: u128) -> ();
        serialize_f32(value: f32) -> ();
        serialize_f64(value: f64) -> ();
        serialize_char(value: char) -> ();
        serialize_str(value: &str) -> ();
        serialize_bytes(value: &[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_seq(len: Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(len: usize) -> Self::SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> Self::SerializeTupleStruct;
        serialize_map(len: Option<usize>) -> Self::SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> Self::SerializeStruct;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Self::Error> {
        self.single()?.serialize_some(value)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Self::Error> {
        self.single()?.collect_str(value)
    }
}
