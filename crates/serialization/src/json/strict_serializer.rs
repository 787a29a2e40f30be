//! A wrapper around the serializer of `serde_json` that refuses the values JSON cannot give back.
//!
//! - NaN and infinities would become `null`.
//! - Integers past 64 bits become floats in every reader that goes over a generic JSON value.
//! - Arrays and objects nested deeper than [`MAX_DEPTH`](nesting::MAX_DEPTH) are refused by the
//!   parser.
//! - Maps are sorted by their keys, because a hash map has another order in every process. A key
//!   that comes twice is refused.

mod compound;
mod nesting;
mod sorted_map;

use std::fmt;

use serde::ser::{Serialize, Serializer};

use super::JsonErrorKind;
use super::output::Output;
use compound::Compound;
use nesting::{Nesting, Strict};
pub(super) use sorted_map::SortedMap;

/// The name of the struct as which `RawValue` serializes itself.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// A serializer around `S`, which writes into `output`.
pub(super) struct StrictSerializer<'o, S> {
    inner: S,
    nesting: Nesting<'o>,
}

/// A value that is written strictly by any serializer.
struct StrictValue<'o, 'v, T: ?Sized> {
    value: &'v T,
    nesting: Nesting<'o>,
}

impl<'o, S> StrictSerializer<'o, S> {
    /// A serializer for a whole document.
    pub(super) fn new(inner: S, output: &'o Output) -> Self {
        let nesting = Nesting::new(output);
        Self { inner, nesting }
    }
}

impl<'o> Strict for Nesting<'o> {
    fn strict<T: Serialize + ?Sized>(self, value: &T) -> impl Serialize {
        StrictValue {
            value,
            nesting: self,
        }
    }
}

impl<T: Serialize + ?Sized> Serialize for StrictValue<'_, '_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(StrictSerializer {
            inner: serializer,
            nesting: self.nesting,
        })
    }
}

/// The methods that refuse nothing.
macro_rules! pass_on {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $method(self, $($argument: $type),*) -> Result<S::Ok, S::Error> {
            self.inner.$method($($argument),*)
        }
    )*};
}

impl<'o, S: Serializer> Serializer for StrictSerializer<'o, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Compound<'o, S::SerializeSeq>;
    type SerializeTuple = Compound<'o, S::SerializeTuple>;
    type SerializeTupleStruct = Compound<'o, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Compound<'o, S::SerializeTupleVariant>;
    type SerializeMap = SortedMap<'o, S::SerializeMap>;
    type SerializeStruct = Compound<'o, S::SerializeStruct>;
    type SerializeStructVariant = Compound<'o, S::SerializeStructVariant>;

    pass_on! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    fn serialize_i128(self, value: i128) -> Result<S::Ok, S::Error> {
        self.nesting.output.note_wide();
        if let Ok(value) = i64::try_from(value) {
            self.inner.serialize_i64(value)
        } else if let Ok(value) = u64::try_from(value) {
            self.inner.serialize_u64(value)
        } else {
            let digits = value.to_string();
            Err(self
                .nesting
                .refuse(JsonErrorKind::IntegerTooWide { digits }))
        }
    }

    fn serialize_u128(self, value: u128) -> Result<S::Ok, S::Error> {
        self.nesting.output.note_wide();
        match u64::try_from(value) {
            Ok(value) => self.inner.serialize_u64(value),
            Err(_) => {
                let digits = value.to_string();
                Err(self
                    .nesting
                    .refuse(JsonErrorKind::IntegerTooWide { digits }))
            }
        }
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        if !value.is_finite() {
            let value = f64::from(value);
            return Err(self.nesting.refuse(JsonErrorKind::NotFinite { value }));
        }
        self.inner.serialize_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        if !value.is_finite() {
            return Err(self.nesting.refuse(JsonErrorKind::NotFinite { value }));
        }
        self.inner.serialize_f64(value)
    }

    /// JSON has no bytes: they become an array of numbers.
    fn serialize_bytes(self, value: &[u8]) -> Result<S::Ok, S::Error> {
        self.nesting.deeper::<S::Error>(1)?;
        self.inner.serialize_bytes(value)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let output = self.nesting.output;
        let start = output.len();
        let written = self.inner.serialize_some(&self.nesting.strict(value))?;
        output.note_some(start);
        Ok(written)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner
            .serialize_newtype_struct(name, &self.nesting.strict(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let inside = self.nesting.deeper(1)?;
        self.inner
            .serialize_newtype_variant(name, index, variant, &inside.strict(value))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        let inside = self.nesting.deeper(1)?;
        Ok(Compound::new(self.inner.serialize_seq(len)?, inside))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        let inside = self.nesting.deeper(1)?;
        Ok(Compound::new(self.inner.serialize_tuple(len)?, inside))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        let inside = self.nesting.deeper(1)?;
        Ok(Compound::new(
            self.inner.serialize_tuple_struct(name, len)?,
            inside,
        ))
    }

    /// Two levels: the object that names the variant, and the content.
    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let inside = self.nesting.deeper(2)?;
        let inner = self
            .inner
            .serialize_tuple_variant(name, index, variant, len)?;
        Ok(Compound::new(inner, inside))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        let inside = self.nesting.deeper(1)?;
        Ok(SortedMap::new(self.inner.serialize_map(len)?, inside))
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        if name == RAW_VALUE {
            self.nesting.output.note_raw();
        }
        let inside = self.nesting.deeper(1)?;
        Ok(Compound::new(
            self.inner.serialize_struct(name, len)?,
            inside,
        ))
    }

    /// Two levels: the object that names the variant, and the content.
    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let inside = self.nesting.deeper(2)?;
        let inner = self
            .inner
            .serialize_struct_variant(name, index, variant, len)?;
        Ok(Compound::new(inner, inside))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}
