//! Owns the reading of TOON in which no digit may be lost.
//!
//! The decoder gives a number past 64 bits, or with a fraction, as the nearest float. Where a token
//! that could lose digits so is found in the text, the document is read once more, with letters
//! before each such token: what was a number then and is a text now is the number of that token.

use std::collections::HashSet;
use std::ops::Range;

use serialization::toon::{self, DecodeError, DecodeOptions};

use super::number::Number;
use super::{ParseError, Value};

/// The value of a TOON document.
///
/// # Errors
/// [`ParseError`] where it is no TOON, and where it has a number that would lose digits.
pub(crate) fn from_toon(text: &str, options: DecodeOptions) -> Result<Value, ParseError> {
    let mut value: Value = toon::from_str_with(text, options).map_err(flaw)?;
    let risky: Vec<_> = tokens(text)
        .filter(|token| is_risky(&text[token.clone()]))
        .collect();
    if risky.is_empty() {
        return Ok(value);
    }
    let mark = mark(text);
    let mut marked = String::with_capacity(text.len() + risky.len() * (mark.len() + 8));
    let mut done = 0;
    for (index, token) in risky.iter().enumerate() {
        marked.push_str(&text[done..token.start]);
        marked.push_str(&format!("{mark}{index}_"));
        done = token.start;
    }
    marked.push_str(&text[done..]);
    let marked = toon::from_str_with(&marked, options).map_err(flaw)?;
    correct(&mut value, &marked, &mark).map_err(|(index, number)| {
        let before = risky.get(index).map_or("", |token| &text[..token.start]);
        let what = format!("the number {number} would lose digits; in quotes it would not");
        ParseError::after(before, what)
    })?;
    Ok(value)
}

fn flaw(error: DecodeError) -> ParseError {
    ParseError {
        what: error.kind().to_string(),
        line: error.line(),
        column: error.column(),
    }
}

/// Gives numbers that were read as floats their digits back. The error is the first number that
/// cannot have them, and which of the marked tokens it is.
fn correct(value: &mut Value, marked: &Value, mark: &str) -> Result<(), (usize, String)> {
    match (value, marked) {
        (Value::Number(number), Value::Text(text)) => {
            let marked = text
                .strip_prefix(mark)
                .and_then(|rest| rest.split_once('_'));
            if let Some((index, token)) = marked {
                let refused = || (index.parse().unwrap_or_default(), token.to_owned());
                *number = Number::exact(token).ok_or_else(refused)?;
            }
        }
        (Value::List(values), Value::List(marked)) => {
            for (value, marked) in values.iter_mut().zip(marked) {
                correct(value, marked, mark)?;
            }
        }
        (Value::Object(entries), Value::Object(marked)) => {
            for ((_, value), (_, marked)) in entries.iter_mut().zip(marked) {
                correct(value, marked, mark)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// A number between letters that stands nowhere in the text, so that with it before a token nothing
/// becomes the same as anything else. It is short, and found by going over the text once.
fn mark(text: &str) -> String {
    let taken: HashSet<usize> = text
        .split('x')
        .filter_map(|part| part.parse().ok())
        .collect();
    let free = (0..=taken.len()).find(|number| !taken.contains(number));
    format!("x{}x", free.unwrap_or_default())
}

/// Whether a token, if it is a number, is one that the decoder may give without all of its digits.
/// Without an exponent, up to fifteen of them fit any float.
fn is_risky(token: &str) -> bool {
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let exact = digits <= 15 && !token.contains(['e', 'E']);
    !exact && token.parse::<i64>().is_err() && token.parse::<u64>().is_err()
}

/// The parts of the text that may be tokens of numbers: runs of their characters between such as may
/// stand beside a value. Some lie in strings and keys.
fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        let of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        loop {
            let start = at + bytes.get(at..)?.iter().position(of_number)?;
            let length = bytes[start..].iter().take_while(|byte| of_number(byte));
            let end = start + length.count();
            at = end;
            let before = start.checked_sub(1).map(|place| bytes[place]);
            let begins = matches!(
                before,
                None | Some(b' ' | b',' | b'|' | b'\t' | b'\n' | b':')
            );
            let ends = matches!(
                bytes.get(end),
                None | Some(b' ' | b',' | b'|' | b'\t' | b'\n' | b'\r')
            );
            let is_number = matches!(bytes[start], b'-' | b'0'..=b'9');
            if begins && ends && is_number {
                return Some(start..end);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, ParseError> {
        let value = from_toon(text, DecodeOptions::strict())?;
        Ok(serde_json::to_string(&value).unwrap())
    }

    #[test]
    fn integers_keep_their_digits_up_to_128_bits() {
        let (large, max) = (1_u128 << 64, u128::MAX);
        let text = format!("a: {large}\nb[2]: {max},-{large}\nc: 18446744073709551615");
        let json = format!("{{\"a\":{large},\"b\":[{max},-{large}],\"c\":18446744073709551615}}");
        assert_eq!(read(&text), Ok(json));
    }

    #[test]
    fn a_number_that_would_lose_digits_is_refused_at_its_place() {
        let flaw = read("b: 1\na[2]: 2,0.10000000000000000001").unwrap_err();
        assert_eq!((flaw.line, flaw.column), (2, 9), "{flaw}");
        assert!(flaw.what.contains("0.10000000000000000001"), "{flaw}");
        for token in ["1e999", "1e-999"] {
            let flaw = read(token).unwrap_err();
            assert!(flaw.what.contains(token), "{flaw}");
        }
    }

    #[test]
    fn the_place_is_that_of_the_number_and_not_of_the_same_digits_in_a_string() {
        let digits = "0.10000000000000000001";
        let flaw = read(&format!("n: \"see {digits} here\"\nb: {digits}")).unwrap_err();
        assert_eq!((flaw.line, flaw.column), (2, 4), "{flaw}");
    }

    #[test]
    fn a_mark_is_short_and_nowhere_in_the_text() {
        assert_eq!(mark("a: 1e5"), "x0x");
        assert_eq!(mark(&"x".repeat(1_000)), "x0x");
        assert_eq!(mark("x0x1x 007x2"), "x3x");
        let hostile: String = (0..1_000).map(|number| format!("x{number}")).collect();
        let mark = mark(&hostile);
        assert!(!hostile.contains(&mark) && mark.len() < 8, "{mark}");
        assert_eq!(
            read("x0x: 1e3\nb: x0x0_1e3"),
            Ok(r#"{"x0x":1000.0,"b":"x0x0_1e3"}"#.into())
        );
    }

    #[test]
    fn digits_in_strings_and_keys_are_no_numbers() {
        let digits = "0.10000000000000000001";
        let text = format!("{digits}: v {digits} w\n\"k\": \"{digits}\"\nl: \"a, {digits} ,b\"");
        let json = format!(
            "{{\"{digits}\":\"v {digits} w\",\"k\":\"{digits}\",\"l\":\"a, {digits} ,b\"}}"
        );
        assert_eq!(read(&text), Ok(json));
    }

    #[test]
    fn floats_that_lose_nothing_stay_floats() {
        assert_eq!(
            read("a: 0.1\nb: 1.5000000000000000000"),
            Ok(r#"{"a":0.1,"b":1.5}"#.into())
        );
        assert_eq!(read("5.0"), Ok("5".into()));
        assert_eq!(read(""), Ok("{}".into()));
    }
}
