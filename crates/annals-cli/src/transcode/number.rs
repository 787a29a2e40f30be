//! A number of a document by its text.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A number of JSON, which TOON writes with all of its digits. Only a text that C prints as `%.17g`
/// of a double is the shortest text of that double: 0.10000000000000001 is 0.1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'t>(pub(super) &'t str);

/// The name of the struct as which `serde_json` serializes a number of any length.
const NAME: &str = "$serde_json::private::Number";

impl Serialize for Number<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(text) = *self;
        if let Ok(integer) = text.parse() {
            return serializer.serialize_i64(integer);
        }
        let shortest = shortest(text);
        let mut number = serializer.serialize_struct(NAME, 1)?;
        number.serialize_field(NAME, shortest.as_deref().unwrap_or(text))?;
        number.end()
    }
}

/// The shortest text of the double that `%.17g` prints as `text`, if it has fewer digits.
pub(super) fn shortest(text: &str) -> Option<String> {
    let double: f64 = text.parse().ok()?;
    let shortest = format!("{double:e}");
    let is_shorter = significant(&shortest) < significant(text);
    (double.is_finite() && is_shorter && text.eq_ignore_ascii_case(&printed(double)?))
        .then_some(shortest)
}

/// The number of digits between the first and the last that is not zero.
fn significant(text: &str) -> usize {
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
}

/// A double as C prints it with `%.17g`.
fn printed(double: f64) -> Option<String> {
    let scientific = format!("{double:.16e}");
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let without_zeros = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    if (-4..17).contains(&exponent) {
        let decimals = usize::try_from(16 - exponent).ok()?;
        let fixed = format!("{double:.decimals$}");
        return Some(match decimals {
            0 => fixed,
            _ => without_zeros(&fixed),
        });
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let mantissa = without_zeros(mantissa);
    Some(format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_seventeen_printed_digits_of_a_double_are_shortened() {
        for (text, expected) in [
            ("0.10000000000000001", "1e-1"),
            ("-0.10000000000000001", "-1e-1"),
            ("0.00012999999999999999", "1.3e-4"),
            ("1.0000000000000001e-05", "1e-5"),
            ("1.0000000000000001E-05", "1e-5"),
            ("1.0000000000000001e+300", "1e300"),
        ] {
            assert_eq!(shortest(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "2.5",
            "0.30000000000000004",
            "2.2250738585072014e-308",
            "9007199254740993.0",
            "0.100000000000000010",
            "10000000000000001e284",
            "81433307526298896E+122",
            "0.1000000000000000055511151231257827",
            "0.12345678901234567891",
            "0.0",
            "1e400",
            "1E-400",
            "1e99999999999999999999",
        ] {
            assert_eq!(shortest(text), None, "{text}");
        }
    }

    #[test]
    fn a_double_is_printed_as_c_prints_it() {
        for (double, text) in [
            (0.1, "0.10000000000000001"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (123_456_789.0, "123456789"),
            (1e16, "10000000000000000"),
            (1e17, "1e+17"),
            (1e-4, "0.0001"),
            (1e-5, "1.0000000000000001e-05"),
            (1e300, "1.0000000000000001e+300"),
        ] {
            assert_eq!(printed(double).as_deref(), Some(text));
        }
    }
}
