//! Quoted text: searches outside of it, its closing quote and its escapes (section 7.1).

use std::borrow::Cow;

use memchr::memchr;

use crate::toon::DecodeErrorKind;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::search;

/// The offset of the first `wanted` byte outside quotes, from `from` on and before `end`.
///
/// A quote opens quoted text wherever it stands, also inside a token such as `a"b` (appendix B.3).
#[inline]
pub(super) fn find_unquoted(text: &[u8], from: usize, end: usize, wanted: u8) -> Option<usize> {
    find_outside(
        text,
        end,
        search::find_two(text, from, end, [wanted, b'"']),
        |at| search::find_two(text, at, end, [wanted, b'"']),
    )
}

/// As [`find_unquoted`], for either of two bytes.
#[inline]
pub(super) fn find_two_unquoted(
    text: &[u8],
    from: usize,
    end: usize,
    wanted: [u8; 2],
) -> Option<usize> {
    let [first, second] = wanted;
    find_outside(
        text,
        end,
        search::find_three(text, from, end, [first, second, b'"']),
        |at| search::find_three(text, at, end, [first, second, b'"']),
    )
}

/// The offset `found`, unless a quote stands there: then the search goes on after the closing
/// quote, with `find`. `None` if a quote is not closed.
#[inline]
pub(super) fn find_outside(
    text: &[u8],
    end: usize,
    found: Option<usize>,
    find: impl Fn(usize) -> Option<usize>,
) -> Option<usize> {
    let mut at = found?;
    while text[at] == b'"' {
        at = find(closing_quote(text, at, end)? + 1)?;
    }
    Some(at)
}

/// The offset, before `end`, of the quote that closes the one at `opening`.
#[inline(never)]
pub(super) fn closing_quote(text: &[u8], opening: usize, end: usize) -> Option<usize> {
    let mut at = opening + 1;
    loop {
        at = quote_or_backslash(text, at, end)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[inline]
fn quote_or_backslash(text: &[u8], from: usize, end: usize) -> Option<usize> {
    search::find_two(text, from, end, [b'"', b'\\'])
}

/// The string of a token that begins with a quote. `offset` is the offset of the token.
pub(super) fn string(token: &str, offset: usize) -> Result<Cow<'_, str>, Fault> {
    let bytes = token.as_bytes();
    let closing = match quote_or_backslash(bytes, 1, bytes.len()) {
        Some(closing) if closing + 1 == bytes.len() && bytes[closing] == b'"' => {
            return Ok(Cow::Borrowed(&token[1..closing]));
        }
        _ => closing_quote(bytes, 0, bytes.len()),
    };
    let closing = closing.ok_or_else(|| Fault::new(DecodeErrorKind::UnterminatedString, offset))?;
    if closing + 1 != bytes.len() {
        return Err(Fault::new(
            DecodeErrorKind::AfterString,
            offset + closing + 1,
        ));
    }
    unescape(&token[1..closing], offset + 1)
}

/// Replaces the escapes in the text between two quotes. A text without escapes stays borrowed.
pub(super) fn unescape(inner: &str, offset: usize) -> Result<Cow<'_, str>, Fault> {
    let Some(mut escape) = memchr(b'\\', inner.as_bytes()) else {
        return Ok(Cow::Borrowed(inner));
    };
    let mut text = String::with_capacity(inner.len());
    let mut copied = 0;
    loop {
        let (character, length) = escaped(&inner.as_bytes()[escape + 1..])
            .ok_or_else(|| Fault::new(DecodeErrorKind::InvalidEscape, offset + escape))?;
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

/// The character of an escape, and the length of the escape after the backslash: `u0041` is `A` and
/// has length 5.
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

/// The name of a key as the document has it. The key was parsed before, so it has no errors.
pub(super) fn key_name(written: &str) -> Cow<'_, str> {
    if written.starts_with('"') {
        string(written, 0).unwrap_or_default()
    } else {
        Cow::Borrowed(written)
    }
}
