//! Primitive values: the type of a token (section 4).

use std::borrow::Cow;
use std::ops::Range;

use serde::de::{self, Deserializer, IntoDeserializer, Unexpected, Visitor};

use crate::toon::decode::fault::Fault;
use crate::toon::decode::methods::methods;
use crate::toon::decode::number::Number;
use crate::toon::decode::quoted;
use crate::toon::decode::wrappers::Wrappers;

/// A primitive value: a token without the spaces around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scalar<'de> {
    token: &'de str,
    offset: usize,
    wrappers: Wrappers,
}

/// The token in a part of the text without the spaces around it, and its offset.
#[inline]
pub(super) fn trim(text: &str, part: Range<usize>) -> (&str, usize) {
    let bytes = text.as_bytes();
    let Range { mut start, mut end } = part;
    while start < end && bytes[start] == b' ' {
        start += 1;
    }
    while start < end && bytes[end - 1] == b' ' {
        end -= 1;
    }
    (&text[start..end], start)
}

/// The value of a token.
enum Primitive<'de> {
    Null,
    Bool(bool),
    Number(Number<'de>),
    String(Cow<'de, str>),
}

impl<'de> Scalar<'de> {
    #[inline]
    pub(super) fn new(token: &'de str, offset: usize) -> Self {
        Self {
            token,
            offset,
            wrappers: Wrappers::default(),
        }
    }

    #[inline]
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    #[inline]
    fn primitive(&self) -> Result<Primitive<'de>, Fault> {
        let token = self.token;
        Ok(match token.as_bytes().first() {
            Some(b'"') => Primitive::String(quoted::string(token, self.offset)?),
            Some(b'-' | b'0'..=b'9') => match Number::parse(token) {
                Some(number) => Primitive::Number(number),
                None => Primitive::String(Cow::Borrowed(token)),
            },
            Some(b't' | b'f' | b'n') => match token {
                "true" => Primitive::Bool(true),
                "false" => Primitive::Bool(false),
                "null" => Primitive::Null,
                _ => Primitive::String(Cow::Borrowed(token)),
            },
            _ => Primitive::String(Cow::Borrowed(token)),
        })
    }

    fn visit_any<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        if self.is_plain_string() {
            return visitor.visit_borrowed_str(self.token);
        }
        match self.primitive()? {
            Primitive::Null => visitor.visit_unit(),
            Primitive::Bool(value) => visitor.visit_bool(value),
            Primitive::Number(number) => number.visit_any(visitor),
            Primitive::String(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Primitive::String(Cow::Owned(text)) => visitor.visit_string(text),
        }
    }

    fn visit_bytes<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match self.primitive()? {
            Primitive::String(Cow::Borrowed(text)) => visitor.visit_borrowed_bytes(text.as_bytes()),
            Primitive::String(Cow::Owned(text)) => visitor.visit_byte_buf(text.into_bytes()),
            _ => self.visit_any(visitor),
        }
    }

    fn visit_integer<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        if let Some(value) = self.short_integer() {
            return visitor.visit_u64(value);
        }
        match Number::parse(self.token) {
            Some(number) => number.visit_integer(visitor),
            None => self.visit_any(visitor),
        }
    }

    fn visit_wide_integer<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match Number::parse(self.token) {
            Some(number) => number.visit_wide_integer(visitor),
            None => self.visit_any(visitor),
        }
    }

    fn visit_f32<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match Number::parse(self.token) {
            Some(number) => number.visit_f32(visitor),
            None => self.visit_any(visitor),
        }
    }

    fn visit_f64<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match Number::parse(self.token) {
            Some(number) => number.visit_f64(visitor),
            None => self.visit_any(visitor),
        }
    }

    /// Ignores the value, after a check of its quotes and escapes.
    fn visit_ignored<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        if self.token.starts_with('"') {
            quoted::string(self.token, self.offset)?;
        }
        visitor.visit_unit()
    }

    fn visit_option<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        if self.token == "null" {
            return visitor.visit_none();
        }
        visitor.visit_some(self.unwrapped()?)
    }

    fn visit_newtype<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self.unwrapped()?)
    }

    fn visit_enum<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        let found = match self.primitive()? {
            Primitive::String(variant) => return visitor.visit_enum(variant.into_deserializer()),
            Primitive::Null => Unexpected::Unit,
            Primitive::Bool(value) => Unexpected::Bool(value),
            Primitive::Number(_) => Unexpected::Other("number"),
        };
        let expected = &"an enum: a string or an object with one key";
        Err(de::Error::invalid_type(found, expected))
    }

    /// The same value inside one more option or newtype.
    #[inline]
    fn unwrapped(&self) -> Result<Self, Fault> {
        Ok(Self {
            wrappers: self.wrappers.one_more()?,
            ..*self
        })
    }

    /// Whether the first byte alone shows that the token is a string without quotes.
    #[inline]
    fn is_plain_string(&self) -> bool {
        let first = self.token.as_bytes().first();
        !matches!(first, Some(b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'))
    }

    /// The value of an unsigned integer of at most 19 digits, in one pass over the token. Most
    /// numbers are of this kind.
    #[inline]
    fn short_integer(&self) -> Option<u64> {
        let bytes = self.token.as_bytes();
        if bytes.is_empty() || bytes.len() > 19 || (bytes[0] == b'0' && bytes.len() > 1) {
            return None;
        }
        let mut value = 0_u64;
        for byte in bytes {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value = value * 10 + u64::from(digit);
        }
        Some(value)
    }
}

impl<'de> Deserializer<'de> for Scalar<'de> {
    type Error = Fault;

    methods! {
        deserialize_any() => visit_any
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
        deserialize_f32() => visit_f32
        deserialize_f64() => visit_f64
        deserialize_bytes() => visit_bytes
        deserialize_byte_buf() => visit_bytes
        deserialize_option() => visit_option
        deserialize_newtype_struct(&'static str) => visit_newtype
        deserialize_enum(&'static str, &'static [&'static str]) => visit_enum
        deserialize_ignored_any() => visit_ignored
    }

    serde::forward_to_deserialize_any! {
        bool char str string unit unit_struct seq tuple tuple_struct map struct identifier
    }
}
