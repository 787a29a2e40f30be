//! Owns how payload bytes are kept: as TEXT where they are JSON, so that SQL can look into them.

use bytes::Bytes;
use serde::de::IgnoredAny;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo};
use sqlx::{Encode, Sqlite, Type};

/// Payload bytes on their way into a column of type ANY.
pub(crate) struct Payload<'a>(pub(crate) &'a Bytes);

impl Payload<'_> {
    /// The bytes as text, where they are JSON (RFC 8259).
    fn as_json(&self) -> Option<&str> {
        // The parser skips strings without a look at their bytes, so UTF-8 is checked first.
        let text = std::str::from_utf8(self.0).ok()?;
        serde_json::from_str::<IgnoredAny>(text)
            .is_ok()
            .then_some(text)
    }
}

impl Type<Sqlite> for Payload<'_> {
    fn type_info() -> SqliteTypeInfo {
        <&[u8] as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Payload<'_> {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        match self.as_json() {
            Some(text) => Encode::<Sqlite>::encode(text.to_owned(), buffer),
            None => Encode::<Sqlite>::encode(self.0.to_vec(), buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_text_and_anything_else_is_not() {
        let is_json = |bytes: &[u8]| Payload(&Bytes::copy_from_slice(bytes)).as_json().is_some();
        for json in [
            &b"{}"[..],
            b" {\"a\": [1, 2.50, \"\\u00e9\"]} \n",
            b"null",
            b"1e400",
            b"\"x\"",
        ] {
            assert!(is_json(json), "{json:?}");
        }
        for other in [
            &b""[..],
            b"hello",
            b"{",
            b"{} {}",
            b"\"\xff\"",
            b"\0",
            b"{\"a\":\"\x00\"}",
        ] {
            assert!(!is_json(other), "{other:?}");
        }
    }
}
