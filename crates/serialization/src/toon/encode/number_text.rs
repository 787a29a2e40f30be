//! The text of floats (specification, section 2).

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
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().unwrap_or_default()),
    };
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    if unsigned.len() < mantissa.len() {
        out.push('-');
    }
    // The mantissa has one digit before the point.
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let fraction = fraction.trim_end_matches('0');
    match usize::try_from(exponent) {
        Ok(shift @ 0..=20) => {
            let before = shift.min(fraction.len());
            out.push_str(whole);
            out.push_str(&fraction[..before]);
            push_zeros(out, shift - before);
            if before < fraction.len() {
                out.push('.');
                out.push_str(&fraction[before..]);
            }
        }
        Err(_) if exponent >= -6 => {
            out.push_str("0.");
            push_zeros(out, exponent.unsigned_abs() as usize - 1);
            out.push_str(whole);
            out.push_str(fraction);
        }
        _ => {
            out.push_str(whole);
            if !fraction.is_empty() {
                out.push('.');
                out.push_str(fraction);
            }
            out.push_str(if exponent < 0 { "e-" } else { "e+" });
            out.push_str(itoa::Buffer::new().format(exponent.unsigned_abs()));
        }
    }
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
}
