//! The text of floats, and of decimals of any length (specification, section 2).

use std::borrow::Cow;

/// A float of either width.
pub(super) trait Float: zmij::Float + Copy {
    fn is_finite(self) -> bool;
    fn is_zero(self) -> bool;
}

impl Float for f32 {
    fn is_finite(self) -> bool {
        self.is_finite()
    }

    fn is_zero(self) -> bool {
        self == 0.0
    }
}

impl Float for f64 {
    fn is_finite(self) -> bool {
        self.is_finite()
    }

    fn is_zero(self) -> bool {
        self == 0.0
    }
}

/// Appends the fewest digits that read back as the same float of its width.
///
/// From 1e-6 up to 1e21 the text has no exponent; outside it has the notation of JavaScript. NaN
/// and the infinities are `null`. Examples: `0.000012345`, `150000000000000000`, `1.5e+300`,
/// `5e-324`.
pub(super) fn push_float<F: Float>(out: &mut String, value: F) {
    if !value.is_finite() {
        out.push_str("null");
        return;
    }
    if value.is_zero() {
        // Zero and negative zero.
        out.push('0');
        return;
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    let (mantissa, exponent) = match text.split_once('e') {
        // Digits and a point. This is the shortest text already, except for `.0`.
        None => {
            out.push_str(text.strip_suffix(".0").unwrap_or(text));
            return;
        }
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().unwrap_or_default()),
    };
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    if unsigned.len() < mantissa.len() {
        out.push('-');
    }
    // The mantissa has one digit before the point.
    let (first, rest) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    push_scaled(out, first, rest.trim_end_matches('0'), exponent);
}

/// The canonical text of a JSON number: of the same value, with all of its digits. Examples: `1.50`
/// is `1.5`, `-0.0` is `0`, `12e2` is `1200`, and `100e20` is `1e+22`. An integer without an
/// exponent stays as it is, however long it is.
///
/// `None` if the text is not a number of JSON, or its exponent does not fit 64 bits.
pub(super) fn canonical(token: &str) -> Option<Cow<'_, str>> {
    let unsigned = token.strip_prefix('-').unwrap_or(token);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let power = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    let parts = [Some(whole), fraction, power];
    if !parts.into_iter().flatten().all(is_digits) || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    if mantissa.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        return Some(Cow::Borrowed("0"));
    }
    let is_canonical = match (fraction, exponent) {
        (None, None) => true,
        (Some(fraction), None) => !fraction.ends_with('0') && whole != "0" && whole.len() <= 21,
        (_, Some(_)) => false,
    };
    if is_canonical {
        return Some(Cow::Borrowed(token));
    }
    let digits = format!("{whole}{}", fraction.unwrap_or_default());
    let significant = digits.trim_start_matches('0');
    // The power of ten of the first significant digit: 2 for `123.4`, and -2 for `0.012`.
    let zeros = digits.len() - significant.len();
    let shift = i64::try_from(whole.len()).ok()? - 1 - i64::try_from(zeros).ok()?;
    let exponent = exponent.unwrap_or("0").parse::<i64>().ok()?;
    let exponent = exponent.checked_add(shift)?;
    let (first, rest) = significant.split_at(1);
    let mut text = String::with_capacity(token.len() + 24);
    text.push_str(&token[..token.len() - unsigned.len()]);
    push_scaled(&mut text, first, rest.trim_end_matches('0'), exponent);
    Some(Cow::Owned(text))
}

/// Appends the number `first.rest × 10^exponent`. `first` is one digit that is not 0, and `rest`
/// does not end with 0.
fn push_scaled(out: &mut String, first: &str, rest: &str, exponent: i64) {
    out.reserve(first.len() + rest.len() + 24);
    match usize::try_from(exponent) {
        Ok(shift @ 0..=20) => {
            let before = shift.min(rest.len());
            out.push_str(first);
            out.push_str(&rest[..before]);
            push_zeros(out, shift - before);
            if before < rest.len() {
                out.push('.');
                out.push_str(&rest[before..]);
            }
        }
        Err(_) if exponent >= -6 => {
            out.push_str("0.");
            push_zeros(out, exponent.unsigned_abs() as usize - 1);
            out.push_str(first);
            out.push_str(rest);
        }
        _ => {
            out.push_str(first);
            if !rest.is_empty() {
                out.push('.');
                out.push_str(rest);
            }
            out.push_str(if exponent < 0 { "e-" } else { "e+" });
            out.push_str(itoa::Buffer::new().format(exponent.unsigned_abs()));
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn push_zeros(out: &mut String, count: usize) {
    out.push_str(&"00000000000000000000"[..count]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: f64) -> String {
        let mut out = String::new();
        push_float(&mut out, value);
        out
    }

    /// The range covers the exponents at which `zmij` changes its own notation.
    #[test]
    fn every_power_of_ten_has_its_form() {
        for exponent in -30_i32..30 {
            let value: f64 = format!("1e{exponent}").parse().unwrap();
            let expected = match exponent {
                -6..=-1 => format!("0.{}1", "0".repeat(exponent.unsigned_abs() as usize - 1)),
                0..=20 => format!("1{}", "0".repeat(exponent as usize)),
                _ => format!("1e{exponent:+}"),
            };
            assert_eq!(text(value), expected);
            assert_eq!(text(-value), format!("-{expected}"));
        }
    }

    #[test]
    fn digits_move_around_the_point() {
        for (value, expected) in [
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (1.5e17, "150000000000000000"),
            (1.2345e-5, "0.000012345"),
            (9.999_999e-7, "9.999999e-7"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            assert_eq!(text(value), expected);
        }
    }

    #[test]
    fn numbers_of_json_keep_their_digits() {
        let long = format!("1{}", "0".repeat(300));
        for (token, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.000e99999999999999999999", "0"),
            ("-12", "-12"),
            (&long, &long),
            ("9007199254740993.0", "9007199254740993"),
            ("9007199254740993.5", "9007199254740993.5"),
            ("-0.10000000000000000001", "-0.10000000000000000001"),
            ("1.50", "1.5"),
            ("12e2", "1200"),
            ("1234E-2", "12.34"),
            ("0.0012e+1", "0.012"),
            ("0.0000012", "0.0000012"),
            ("0.00000012", "1.2e-7"),
            ("1e20", "100000000000000000000"),
            ("100e20", "1e+22"),
            ("123456789012345678901.5", "123456789012345678901.5"),
            ("1234567890123456789012.5", "1.2345678901234567890125e+21"),
            ("1e-400", "1e-400"),
            ("-1.20e9223372036854775807", "-1.2e+9223372036854775807"),
        ] {
            assert_eq!(canonical(token).as_deref(), Some(expected), "{token}");
        }
    }

    #[test]
    fn other_texts_have_no_canonical_form() {
        for token in [
            "",
            "-",
            "+1",
            "01",
            "-01",
            ".5",
            "1.",
            "1.e1",
            "1e",
            "1e+",
            "1e+-1",
            "1e1.5",
            "NaN",
            "1 ",
            "--1",
            "0x1",
            "1_0",
            "１",
            "1e9223372036854775808",
            "10e9223372036854775807",
        ] {
            assert_eq!(canonical(token), None, "{token}");
        }
    }
}
