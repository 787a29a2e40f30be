//! The conversion of numbers to the types of serde.
//!
//! A number without a fraction is an integer in any notation: `1e3` and `5.0` are integers. A type
//! that takes any value gets an integer of 64 bits if the number fits one, and the nearest float
//! otherwise.

use serde::de::Visitor;

use crate::toon::DecodeErrorKind;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::number::{Magnitude, Number};

impl Number<'_> {
    pub(super) fn visit_any<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match self.magnitude() {
            Magnitude::Integer(magnitude) => match self.narrow(magnitude) {
                Some(Narrow::Unsigned(value)) => visitor.visit_u64(value),
                Some(Narrow::Signed(value)) => visitor.visit_i64(value),
                None => self.visit_f64(visitor),
            },
            Magnitude::Fractional | Magnitude::TooLarge => self.visit_f64(visitor),
        }
    }

    pub(super) fn visit_integer<'de, V>(&self, visitor: V) -> Result<V::Value, Fault>
    where
        V: Visitor<'de>,
    {
        match self.magnitude() {
            Magnitude::Integer(magnitude) => match self.narrow(magnitude) {
                Some(Narrow::Unsigned(value)) => visitor.visit_u64(value),
                Some(Narrow::Signed(value)) => visitor.visit_i64(value),
                None => Err(self.out_of_range()),
            },
            Magnitude::Fractional => self.visit_f64(visitor),
            Magnitude::TooLarge => Err(self.out_of_range()),
        }
    }

    pub(super) fn visit_wide_integer<'de, V>(&self, visitor: V) -> Result<V::Value, Fault>
    where
        V: Visitor<'de>,
    {
        match self.magnitude() {
            Magnitude::Integer(magnitude) if self.is_negative() => {
                match 0_i128.checked_sub_unsigned(magnitude) {
                    Some(value) => visitor.visit_i128(value),
                    None => Err(self.out_of_range()),
                }
            }
            Magnitude::Integer(magnitude) => visitor.visit_u128(magnitude),
            Magnitude::Fractional => self.visit_f64(visitor),
            Magnitude::TooLarge => Err(self.out_of_range()),
        }
    }

    /// Gives the nearest float. Adding 0.0 removes the sign of a negative zero.
    pub(super) fn visit_f64<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        if let Some(float) = self.short_float() {
            return visitor.visit_f64(float);
        }
        match self.token().parse::<f64>() {
            Ok(float) if float.is_finite() => visitor.visit_f64(float + 0.0),
            _ => Err(self.out_of_range()),
        }
    }

    /// Gives the nearest float of 32 bits. Rounding to 64 bits first could give another one.
    pub(super) fn visit_f32<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match self.token().parse::<f32>() {
            Ok(float) if float.is_finite() => visitor.visit_f32(float + 0.0),
            _ => Err(self.out_of_range()),
        }
    }

    /// The integer in 64 bits, if it fits. `-0` is the unsigned 0.
    fn narrow(&self, magnitude: u128) -> Option<Narrow> {
        if self.is_negative() && magnitude > 0 {
            let value = 0_i128.checked_sub_unsigned(magnitude)?;
            return i64::try_from(value).ok().map(Narrow::Signed);
        }
        u64::try_from(magnitude).ok().map(Narrow::Unsigned)
    }

    #[cold]
    fn out_of_range(&self) -> Fault {
        Fault::without_offset(DecodeErrorKind::NumberOutOfRange {
            number: self.token().into(),
        })
    }
}

enum Narrow {
    Unsigned(u64),
    Signed(i64),
}
