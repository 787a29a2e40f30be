//! A number of a document by its text.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A number of JSON, which TOON writes with all of its digits. Only the seventeen digits that
/// C prints of a double by `%.17g` become its shortest text: 0.10000000000000001 is 0.1.
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

/// The shortest text of the double that `%.17g` prints with the digits of `text`, if it has fewer.
pub(super) fn shortest(text: &str) -> Option<String> {
    let double: f64 = text.parse().ok()?;
    let printed = format!("{double:.16e}");
    if !double.is_finite() || decimal(text)? != decimal(&printed)? {
        return None;
    }
    let shortest = format!("{double:e}");
    (decimal(text)? != decimal(&shortest)?).then_some(shortest)
}

/// The digits of a number without zeros at both ends, and the power of ten of the first one.
fn decimal(text: &str) -> Option<(String, i64)> {
    let text = text.trim_start_matches('-');
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let first = i64::try_from(whole.len()).ok()? - zeros;
    let significant = significant.trim_end_matches('0').to_owned();
    Some((significant, exponent.checked_add(first)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_seventeen_digits_of_a_double_are_shortened() {
        for (text, expected) in [
            ("0.10000000000000001", "1e-1"),
            ("-0.10000000000000001", "-1e-1"),
            ("0.100000000000000010", "1e-1"),
            ("10000000000000001e-17", "1e-1"),
            ("0.00012999999999999999", "1.3e-4"),
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
}
