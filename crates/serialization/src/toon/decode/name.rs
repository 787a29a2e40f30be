//! The serde deserializer of an object's key: a string, or the number or boolean that it spells.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, Visitor};

use crate::toon::decode::fault::{self, Fault};
use crate::toon::decode::methods::methods;
use crate::toon::decode::number::Number;
use crate::toon::decode::wrappers::Wrappers;

/// A key and its offset.
#[derive(Clone, Copy)]
pub(super) struct Name<'a, 'de> {
    key: &'a Cow<'de, str>,
    offset: Option<usize>,
    wrappers: Wrappers,
}

impl<'a, 'de> Name<'a, 'de> {
    #[inline]
    pub(super) fn new(key: &'a Cow<'de, str>, offset: impl Into<Option<usize>>) -> Self {
        Self {
            key,
            offset: offset.into(),
            wrappers: Wrappers::default(),
        }
    }

    #[inline]
    pub(super) fn read<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        fault::with_offset(seed.deserialize(self), self.offset)
    }

    fn visit_string<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match self.key {
            Cow::Borrowed(key) => visitor.visit_borrowed_str(key),
            Cow::Owned(key) => visitor.visit_str(key),
        }
    }

    /// Reads an integer from digits alone: the key `1.0` is not the integer 1.
    fn visit_integer<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match Number::parse(self.key) {
            Some(number) if number.is_plain() => number.visit_integer(visitor),
            _ => self.visit_string(visitor),
        }
    }

    fn visit_wide_integer<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match Number::parse(self.key) {
            Some(number) if number.is_plain() => number.visit_wide_integer(visitor),
            _ => self.visit_string(visitor),
        }
    }

    fn visit_float<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match Number::parse(self.key) {
            Some(number) => number.visit_f64(visitor),
            None => self.visit_string(visitor),
        }
    }

    fn visit_bool<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match self.key.as_ref() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => self.visit_string(visitor),
        }
    }

    fn visit_bytes<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match self.key {
            Cow::Borrowed(key) => visitor.visit_borrowed_bytes(key.as_bytes()),
            Cow::Owned(key) => visitor.visit_bytes(key.as_bytes()),
        }
    }

    fn visit_enum<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_enum(self.key.as_ref().into_deserializer())
    }

    fn visit_some<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self.unwrapped()?)
    }

    fn visit_newtype<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self.unwrapped()?)
    }

    fn unwrapped(&self) -> Result<Self, Fault> {
        Ok(Self {
            wrappers: self.wrappers.one_more()?,
            ..*self
        })
    }
}

impl<'de> Deserializer<'de> for Name<'_, 'de> {
    type Error = Fault;

    methods! {
        deserialize_any() => visit_string
        deserialize_bool() => visit_bool
        deserialize_i8() => visit_integer
        deserialize_i16() => visit_integer
        deserialize_i32() => visit_integer
        deserialize_i64() => visit_integer
        deserialize_i128() => visit_wide_integer
        deserialize_u8() => visit_integer
        deserialize_u16() => visit_integer
        deserialize_u32() => visit_integer
        deserialize_u64() => visit_integer
        deserialize_u128() => visit_wide_integer
        deserialize_f32() => visit_float
        deserialize_f64() => visit_float
        deserialize_bytes() => visit_bytes
        deserialize_byte_buf() => visit_bytes
        deserialize_option() => visit_some
        deserialize_newtype_struct(&'static str) => visit_newtype
        deserialize_enum(&'static str, &'static [&'static str]) => visit_enum
    }

    serde::forward_to_deserialize_any! {
        char str string unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
