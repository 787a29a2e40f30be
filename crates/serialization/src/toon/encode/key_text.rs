//! The texts of map keys.
//!
//! They are those of `serde_json`: strings, characters and unit variants as they are; integers,
//! finite floats and booleans in digits or words, for example `7` and `true`. Other keys are
//! errors.

use std::fmt::Display;

use serde::ser::Impossible;
use serde::{Serialize, Serializer};

use super::EncodeError;
use super::fault::Fault;
use crate::toon::MaxDepth;

/// Calls `callback` with the text of a key.
#[inline]
pub(super) fn with_key_text<K, F, R>(key: &K, callback: F) -> Result<R, Fault>
where
    K: Serialize + ?Sized,
    F: FnOnce(&str) -> Result<R, Fault>,
{
    key.serialize(KeySerializer {
        callback,
        wrappers: 0,
    })
}

struct KeySerializer<F> {
    callback: F,
    /// The number of options and newtypes around the key. A chain of them must not exhaust the
    /// stack.
    wrappers: usize,
}

impl<F, R> KeySerializer<F>
where
    F: FnOnce(&str) -> Result<R, Fault>,
{
    #[inline]
    fn text(self, text: &str) -> Result<R, Fault> {
        (self.callback)(text)
    }

    fn integer(self, value: impl itoa::Integer) -> Result<R, Fault> {
        self.text(itoa::Buffer::new().format(value))
    }

    fn float(self, value: impl zmij::Float, is_finite: bool) -> Result<R, Fault> {
        if is_finite {
            self.text(zmij::Buffer::new().format_finite(value))
        } else {
            refused("a float that is not finite")
        }
    }

    fn wrapped<T: Serialize + ?Sized>(self, value: &T) -> Result<R, Fault> {
        let max = MaxDepth::MAX.levels();
        if self.wrappers == max {
            return Err(EncodeError::TooDeep { max }.into());
        }
        value.serialize(Self {
            callback: self.callback,
            wrappers: self.wrappers + 1,
        })
    }
}

fn refused<T>(found: &'static str) -> Result<T, Fault> {
    Err(EncodeError::KeyNotString { found }.into())
}

impl<F, R> Serializer for KeySerializer<F>
where
    F: FnOnce(&str) -> Result<R, Fault>,
{
    type Ok = R;
    type Error = Fault;
    type SerializeSeq = Impossible<R, Fault>;
    type SerializeTuple = Impossible<R, Fault>;
    type SerializeTupleStruct = Impossible<R, Fault>;
    type SerializeTupleVariant = Impossible<R, Fault>;
    type SerializeMap = Impossible<R, Fault>;
    type SerializeStruct = Impossible<R, Fault>;
    type SerializeStructVariant = Impossible<R, Fault>;

    fn serialize_bool(self, value: bool) -> Result<R, Fault> {
        self.text(if value { "true" } else { "false" })
    }

    fn serialize_i8(self, value: i8) -> Result<R, Fault> {
        self.integer(value)
    }

    fn serialize_i16(self, value: i16) -> Result<R, Fault> {
        self.integer(value)
    }

    fn serialize_i32(self, value: i32) -> Result<R, Fault> {
        self.integer(value)
    }

    fn serialize_i64(self, value: i64) -> Result<R, Fault> {
        self.integer(value)
    }

    fn serialize_i128(self, value: i128) -> Result<R, Fault> {
        self.integer(value)
    }

    fn serialize_u8(self, value: u8) -> Result<R, Fault> {
        self.integer(value)
    }

    fn serialize_u16(self, value: u16) -> Result<R, Fault> {
        self.integer(value)
    }

    fn serialize_u32(self, value: u32) -> Result<R, Fault> {
        self.integer(value)
    }

    fn serialize_u64(self, value: u64) -> Result<R, Fault> {
        self.integer(value)
    }

    fn serialize_u128(self, value: u128) -> Result<R, Fault> {
        self.integer(value)
    }

    fn serialize_f32(self, value: f32) -> Result<R, Fault> {
        self.float(value, value.is_finite())
    }

    fn serialize_f64(self, value: f64) -> Result<R, Fault> {
        self.float(value, value.is_finite())
    }

    fn serialize_char(self, value: char) -> Result<R, Fault> {
        self.text(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<R, Fault> {
        self.text(value)
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<R, Fault> {
        refused("an array of bytes")
    }

    fn serialize_none(self) -> Result<R, Fault> {
        refused("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<R, Fault> {
        self.wrapped(value)
    }

    fn serialize_unit(self) -> Result<R, Fault> {
        refused("null")
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<R, Fault> {
        refused("null")
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<R, Fault> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<R, Fault> {
        self.wrapped(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<R, Fault> {
        refused("a variant with content")
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Self::SerializeSeq, Fault> {
        refused("an array")
    }

    fn serialize_tuple(self, _length: usize) -> Result<Self::SerializeTuple, Fault> {
        refused("an array")
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct, Fault> {
        refused("an array")
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        refused("a variant with content")
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap, Fault> {
        refused("an object")
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStruct, Fault> {
        refused("an object")
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        refused("a variant with content")
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<R, Fault> {
        self.text(&value.to_string())
    }
}
