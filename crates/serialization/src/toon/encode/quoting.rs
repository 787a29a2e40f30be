//! Quotes and escapes: the strings and keys that need them (specification, sections 7.1 to 7.3).

use crate::toon::Delimiter;

/// The byte needs an escape inside quotes.
const ESCAPED: u8 = 1;
/// The byte may stand in a key without quotes.
const KEY: u8 = 1 << 1;
/// A string that begins with the byte needs quotes: a space, `-`, `#`.
const FIRST: u8 = 1 << 2;
/// A string that begins with the byte may be mistaken for a number or a literal: a digit, `+`, or
/// the first letter of `true`, `false` or `null`.
const LOOK_ALIKE: u8 = 1 << 3;
/// A string with the byte needs quotes: `:`, a bracket, a brace, or a byte that needs an escape.
const QUOTED: u8 = 1 << 4;
const COMMA: u8 = 1 << 5;
const PIPE: u8 = 1 << 6;

/// The union of the flags above for each byte.
const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'"' | b'\\' | 0..=0x1F => ESCAPED | QUOTED,
            b':' | b'[' | b']' | b'{' | b'}' => QUOTED,
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

/// The notation of a string or a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Without quotes.
    Bare,
    /// In quotes, without escapes.
    Quoted,
    /// In quotes, with escapes.
    Escaped,
}

/// The notation of a string in a document with this delimiter (section 7.2).
#[inline]
pub(super) fn of_string(text: &str, delimiter: Delimiter) -> Quoting {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return Quoting::Quoted;
    };
    let seen = marks(bytes, delimiter);
    let first = CLASSES[usize::from(*first)];
    if seen & ESCAPED != 0 {
        Quoting::Escaped
    } else if seen != 0
        || first & FIRST != 0
        || *last == b' '
        || first & LOOK_ALIKE != 0 && (is_literal(bytes) || is_number_like(bytes))
    {
        Quoting::Quoted
    } else {
        Quoting::Bare
    }
}

/// The flags of a text: [`QUOTED`] if it has a byte that needs quotes at any position, and
/// [`ESCAPED`] if it has a byte that needs an escape.
///
/// A text of fewer than 8 bytes goes through the table of classes. A longer one is compared 16
/// bytes at a time without the table, so that the compiler can use vector instructions.
#[inline]
fn marks(bytes: &[u8], delimiter: Delimiter) -> u8 {
    let Some((_, last)) = bytes.split_last_chunk::<16>() else {
        if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            // The first eight and the last eight bytes: all of the text, some bytes twice.
            let mut both = [0; 16];
            both[..8].copy_from_slice(first);
            both[8..].copy_from_slice(last);
            let mut seen = [0; 16];
            mark(&mut seen, &both, delimiter.as_byte());
            return marks_of(seen);
        }
        let all = bytes
            .iter()
            .fold(0, |all, byte| all | CLASSES[usize::from(*byte)]);
        let quoted = match delimiter {
            Delimiter::Comma => QUOTED | COMMA,
            Delimiter::Pipe => QUOTED | PIPE,
            // A tab is a control character, which has the flag QUOTED itself.
            Delimiter::Tab => QUOTED,
        };
        return (all & ESCAPED) | (u8::from(all & quoted != 0) * QUOTED);
    };
    let delimiter = delimiter.as_byte();
    let mut seen = [0; 16];
    for chunk in bytes.as_chunks::<16>().0 {
        mark(&mut seen, chunk, delimiter);
    }
    // The last 16 bytes, some of them a second time, instead of a shorter rest.
    mark(&mut seen, last, delimiter);
    marks_of(seen)
}

/// The union of the flags of 16 bytes.
#[inline]
fn marks_of(seen: [u8; 16]) -> u8 {
    let seen = u128::from_ne_bytes(seen);
    if seen == 0 {
        return 0;
    }
    [ESCAPED, QUOTED]
        .into_iter()
        .filter(|mark| seen & u128::from_ne_bytes([*mark; 16]) != 0)
        .fold(0, |marks, mark| marks | mark)
}

#[inline]
fn mark(seen: &mut [u8; 16], bytes: &[u8; 16], delimiter: u8) {
    for (seen, byte) in seen.iter_mut().zip(bytes) {
        let byte = *byte;
        // `[` and `{`, and `]` and `}`, differ only in this bit.
        let brace = byte | 0x20;
        let quotes = (byte == b':') | (byte == delimiter) | (brace == b'{') | (brace == b'}');
        let escapes = (byte < 0x20) | (byte == b'"') | (byte == b'\\');
        *seen |= (u8::from(quotes) * QUOTED) | (u8::from(escapes) * ESCAPED);
    }
}

/// The notation of a key (section 7.3).
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

/// An upper bound of the length of the text with its escapes.
pub(super) fn escaped_len(text: &str) -> usize {
    let escapes = text
        .bytes()
        .filter(|byte| CLASSES[usize::from(*byte)] & ESCAPED != 0)
        .count();
    text.len() + 5 * escapes
}

/// Appends the text with its escapes.
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

/// Whether the text looks like a number: as a number of section 4, but leading zeros and a plus
/// sign are allowed too, for example `+05.0e3`. The caller has excluded a leading `-`.
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

/// The bytes after one or more digits; `None` if the first byte is not a digit.
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
