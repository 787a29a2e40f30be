//! Reading JSON without loss: keys keep their order, numbers keep their digits, and a duplicate key
//! is an error.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serialization::toon::{DecodeErrorKind, MaxDepth};

use super::ParseError;
use super::json_document::{JsonDocument, Places};

/// Reads a JSON document.
///
/// # Errors
/// [`ParseError`] if the text is not JSON (RFC 8259), is more than 128 levels deep, or has 4 GiB or
/// more.
pub(crate) fn from_json(text: &str) -> Result<JsonDocument<'_>, ParseError> {
    if u32::try_from(text.len()).is_err() {
        return Err(ParseError::after("", "4 GiB or more in one document"));
    }
    let mut places = Places::new(text);
    let mut json = serde_json::Deserializer::from_str(text);
    // Its own limit is one level lower than the limit of the decoder.
    json.disable_recursion_limit();
    let reading = Reading {
        places: &mut places,
        level: 0,
    };
    let read = reading.deserialize(&mut json);
    let read = read.and_then(|()| json.end());
    read.map_err(|error| parse_error(text, &error))?;
    Ok(places.into_document())
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

/// Reads one value, or a key, and notes its place.
struct Reading<'a, 't> {
    places: &'a mut Places<'t>,
    /// The number of arrays and objects around it.
    level: usize,
}

impl<'t> Reading<'_, 't> {
    fn scalar<E>(self) -> Result<(), E> {
        self.places.add();
        Ok(())
    }

    /// A value or key inside the array or object that was opened.
    fn inside(&mut self) -> Reading<'_, 't> {
        Reading {
            places: &mut *self.places,
            level: self.level + 1,
        }
    }

    /// Opens an array or object.
    fn open<E: Error>(&mut self) -> Result<usize, E> {
        let max = MaxDepth::default().levels();
        match self.level < max {
            true => Ok(self.places.open()),
            false => Err(E::custom(DecodeErrorKind::TooDeep { max })),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_, '_> {
    type Value = ();

    /// A number is only checked, because `serde_json` refuses one that no float can hold.
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.places.is_number_next() {
            true => deserializer.deserialize_ignored_any(self),
            false => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Reading<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar()
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.scalar()
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.scalar()
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let opened = self.open()?;
        while items.next_element_seed(self.inside())?.is_some() {}
        self.places.close(opened);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let opened = self.open()?;
        while map.next_key_seed(self.inside())?.is_some() {
            map.next_value_seed(self.inside())?;
        }
        self.places.close(opened);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::compact;
    use super::*;

    fn refused(text: &str) -> ParseError {
        from_json(text).unwrap_err()
    }

    #[test]
    fn keys_stay_in_their_order_and_numbers_keep_their_digits() {
        for text in [
            r#"{"b":[1,-2,18446744073709551616],"a\"1":{"z":1.5,"2":"3","y":null},"c":true}"#,
            r#"["1\\",2,"\"3",4,"5\\\"6",7,false,{},[],"",-0.1,1e400,[[1],2,{"a":{"b":3}}]]"#,
            "9007199254740993.0",
        ] {
            let document = from_json(text).unwrap();
            assert_eq!(compact(&document), text);
            let spaced = text.replace(',', " ,\n\t").replace(':', "\r\n: ");
            assert_eq!(compact(&from_json(&spaced).unwrap()), text);
        }
    }

    #[test]
    fn a_duplicate_key_is_found_by_name() {
        let text = "{\"a\": {\"b\": 1},\n\"a\": 2}";
        let flaw = from_json(text).unwrap().duplicate("a").unwrap();
        assert_eq!((flaw.line, flaw.column), (2, 1), "{flaw}");
        let text = r#"[{"b":[{"a":1},{"a":2}]},{"a":1,"b":{"a":3},"\u0061":2}]"#;
        let flaw = from_json(text).unwrap().duplicate("a").unwrap();
        assert_eq!((flaw.line, flaw.column), (1, 45), "{flaw}");
        assert_eq!(from_json(text).unwrap().duplicate("b"), None);
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
    fn malformed_numbers_are_refused() {
        for text in [
            "01", "-", "1.", ".5", "1e", "+1", "[1 2]", "1-2", "0x1", "[1e+]",
        ] {
            assert!(from_json(text).is_err(), "{text}");
        }
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
