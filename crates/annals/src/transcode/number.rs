//! Owns which numbers a document may carry: those that stay what they are.

use serde::{Serialize, Serializer};

/// A number that is written with the value that it was read with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Integer(i128),
    /// Past the last of `Integer`.
    Large(u128),
    Float(f64),
}

impl Number {
    /// The number that a token of JSON or TOON is; `None` where digits of it would be lost, and
    /// where it is no number.
    ///
    /// What has no fraction and no exponent is an integer of up to 128 bits. Anything else is a
    /// float, if the shortest text for that float has the same digits.
    pub(super) fn exact(token: &str) -> Option<Self> {
        if let Ok(integer) = token.parse() {
            return Some(Self::Integer(integer));
        }
        if let Ok(large) = token.parse() {
            return Some(Self::Large(large));
        }
        let float: f64 = token.parse().ok()?;
        let kept = float.is_finite() && Digits::of(token) == Digits::of(&format!("{float:e}"));
        kept.then_some(Self::Float(float))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Integer(value) => match (i64::try_from(value), u64::try_from(value)) {
                (Ok(value), _) => serializer.serialize_i64(value),
                (_, Ok(value)) => serializer.serialize_u64(value),
                _ => serializer.serialize_i128(value),
            },
            Self::Large(value) => serializer.serialize_u128(value),
            Self::Float(value) => serializer.serialize_f64(value),
        }
    }
}

/// The value of a decimal number, apart from its sign: its digits from the first to the last that is
/// not 0, and the power of ten of the last one.
#[derive(Debug, PartialEq, Eq)]
struct Digits {
    significant: String,
    exponent: i64,
}

impl Digits {
    fn of(token: &str) -> Self {
        let token = token.trim_start_matches('-');
        let (mantissa, exponent) = token.split_once(['e', 'E']).unwrap_or((token, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_end_matches('0');
        let shift = (digits.len() - significant.len()) as i64 - fraction.len() as i64;
        let significant = significant.trim_start_matches('0').to_owned();
        // Exponents past 64 bits belong to numbers that are 0, or no floats at all.
        let exponent = exponent.parse::<i64>().unwrap_or_default();
        Self {
            exponent: match significant.is_empty() {
                true => 0,
                false => exponent.saturating_add(shift),
            },
            significant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_carried_up_to_128_bits() {
        for (token, number) in [
            ("0", Number::Integer(0)),
            ("-0", Number::Integer(0)),
            ("18446744073709551616", Number::Integer(1 << 64)),
            (&i128::MIN.to_string(), Number::Integer(i128::MIN)),
            (&u128::MAX.to_string(), Number::Large(u128::MAX)),
        ] {
            assert_eq!(Number::exact(token), Some(number), "{token}");
        }
    }

    #[test]
    fn floats_are_carried_where_no_digit_is_lost() {
        for (token, float) in [
            ("0.1", 0.1),
            ("1.50", 1.5),
            ("1E3", 1000.0),
            ("1e300", 1e300),
            ("5e-324", 5e-324),
            ("0e99999999999999999999", 0.0),
            ("-12.50e-1", -1.25),
        ] {
            assert_eq!(Number::exact(token), Some(Number::Float(float)), "{token}");
        }
        // A power of ten past 128 bits is a float that says the same.
        let power = format!("1{}", "0".repeat(40));
        assert_eq!(Number::exact(&power), Some(Number::Float(1e40)));
    }

    #[test]
    fn what_would_lose_digits_is_none() {
        for token in [
            "0.10000000000000000001",
            "123456789012345678901234567890123456789012345",
            "1e400",
            "1e-400",
            "1e-99999999999999999999",
            "9007199254740993.5",
            "NaN",
            "",
        ] {
            assert_eq!(Number::exact(token), None, "{token}");
        }
    }
}
