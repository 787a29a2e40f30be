//! Owns which strings and keys stand in quotes, and what is escaped in them (specification,
//! sections 7.1 to 7.3).

use crate::toon::Delimiter;

/// The byte ends a value or starts something else, wherever it stands: `:`, `"`, `\`, a bracket, a
/// brace or a control character.
const STRUCTURAL: u8 = 1;
/// The byte is escaped in quotes.
const ESCAPED: u8 = 1 << 1;
/// The byte may stand in a key without quotes.
const KEY: u8 = 1 << 2;
const COMMA: u8 = 1 << 3;
const PIPE: u8 = 1 << 4;
/// A string that begins with the byte needs quotes: a space, `-`, `#`.
const FIRST: u8 = 1 << 5;
/// A string that begins with the byte may be mistaken for a number or a literal: a digit, `+`, or
/// the first letter of `true`, `false` or `null`.
const LOOK_ALIKE: u8 = 1 << 6;

const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'"' | b'\\' | 0..=0x1F => STRUCTURAL | ESCAPED,
            b':' | b'[' | b']' | b'{' | b'}' => STRUCTURAL,
            b',' => COMMA,
            b'|' => PIPE,
            b' ' | b'-' | b'#' => FIRST,
            b'0'..=b'9' => KEY | LOOK_ALIKE,
            b'+' => LOOK_ALIKE,
            b't' | b'f' | b'n' => KEY | LOOK_ALIKE,
            b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'.' => KEY,
            _ => 0,
        };
        byte += 1;
    }
    classes
}

/// How a string or a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// As it is.
    Bare,
    /// In quotes, with nothing to escape.
    Quoted,
    /// In quotes, with something to escape.
    Escaped,
}

/// How a string is written where this delimiter counts (section 7.2).
#[inline]
pub(super) fn of_string(text: &str, delimiter: Delimiter) -> Quoting {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return Quoting::Quoted;
    };
    let structural = STRUCTURAL
        | match delimiter {
            Delimiter::Comma => COMMA,
            Delimiter::Pipe => PIPE,
            // A control character.
            Delimiter::Tab => 0,
        };
    let seen = bytes
        .iter()
        .fold(0, |seen, byte| seen | CLASSES[usize::from(*byte)]);
    let first = CLASSES[usize::from(*first)];
    if seen & ESCAPED != 0 {
        Quoting::Escaped
    } else if seen & structural != 0
        || first & FIRST != 0
        || *last == b' '
        || first & LOOK_ALIKE != 0 && (is_literal(bytes) || is_number_like(bytes))
    {
        Quoting::Quoted
    } else {
        Quoting::Bare
    }
}

/// How a key is written (section 7.3).
#[inline]
pub(super) fn of_key(key: &str) -> Quoting {
    let bytes = key.as_bytes();
    let (all, any) = bytes.iter().fold((KEY, 0), |(all, any), byte| {
        let class = CLASSES[usize::from(*byte)];
        (all & class, any | class)
    });
    match bytes.first() {
        Some(first) if all & KEY != 0 && !first.is_ascii_digit() && *first != b'.' => Quoting::Bare,
        _ if any & ESCAPED != 0 => Quoting::Escaped,
        _ => Quoting::Quoted,
    }
}

/// At most how long the text is with its escapes.
pub(super) fn escaped_len(text: &str) -> usize {
    let escapes = text
        .bytes()
        .filter(|byte| CLASSES[usize::from(*byte)] & ESCAPED != 0)
        .count();
    text.len() + 5 * escapes
}

/// Appends the text with its escapes, in runs of what needs none.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| CLASSES[usize::from(byte)] & ESCAPED != 0)
    {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(char::from(HEX[usize::from(control >> 4)]));
                out.push(char::from(HEX[usize::from(control & 0xF)]));
            }
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

fn is_literal(bytes: &[u8]) -> bool {
    matches!(bytes, b"true" | b"false" | b"null")
}

/// Whether the text would be a number if leading zeros and a plus sign were allowed.
fn is_number_like(bytes: &[u8]) -> bool {
    let bytes = match bytes {
        [b'+', rest @ ..] => rest,
        _ => bytes,
    };
    let Some(mut rest) = after_digits(bytes) else {
        return false;
    };
    if let [b'.', fraction @ ..] = rest {
        let Some(after) = after_digits(fraction) else {
            return false;
        };
        rest = after;
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let digits = match exponent {
            [b'+' | b'-', digits @ ..] => digits,
            _ => exponent,
        };
        let Some(after) = after_digits(digits) else {
            return false;
        };
        rest = after;
    }
    rest.is_empty()
}

/// What follows one or more digits; none where there is no digit.
fn after_digits(bytes: &[u8]) -> Option<&[u8]> {
    match bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
    {
        0 => None,
        digits => Some(&bytes[digits..]),
    }
}
