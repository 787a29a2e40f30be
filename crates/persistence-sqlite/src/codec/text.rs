//! The JSON text of batches: a cursor that reads exactly the shapes that this crate writes, and the
//! strings of that text.

use std::borrow::Cow;

use serde::Deserialize;
use sqlx::error::BoxDynError;

/// The text that is not read yet.
pub(super) struct Text<'t> {
    rest: &'t str,
}

impl<'t> Text<'t> {
    pub(super) fn new(rest: &'t str) -> Self {
        Self { rest }
    }

    #[inline]
    pub(super) fn rest(&self) -> &'t str {
        self.rest
    }

    /// Takes `token` if the text begins with it.
    #[inline]
    pub(super) fn accept(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes `token`.
    ///
    /// # Errors
    /// A text that begins with anything else.
    #[inline]
    pub(super) fn expect(&mut self, token: &str) -> Result<(), BoxDynError> {
        if self.accept(token) {
            return Ok(());
        }
        Err(format!("`{token}` is missing").into())
    }

    /// Takes `length` bytes.
    ///
    /// # Errors
    /// A text that is shorter, or a length that ends within a character.
    #[inline]
    pub(super) fn take(&mut self, length: usize) -> Result<&'t str, BoxDynError> {
        let taken = self.rest.split_at_checked(length);
        let (taken, rest) = taken.ok_or("it ends too early")?;
        self.rest = rest;
        Ok(taken)
    }

    /// Takes a decimal number and the comma after it.
    ///
    /// # Errors
    /// A text that begins with anything else, and a number that is not an `i64`.
    #[inline]
    pub(super) fn number(&mut self) -> Result<i64, BoxDynError> {
        let end = memchr::memchr(b',', self.rest.as_bytes());
        let text = self.take(end.ok_or("it ends too early")?)?;
        self.expect(",")?;
        let number = text.parse().ok().filter(|_| !text.starts_with('+'));
        number.ok_or_else(|| format!("`{text}` is not a number").into())
    }

    /// Takes a JSON string.
    ///
    /// # Errors
    /// A text that begins with anything else.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Cow<'t, str>, BoxDynError> {
        let quoted = self.rest;
        self.expect("\"")?;
        let end = memchr::memchr2(b'"', b'\\', self.rest.as_bytes());
        let end = end.ok_or("a string does not end")?;
        let text = self.take(end)?;
        if self.accept("\"") {
            return Ok(Cow::Borrowed(text));
        }
        self.rest = quoted;
        self.value().map(Cow::Owned)
    }

    /// Takes a JSON string, object or array by serde.
    ///
    /// # Errors
    /// A text that is not such a value.
    pub(super) fn value<T: Deserialize<'t>>(&mut self) -> Result<T, BoxDynError> {
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter();
        let value = values.next().ok_or("it ends too early")?;
        self.take(values.byte_offset())?;
        Ok(value?)
    }
}

/// Writes a text without control characters as a JSON string.
///
/// # Errors
/// Never for such a text; serde_json reports texts that it cannot write.
pub(super) fn push_string(out: &mut String, text: &str) -> Result<(), serde_json::Error> {
    if memchr::memchr2(b'"', b'\\', text.as_bytes()).is_some() {
        out.push_str(&serde_json::to_string(text)?);
    } else {
        // Nothing else needs an escape.
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_whatever_its_length() {
        for expected in [
            0,
            9,
            -1,
            99_999_999_999_999_999,
            999_999_999_999_999_999,
            1_000_000_000_000_000_000,
            i64::MAX,
            i64::MIN,
        ] {
            let text = format!("{expected},7");
            let mut text = Text::new(&text);
            assert_eq!(text.number().unwrap(), expected);
            assert_eq!(text.rest(), "7");
        }
    }

    #[test]
    fn a_text_that_is_not_a_number_is_refused() {
        for text in [
            "9223372036854775808,",
            "-9223372036854775809,",
            "18446744073709551617,",
            "100000000000000000000,",
            ",",
            "+1,",
            "-,",
            "--1,",
            "1a,",
            "1",
            "",
        ] {
            assert!(Text::new(text).number().is_err(), "{text}");
        }
    }

    #[test]
    fn a_string_is_read_with_and_without_escapes() {
        for (text, expected) in [
            (r#""",x"#, ""),
            (r#""é",x"#, "é"),
            (r#""\"\\\u00e9",x"#, "\"\\é"),
            (r#""a\\",x"#, "a\\"),
        ] {
            let mut text = Text::new(text);
            assert_eq!(text.string().unwrap(), expected);
            assert_eq!(text.rest(), ",x");
        }
        for text in ["", "\"", "\"a", "a\"", "\"\\", "\"\\\"", "\"\\x\""] {
            assert!(Text::new(text).string().is_err(), "{text}");
        }
    }
}
