//! Reading TOON without loss of digits, and writing its value as JSON.
//!
//! The decoder returns numbers of more than 64 bits, and numbers with a fraction, as the nearest
//! float. So each token that could lose digits gets a mark first: `a: 1e400` becomes
//! `a: x0x1e400`. A text that begins with the mark and is a number otherwise is the number of that
//! token, and the JSON gets its digits. All other marks are removed again.
//!
//! The JSON is written while the document is read, so no tree of values is built.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize};
use serialization::toon::{self, DecodeError, DecodeOptions};

use super::ParseError;
use super::number::Number;

/// The value of a TOON document as JSON: in one line, or `pretty` in several indented ones.
///
/// # Errors
/// [`ParseError`] if the text is not TOON, or has a number whose exponent needs more than 64 bits.
pub(crate) fn json_from_toon(
    text: &str,
    options: DecodeOptions,
    pretty: bool,
) -> Result<Vec<u8>, ParseError> {
    let mark = mark(text);
    let marked = marked(text, &mark);
    let mut json = Json {
        out: Vec::with_capacity(text.len()),
        mark: &mark,
        pretty,
        level: 0,
    };
    let value = Writing(&mut json);
    let written = toon::from_str_seed(&marked, options, value);
    written.map_err(|error| parse_error(&error, &marked, &mark))?;
    Ok(json.out)
}

/// The text with a mark before each token that could lose digits.
fn marked<'t>(text: &'t str, mark: &str) -> Cow<'t, str> {
    let mut marked = String::new();
    let mut done = 0;
    for token in tokens(text).filter(|token| is_risky(&text[token.clone()])) {
        marked.push_str(&text[done..token.start]);
        marked.push_str(mark);
        done = token.start;
    }
    if done == 0 && marked.is_empty() {
        return Cow::Borrowed(text);
    }
    marked.push_str(&text[done..]);
    Cow::Owned(marked)
}

/// The error in the text without marks.
fn parse_error(error: &DecodeError, marked: &str, mark: &str) -> ParseError {
    let line = marked.split('\n').nth(error.line() - 1).unwrap_or_default();
    let before: String = line.chars().take(error.column() - 1).collect();
    ParseError {
        problem: error.kind().to_string().replace(mark, ""),
        line: error.line(),
        column: error.column() - before.matches(mark).count() * mark.len(),
    }
}

/// The JSON that is being written.
struct Json<'m> {
    out: Vec<u8>,
    mark: &'m str,
    pretty: bool,
    /// The number of open lists and objects.
    level: usize,
}

impl Json<'_> {
    fn scalar<E: Error>(&mut self, value: &impl Serialize) -> Result<(), E> {
        serde_json::to_writer(&mut self.out, value).map_err(E::custom)
    }

    /// Writes the separator before an element of a list or an object.
    fn before_element(&mut self, is_first: bool) {
        if !is_first {
            self.out.push(b',');
        }
        self.break_line();
    }

    fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.level += 1;
    }

    fn close(&mut self, is_empty: bool, bracket: u8) {
        self.level -= 1;
        if !is_empty {
            self.break_line();
        }
        self.out.push(bracket);
    }

    fn break_line(&mut self) {
        if self.pretty {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + 2 * self.level, b' ');
        }
    }
}

/// Reads one value and writes it.
struct Writing<'a, 'm>(&'a mut Json<'m>);

impl<'de> DeserializeSeed<'de> for Writing<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Writing<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.scalar(&())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.0.scalar(&value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.0.scalar(&value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.0.scalar(&value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.0.scalar(&value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match text
            .strip_prefix(self.0.mark)
            .filter(|rest| is_number(rest))
        {
            Some(token) => {
                // The root of a document of one number is the canonical text of the number.
                let number = toon::to_string(&Number(token)).map_err(E::custom)?;
                self.0.out.extend_from_slice(number.as_bytes());
                Ok(())
            }
            None => self.0.scalar(&without_mark(text, self.0.mark)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let json = self.0;
        json.open(b'[');
        let mut is_empty = true;
        while items.next_element_seed(Element(json, is_empty))?.is_some() {
            is_empty = false;
        }
        json.close(is_empty, b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let json = self.0;
        json.open(b'{');
        let mut is_empty = true;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            json.before_element(is_empty);
            is_empty = false;
            json.scalar(&without_mark(&key, json.mark))?;
            json.out.push(b':');
            if json.pretty {
                json.out.push(b' ');
            }
            map.next_value_seed(Writing(json))?;
        }
        json.close(is_empty, b'}');
        Ok(())
    }
}

/// Reads one element of a list and writes it after its separator.
struct Element<'a, 'm>(&'a mut Json<'m>, bool);

impl<'de> DeserializeSeed<'de> for Element<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.before_element(self.1);
        Writing(self.0).deserialize(deserializer)
    }
}

/// Whether a token is a number of TOON, which has the grammar of JSON's.
fn is_number(token: &str) -> bool {
    is_risky(token) && serde_json::from_str::<IgnoredAny>(token).is_ok()
}

fn without_mark<'t>(text: &'t str, mark: &str) -> Cow<'t, str> {
    match text.contains(mark) {
        true => Cow::Owned(text.replace(mark, "")),
        false => Cow::Borrowed(text),
    }
}

/// A mark that does not occur in the text, such as `x0x`. One pass over the text finds it.
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
        let json = json_from_toon(text, DecodeOptions::strict(), false)?;
        Ok(String::from_utf8(json).unwrap())
    }

    #[test]
    fn integers_keep_their_digits_up_to_128_bits() {
        let (large, max) = (1_u128 << 64, u128::MAX);
        let text = format!("a: {large}\nb[2]: {max},-{large}\nc: 18446744073709551615");
        let json = format!("{{\"a\":{large},\"b\":[{max},-{large}],\"c\":18446744073709551615}}");
        assert_eq!(read(&text), Ok(json));
    }

    #[test]
    fn numbers_keep_all_their_digits() {
        for (token, number) in [
            ("9007199254740993.0", "9007199254740993"),
            ("0.10000000000000000001", "0.10000000000000000001"),
            ("1e-999", "1e-999"),
            ("-10E+998", "-1e+999"),
            ("-0.0000000000000000", "0"),
        ] {
            let json = format!("{{\"a\":[{number},\"x\"]}}");
            assert_eq!(read(&format!("a[2]: {token},x")), Ok(json));
        }
    }

    #[test]
    fn the_position_of_a_refused_number_is_not_that_of_equal_digits_in_a_string() {
        let digits = "1e9223372036854775808";
        let flaw = read(&format!("n: \"see {digits} here\"\nb: {digits}")).unwrap_err();
        assert_eq!((flaw.line, flaw.column), (2, 4), "{flaw}");
        assert!(flaw.problem.contains(digits), "{flaw}");
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
            read("x0x: 1e3\nb: x0x1e3\n1e3: \"1e3\""),
            Ok(r#"{"x0x":1000,"b":"x0x1e3","1e3":"1e3"}"#.into())
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
    fn an_error_is_reported_at_its_place_in_the_text_without_marks() {
        let flaw = read("a[2]: 1e300,1e300,1e300").unwrap_err();
        assert_eq!((flaw.line, flaw.column), (1, 19), "{flaw}");
        let flaw = read("1e300: 1\n1e300: 2").unwrap_err();
        assert_eq!((flaw.line, flaw.column), (2, 1), "{flaw}");
        assert!(flaw.problem.contains("\"1e300\""), "{flaw}");
        let lenient = json_from_toon("1e300: 1\n1e300: 2", DecodeOptions::lenient(), false);
        assert_eq!(lenient.unwrap(), br#"{"1e300":2}"#);
    }

    #[test]
    fn words_that_only_look_like_numbers_stay_texts() {
        let text = "a[5]: 1-2-3-4-5-6-7-8-9-0-1-2,05e3,1e,1e3 apples,-";
        let json = r#"{"a":["1-2-3-4-5-6-7-8-9-0-1-2","05e3","1e","1e3 apples","-"]}"#;
        assert_eq!(read(text), Ok(json.into()));
    }

    #[test]
    fn short_floats_stay_floats() {
        assert_eq!(
            read("a: 0.1\nb: 1.5000000000000000000"),
            Ok(r#"{"a":0.1,"b":1.5}"#.into())
        );
        assert_eq!(read("5.0"), Ok("5".into()));
        assert_eq!(read(""), Ok("{}".into()));
    }
}
