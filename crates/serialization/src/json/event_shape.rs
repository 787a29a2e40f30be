//! The representation of a Rust type of events, found out without an event at hand.
//!
//! `Deserialize` begins with one call to the deserializer, which shows the representation: an enum
//! calls `deserialize_enum` and gives the names of its variants. So a representation that could not
//! be read back is refused when a codec is built, not years later.

use std::fmt;

use serde::de::value::U64Deserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess,
    Visitor,
};

/// The representation of a type of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventShape {
    /// An enum in the default representation, with the names that serde reads, aliases included.
    Variants(&'static [&'static str]),
    /// One kind of content, for example a struct.
    Single,
    /// It takes any content and guesses, as with `#[serde(untagged)]`.
    SelfDescribing,
}

impl EventShape {
    /// The shape of `E`.
    pub(super) fn of<'de, E: Deserialize<'de>>() -> Self {
        match E::deserialize(Probe { variant: None }) {
            Err(Answer(shape)) => shape,
            // It calls no method, so it reads nothing of a payload.
            Ok(_) => Self::SelfDescribing,
        }
    }

    /// The number of variants that serde reads, without aliases; `None` for a hand-written
    /// `Deserialize` that has no numbers for its variants.
    ///
    /// The derive of serde numbers the variants from 0, and gives an alias no number.
    pub(super) fn count_variants<'de, E: Deserialize<'de>>(names: usize) -> Option<usize> {
        let exists = |variant: &u64| {
            let probe = Probe {
                variant: Some(*variant),
            };
            matches!(E::deserialize(probe), Err(Answer(Self::Single)))
        };
        let count = (0..).take(names).take_while(exists).count();
        (count > 0).then_some(count)
    }
}

/// A deserializer that fails at the first call, with an error that carries the shape.
struct Probe {
    /// Names a variant of an enum by its number. The answer is then `Single` if it exists.
    variant: Option<u64>,
}

/// The content of a variant, which the probe does not have.
enum Unread {}

/// The error that carries the shape.
#[derive(Debug)]
struct Answer(EventShape);

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the probe reads no value")
    }
}

impl std::error::Error for Answer {}

impl de::Error for Answer {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(EventShape::SelfDescribing)
    }
}

macro_rules! answer {
    ($shape:expr; $($method:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* _: V) -> Result<V::Value, Answer> {
            $(let _ = $argument;)*
            Err(Answer($shape))
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Answer;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Answer> {
        match self.variant {
            Some(_) => visitor.visit_enum(self),
            None => Err(Answer(EventShape::Variants(variants))),
        }
    }

    /// A struct around another type is stored as that type, so the shape is that of the inner type.
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Answer> {
        visitor.visit_newtype_struct(self)
    }

    answer! { EventShape::SelfDescribing;
        deserialize_any();
        deserialize_ignored_any();
        deserialize_identifier();
    }

    answer! { EventShape::Single;
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_option();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
    }
}

impl<'de> EnumAccess<'de> for Probe {
    type Error = Answer;
    type Variant = Unread;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Unread), Answer> {
        let number: U64Deserializer<Answer> = self.variant.unwrap_or_default().into_deserializer();
        seed.deserialize(number)?;
        Err(Answer(EventShape::Single))
    }
}

impl<'de> VariantAccess<'de> for Unread {
    type Error = Answer;

    fn unit_variant(self) -> Result<(), Answer> {
        match self {}
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Answer> {
        match self {}
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Answer> {
        match self {}
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Answer> {
        match self {}
    }
}
