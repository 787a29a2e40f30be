//! Owns the steps about events as they are stored and read.

mod event_tables;
mod reading;
mod storing;
mod toon;

use serialization::JsonEventCodec;
use shared_kernel::{DecodeError, EncodeError};

use crate::account::AccountEvent;

/// What was stored, and what came of reading.
#[derive(Debug, Default)]
pub(crate) struct FormatNotes {
    stored: Vec<AccountEvent>,
    codec: Option<JsonEventCodec<AccountEvent>>,
    not_stored: Option<EncodeError>,
    read: Option<Result<Vec<AccountEvent>, DecodeError>>,
    answer: Option<String>,
    tables: event_tables::TableNotes,
    toon: toon::ToonNotes,
}
