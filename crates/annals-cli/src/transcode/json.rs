//! Reading JSON without loss: numbers keep their digits, and a duplicate key is an error.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use serialization::toon::{DecodeErrorKind, MaxDepth};

use super::number::Number;
use super::{ParseError, Value};

/// The value of a JSON document.
///
/// # Errors
/// [`ParseError`] if the text is not JSON (RFC 8259), is more than 128 levels deep, has a duplicate
/// key in an object, or has a number that would lose digits.
pub(crate) fn from_json(text: &str) -> Result<Value, ParseError> {
    let numbers = RefCell::new(Numbers { rest: text });
    let mut json = serde_json::Deserializer::from_str(text);
    // Its own limit is one level lower than the limit of the decoder.
    json.disable_recursion_limit();
    let value = Reading(&numbers, 0).deserialize(&mut json);
    let value = value.and_then(|value| json.end().map(|()| value));
    value.map_err(|error| parse_error(text, &error))
}

/// Converts an error of serde_json: its columns count bytes, and its message ends with the
/// location.
fn parse_error(text: &str, error: &serde_json::Error) -> ParseError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let location = format!(" at line {line} column {column}");
    let problem = message.strip_suffix(&location).unwrap_or(&message);
    let start = match line.checked_sub(2) {
        None => 0,
        Some(feeds) => text
            .match_indices('\n')
            .nth(feeds)
            .map_or(text.len(), |(at, _)| at + 1),
    };
    let end = text.floor_char_boundary(start + column.saturating_sub(1));
    ParseError::after(&text[..end.max(start)], problem)
}

/// Reads one value inside a number of arrays and objects. It takes each number from the text,
/// because serde_json gives it as a float.
#[derive(Clone, Copy)]
struct Reading<'a, 't>(&'a RefCell<Numbers<'t>>, usize);

impl Reading<'_, '_> {
    fn number<E: Error>(self) -> Result<Value, E> {
        let token = self.0.borrow_mut().next().unwrap_or_default();
        let number = Number::exact(token);
        number.map(Value::Number).ok_or_else(|| {
            E::custom(format_args!(
                "the number {token} would lose digits; write it as a string to keep them"
            ))
        })
    }

    /// Reads a value inside of this one.
    fn inside<E: Error>(self) -> Result<Self, E> {
        let Self(numbers, level) = self;
        let max = MaxDepth::default().levels();
        match level < max {
            true => Ok(Self(numbers, level + 1)),
            false => Err(E::custom(DecodeErrorKind::TooDeep { max })),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Value, E> {
        self.number()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Value, E> {
        self.number()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        self.number()
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(inside)? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut entries = Vec::new();
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom(format_args!(
                    "the key {key:?} occurs twice in one object"
                )));
            }
            entries.push((key, map.next_value_seed(inside)?));
        }
        Ok(Value::Object(entries))
    }
}

/// The number tokens of a JSON text, in order. Outside of strings, a digit or a minus sign always
/// begins a number.
struct Numbers<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Numbers<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let begins = |c: char| matches!(c, '"' | '-' | '0'..='9');
        loop {
            self.rest = &self.rest[self.rest.find(begins)?..];
            match self.rest.strip_prefix('"') {
                Some(string) => self.rest = after_string(string),
                None => break,
            }
        }
        let goes_on = |c: char| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E');
        let end = self.rest.find(|c| !goes_on(c)).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(number)
    }
}

/// The rest of a text after a JSON string; `text` begins after the opening quote.
fn after_string(mut text: &str) -> &str {
    while let Some(at) = text.find(['"', '\\']) {
        // An escape is a backslash and at least one ASCII character.
        let escaped = text.as_bytes()[at] == b'\\';
        text = text.get(at + 1 + usize::from(escaped)..).unwrap_or("");
        if !escaped {
            return text;
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> ParseError {
        from_json(text).unwrap_err()
    }

    #[test]
    fn keys_stay_in_their_order_and_numbers_keep_their_digits() {
        let text =
            r#"{"b":[1,-2,18446744073709551616],"a\"1":{"z":1.5,"2":"3","y":null},"c":true}"#;
        let value = from_json(text).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
    }

    #[test]
    fn digits_in_strings_are_not_numbers() {
        let text = r#"["1\\",2,"\"3",4,"\u00355\\\"6",7]"#;
        let numbers: Vec<_> = Numbers { rest: text }.collect();
        assert_eq!(numbers, ["2", "4", "7"]);
    }

    #[test]
    fn a_number_that_would_lose_digits_is_refused_at_its_place() {
        let flaw = refused("{\"ä\": 1,\n \"b\": 0.10000000000000000001}");
        assert_eq!(flaw.line, 2);
        assert!(flaw.problem.contains("0.10000000000000000001"), "{flaw}");
        assert!(from_json("[1e999]").is_err());
    }

    #[test]
    fn a_duplicate_key_is_refused_by_name() {
        let flaw = refused("{\"a\": {\"b\": 1},\n\"a\": 2}");
        assert_eq!(
            (flaw.line, flaw.problem.contains("\"a\"")),
            (2, true),
            "{flaw}"
        );
        assert!(from_json(r#"[{"a":1},{"a":2}]"#).is_ok());
        assert!(refused(r#"{"a":1,"\u0061":2}"#).problem.contains("\"a\""));
    }

    #[test]
    fn columns_count_characters() {
        let flaw = refused("[\"äöü\" x]");
        assert_eq!((flaw.line, flaw.column), (1, 8), "{flaw}");
        let flaw = refused("{\n\"a\" 1}");
        assert_eq!((flaw.line, flaw.column), (2, 5), "{flaw}");
        assert_eq!(refused("").line, 1);
    }

    #[test]
    fn too_deep_nesting_is_refused() {
        assert!(from_json(&"[".repeat(100_000)).is_err());
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(from_json(&nested(128)).is_ok());
        let flaw = refused(&nested(129));
        assert!(flaw.problem.contains("deeper than 128 levels"), "{flaw}");
    }
}
