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
    /// float if it has no more digits than the shortest text of that float, or if it is the text of
    /// that float with more digits. So `0.1` and `0.10000000000000001` (`%.17g`) are the same
    /// float, and `0.10000000000000000001` is refused, because the float would be written as `0.1`.
    /// Up to the shortest length, the digits are only counted, not compared, because two texts of
    /// that length can mean the same float.
    pub(super) fn exact(token: &str) -> Option<Self> {
        if let Ok(integer) = token.parse() {
            return Some(Self::Integer(integer));
        }
        if let Ok(large) = token.parse() {
            return Some(Self::Large(large));
        }
        let float: f64 = token.parse().ok()?;
        let digits = significant_digits(token);
        let more = digits.len().saturating_sub(1);
        let kept = float.is_finite()
            && (digits.len() <= significant_digits(&format!("{float:e}")).len()
                || digits == significant_digits(&format!("{float:.more$e}")));
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

/// The digits from the first to the last that is not 0: `102` for `0.01020`.
fn significant_digits(token: &str) -> String {
    let mantissa = token.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
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
            // As `%.17g` prints them.
            ("0.10000000000000001", 0.1),
            ("2.2999999999999998", 2.3),
            ("1.7976931348623157e+308", f64::MAX),
            ("4.9406564584124654e-324", 5e-324),
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
