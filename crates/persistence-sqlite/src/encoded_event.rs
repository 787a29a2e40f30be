//! Owns how a new event becomes column values, once, on the task of the caller.

use std::sync::Arc;

use bytes::Bytes;
use serde::de::IgnoredAny;
use shared_kernel::NewEvent;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo};
use sqlx::{Encode, Sqlite, Type};

/// What the table wants to know of an event but for its place. A clone shares the texts.
#[derive(Clone)]
pub(crate) struct EncodedEvent {
    pub(crate) id: [u8; 16],
    pub(crate) event_type: Arc<str>,
    pub(crate) schema_version: i64,
    pub(crate) metadata: Arc<str>,
    pub(crate) payload: EncodedPayload,
}

/// Payload bytes on their way into a column of type ANY: as TEXT where they are JSON (RFC 8259), so
/// that SQL can look into them.
#[derive(Clone)]
pub(crate) enum EncodedPayload {
    Json(Arc<str>),
    Other(Bytes),
}

impl EncodedEvent {
    /// # Errors
    /// Where the metadata cannot be written as JSON, which no value of its types can bring about.
    pub(crate) fn new(event: &NewEvent) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: *event.id.as_bytes(),
            event_type: event.event_type.as_str().into(),
            schema_version: event.schema_version.get().into(),
            metadata: serde_json::to_string(&event.metadata)?.into(),
            payload: EncodedPayload::new(&event.payload),
        })
    }
}

impl EncodedPayload {
    fn new(payload: &Bytes) -> Self {
        // The parser skips strings without a look at their bytes, so UTF-8 is checked first.
        let json = std::str::from_utf8(payload)
            .ok()
            .filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
        match json {
            Some(text) => Self::Json(text.into()),
            None => Self::Other(payload.clone()),
        }
    }
}

impl Type<Sqlite> for EncodedPayload {
    fn type_info() -> SqliteTypeInfo {
        <&[u8] as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for EncodedPayload {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        match self {
            // By value, so that the text is shared and not copied.
            Self::Json(text) => Encode::<Sqlite>::encode(Arc::clone(text), buffer),
            Self::Other(bytes) => Encode::<Sqlite>::encode(bytes.to_vec(), buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_text_and_anything_else_is_not() {
        let is_json = |bytes: &[u8]| {
            let payload = EncodedPayload::new(&Bytes::copy_from_slice(bytes));
            matches!(payload, EncodedPayload::Json(_))
        };
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
