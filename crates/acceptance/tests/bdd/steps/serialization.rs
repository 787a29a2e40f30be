//! The state of the steps on stored events.

mod event_tables;
mod reading;
mod storing;
mod toon;

use serialization::JsonEventCodec;
use shared_kernel::{DecodeError, EncodeError};

use crate::account::AccountEvent;

/// The stored events, and the outcomes of reading them.
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
