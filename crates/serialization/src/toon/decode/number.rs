//! Numbers: the tokens that are numbers (section 4), and their exact values.

/// A token that is a number: an optional `-`, digits without a leading zero, and optionally a
/// fraction and an exponent, for example `-12.5e3`. Other tokens, for example `05` or `+1`, are
/// strings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'de> {
    token: &'de str,
    /// The end of the digits before the fraction and the exponent.
    whole_end: usize,
    /// The end of the fraction.
    fraction_end: usize,
}

impl<'de> Number<'de> {
    /// Parses a token; `None` if it is not a number.
    pub(super) fn parse(token: &'de str) -> Option<Self> {
        let bytes = token.as_bytes();
        let start = usize::from(bytes.first() == Some(&b'-'));
        let whole_end = digits(bytes, start)?;
        if bytes[start] == b'0' && whole_end > start + 1 {
            return None;
        }
        let fraction_end = match bytes.get(whole_end) {
            Some(b'.') => digits(bytes, whole_end + 1)?,
            _ => whole_end,
        };
        let end = match bytes.get(fraction_end) {
            Some(b'e' | b'E') => {
                let sign = matches!(bytes.get(fraction_end + 1), Some(b'+' | b'-'));
                digits(bytes, fraction_end + 1 + usize::from(sign))?
            }
            _ => fraction_end,
        };
        (end == bytes.len()).then_some(Self {
            token,
            whole_end,
            fraction_end,
        })
    }

    #[inline]
    pub(super) fn token(&self) -> &'de str {
        self.token
    }

    #[inline]
    pub(super) fn is_negative(&self) -> bool {
        self.token.starts_with('-')
    }

    /// Whether the number has neither a fraction part nor an exponent.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.whole_end == self.token.len()
    }

    /// The exact value of the number without its sign. For example, `5`, `5.0` and `0.05e2` are the
    /// integer 5.
    ///
    /// The significant digits without trailing zeros are shifted by a power of ten. For example,
    /// `0.05e2` has the digits 5, the exponent 2 and two digits of fraction: 5 × 10^(2-2).
    pub(super) fn magnitude(&self) -> Magnitude {
        let whole = &self.token.as_bytes()[usize::from(self.is_negative())..self.whole_end];
        if self.is_plain() {
            return read(whole.iter().copied()).map_or(Magnitude::TooLarge, Magnitude::Integer);
        }
        let fraction = self.token.as_bytes()[self.whole_end..self.fraction_end]
            .get(1..)
            .unwrap_or_default();
        let digits = || whole.iter().chain(fraction).copied();
        let count = whole.len() + fraction.len();
        let trailing_zeros = digits().rev().take_while(|&digit| digit == b'0').count();
        if trailing_zeros == count {
            return Magnitude::Integer(0);
        }
        let shift = self
            .exponent()
            .saturating_sub(i64::try_from(fraction.len()).unwrap_or(i64::MAX))
            .saturating_add(i64::try_from(trailing_zeros).unwrap_or(i64::MAX));
        let Ok(shift) = u64::try_from(shift) else {
            return Magnitude::Fractional;
        };
        let scale = u32::try_from(shift)
            .ok()
            .and_then(|shift| 10_u128.checked_pow(shift));
        read(digits().take(count - trailing_zeros))
            .zip(scale)
            .and_then(|(significant, scale)| significant.checked_mul(scale))
            .map_or(Magnitude::TooLarge, Magnitude::Integer)
    }

    /// The float for a number of at most 15 characters without an exponent. Its digits and its
    /// power of ten are exact floats then, so the quotient is the nearest float: `1.25` is 125 /
    /// 100.
    pub(super) fn short_float(&self) -> Option<f64> {
        const LONGEST: usize = 15;
        if self.fraction_end != self.token.len() || self.token.len() > LONGEST {
            return None;
        }
        let bytes = self.token.as_bytes();
        let mut digits = 0.0;
        for digit in bytes.iter().map(|byte| byte.wrapping_sub(b'0')) {
            if digit <= 9 {
                digits = digits * 10.0 + f64::from(digit);
            }
        }
        let mut power = 1.0;
        for _ in self.whole_end + 1..self.fraction_end {
            power *= 10.0;
        }
        let magnitude = digits / power;
        Some(if self.is_negative() {
            0.0 - magnitude
        } else {
            magnitude
        })
    }

    /// The exponent, 0 without one. An exponent past 64 bits becomes the nearest 64-bit integer.
    fn exponent(&self) -> i64 {
        let text = self.token.get(self.fraction_end + 1..).unwrap_or("0");
        text.parse().unwrap_or(if text.starts_with('-') {
            i64::MIN
        } else {
            i64::MAX
        })
    }
}

/// A number without its sign, as an integer.
pub(super) enum Magnitude {
    Integer(u128),
    /// The number has a fraction.
    Fractional,
    /// The number is an integer past 128 bits.
    TooLarge,
}

/// The end of the digits at `start`; `None` without any.
fn digits(bytes: &[u8], start: usize) -> Option<usize> {
    let count = bytes
        .get(start..)?
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    (count > 0).then_some(start + count)
}

fn read(digits: impl Iterator<Item = u8>) -> Option<u128> {
    let mut value = 0_u128;
    for digit in digits {
        value = value
            .checked_mul(10)?
            .checked_add(u128::from(digit - b'0'))?;
    }
    Some(value)
}
