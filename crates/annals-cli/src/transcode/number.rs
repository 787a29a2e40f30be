//! A number that keeps all digits of its text.

use serde::{Serialize, Serializer};

/// A number that is written with the same value as it was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Integer(i128),
    /// An integer larger than `i128::MAX`.
    Large(u128),
    Float(f64),
}

impl Number {
    /// The number of a JSON or TOON token; `None` if it would lose digits, or is not a number.
    ///
    /// A token without fraction and exponent is an integer of up to 128 bits. Any other token is a
    /// float if it has no more digits than the shortest text of that float: `0.1` is accepted, and
    /// `0.10000000000000000001` is refused, because the float would be written as `0.1`. The digits
    /// are only counted, not compared, because two texts of the shortest length can mean the same
    /// float.
    pub(super) fn exact(token: &str) -> Option<Self> {
        if let Ok(integer) = token.parse() {
            return Some(Self::Integer(integer));
        }
        if let Ok(large) = token.parse() {
            return Some(Self::Large(large));
        }
        let float: f64 = token.parse().ok()?;
        let fewest = significant_digits(&format!("{float:e}"));
        let kept = float.is_finite() && significant_digits(token) <= fewest;
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

/// The number of digits between the first and the last digit that is not 0: 3 for `0.01020`.
fn significant_digits(token: &str) -> usize {
    let mantissa = token.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
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
            // Two texts of the same length that mean the same float.
            ("-1436524309403106.2", -(1_436_524_309_403_106.0 + 0.25)),
            ("-1436524309403106.3", -(1_436_524_309_403_106.0 + 0.25)),
        ] {
            assert_eq!(Number::exact(token), Some(Number::Float(float)), "{token}");
        }
        // A power of ten past 128 bits is a float with the same value.
        let power = format!("1{}", "0".repeat(40));
        assert_eq!(Number::exact(&power), Some(Number::Float(1e40)));
    }

    #[test]
    fn numbers_that_would_lose_digits_are_refused() {
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
