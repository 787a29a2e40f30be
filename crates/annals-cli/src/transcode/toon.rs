//! Reading TOON without loss of digits.
//!
//! The decoder returns numbers of more than 64 bits, and numbers with a fraction, as the nearest
//! float. If the text has a token that could lose digits this way, it is read a second time with a
//! mark before each such token: `a: 1e400` becomes `a: x0x0_1e400`. A value that is a number in the
//! first reading and a marked text in the second is the number of that token.

use std::collections::HashSet;
use std::ops::Range;

use serialization::toon::{self, DecodeError, DecodeOptions};

use super::number::Number;
use super::{ParseError, Value};

/// The value of a TOON document.
///
/// # Errors
/// [`ParseError`] if the text is not TOON, or has a number that would lose digits.
pub(crate) fn from_toon(text: &str, options: DecodeOptions) -> Result<Value, ParseError> {
    let mut value: Value = toon::from_str_with(text, options).map_err(parse_error)?;
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
    let marked = toon::from_str_with(&marked, options).map_err(parse_error)?;
    correct(&mut value, &marked, &mark).map_err(|(index, number)| {
        let before = risky.get(index).map_or("", |token| &text[..token.start]);
        let problem =
            format!("the number {number} would lose digits; write it in quotes to keep them");
        ParseError::after(before, problem)
    })?;
    Ok(value)
}

fn parse_error(error: DecodeError) -> ParseError {
    ParseError {
        problem: error.kind().to_string(),
        line: error.line(),
        column: error.column(),
    }
}

/// Replaces the floats of the first reading by the exact numbers of the second. The error is the
/// first number that would lose digits, with the index of its token.
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

/// A mark that does not occur in the text, such as `x0x`, so no marked token equals another text.
/// One pass over the text finds it.
fn mark(text: &str) -> String {
    let taken: HashSet<usize> = text
        .split('x')
        .filter_map(|part| part.parse().ok())
        .collect();
    let free = (0..=taken.len()).find(|number| !taken.contains(number));
    format!("x{}x", free.unwrap_or_default())
}

/// Whether the decoder could lose digits of a number token. Numbers with up to 15 digits and no
/// exponent always fit a float.
fn is_risky(token: &str) -> bool {
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let exact = digits <= 15 && !token.contains(['e', 'E']);
    !exact && token.parse::<i64>().is_err() && token.parse::<u64>().is_err()
}

/// The parts of the text that look like number tokens: sequences of digits, signs, points and
/// exponents between separators. Some of them are inside strings and keys.
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
        assert!(flaw.problem.contains("0.10000000000000000001"), "{flaw}");
        for token in ["1e999", "1e-999"] {
            let flaw = read(token).unwrap_err();
            assert!(flaw.problem.contains(token), "{flaw}");
        }
    }

    #[test]
    fn the_position_is_that_of_the_number_and_not_of_equal_digits_in_a_string() {
        let digits = "0.10000000000000000001";
        let flaw = read(&format!("n: \"see {digits} here\"\nb: {digits}")).unwrap_err();
        assert_eq!((flaw.line, flaw.column), (2, 4), "{flaw}");
    }

    #[test]
    fn a_mark_is_short_and_does_not_occur_in_the_text() {
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
    fn digits_in_strings_and_keys_are_not_numbers() {
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
