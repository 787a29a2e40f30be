//! Owns quoted text: where it ends, what lies outside of it, and its escapes (section 7.1).

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::toon::DecodeErrorKind;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::word::{self, Word};

/// Where the first byte outside of quotes stands that is one of the wanted: `wanted` marks the
/// highest bit of each such byte.
///
/// A quote opens quoted text wherever it stands, also within a token (appendix B.3).
#[inline]
pub(super) fn find_unquoted(
    line: &[u8],
    from: usize,
    wanted: impl Fn(Word) -> u64,
) -> Option<usize> {
    let mut at = from;
    loop {
        at = word::find(line, at, |word| wanted(word) | word.places_of(b'"'))?;
        if line[at] != b'"' {
            return Some(at);
        }
        at = closing_quote(line, at)? + 1;
    }
}

/// Where the quote stands that closes the one at `opening`.
pub(super) fn closing_quote(line: &[u8], opening: usize) -> Option<usize> {
    let mut at = opening + 1;
    loop {
        at += memchr2(b'"', b'\\', line.get(at..)?)?;
        if line[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// The string that a token is which begins with a quote, and which stands at `place`.
pub(super) fn string(token: &str, place: usize) -> Result<Cow<'_, str>, Fault> {
    let bytes = token.as_bytes();
    let closing = match memchr2(b'"', b'\\', &bytes[1..]) {
        Some(length) if length + 2 == bytes.len() && bytes[length + 1] == b'"' => {
            return Ok(Cow::Borrowed(&token[1..=length]));
        }
        _ => closing_quote(bytes, 0),
    };
    let closing = closing.ok_or_else(|| Fault::new(DecodeErrorKind::UnterminatedString, place))?;
    if closing + 1 != bytes.len() {
        return Err(Fault::new(
            DecodeErrorKind::AfterString,
            place + closing + 1,
        ));
    }
    unescape(&token[1..closing], place + 1)
}

/// The text between two quotes, without its escapes; borrowed where there are none.
pub(super) fn unescape(inner: &str, place: usize) -> Result<Cow<'_, str>, Fault> {
    let Some(mut escape) = memchr(b'\\', inner.as_bytes()) else {
        return Ok(Cow::Borrowed(inner));
    };
    let mut text = String::with_capacity(inner.len());
    let mut copied = 0;
    loop {
        let (character, length) = escaped(&inner.as_bytes()[escape + 1..])
            .ok_or_else(|| Fault::new(DecodeErrorKind::InvalidEscape, place + escape))?;
        text.push_str(&inner[copied..escape]);
        text.push(character);
        copied = escape + 1 + length;
        match memchr(b'\\', &inner.as_bytes()[copied..]) {
            Some(next) => escape = copied + next,
            None => break,
        }
    }
    text.push_str(&inner[copied..]);
    Ok(Cow::Owned(text))
}

/// The character that an escape stands for, and its length after the backslash.
fn escaped(after_backslash: &[u8]) -> Option<(char, usize)> {
    let character = match after_backslash.first()? {
        b'\\' => '\\',
        b'"' => '"',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let digits = after_backslash.get(1..5)?;
            let code = digits.iter().try_fold(0, |code, &digit| {
                Some(code * 16 + char::from(digit).to_digit(16)?)
            })?;
            return Some((char::from_u32(code)?, 5));
        }
        _ => return None,
    };
    Some((character, 1))
}
