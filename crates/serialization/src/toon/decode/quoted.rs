//! Owns quoted text: where it ends, what lies outside of it, and its escapes (section 7.1).

use std::borrow::Cow;

use memchr::memchr;

use crate::toon::DecodeErrorKind;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::search;

/// Where the first byte outside of quotes stands from `from` on, and before `end`, that is the
/// wanted one.
///
/// A quote opens quoted text wherever it stands, also within a token (appendix B.3).
#[inline]
pub(super) fn find_unquoted(text: &[u8], from: usize, end: usize, wanted: u8) -> Option<usize> {
    find_outside(
        text,
        end,
        search::find_two(text, from, end, [wanted, b'"']),
        |at| search::find_two(text, at, end, [wanted, b'"']),
    )
}

/// As [`find_unquoted`], for one of two.
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

/// What is found first, or from behind the quoted text on that is found instead.
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

/// Where the quote stands, before `end`, that closes the one at `opening`.
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

/// The string that a token is which begins with a quote, and which stands at `place`.
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

/// The text between two quotes, without its escapes; borrowed where there are none.
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

/// What a key means, which has been read already.
pub(super) fn key_name(written: &str) -> Cow<'_, str> {
    if written.starts_with('"') {
        string(written, 0).unwrap_or_default()
    } else {
        Cow::Borrowed(written)
    }
}
