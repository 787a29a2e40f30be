//! The steps about events as they are stored and read.

mod event_tables;
mod reading;
mod storing;
mod toon;

use serialization::RegistryError;
use shared_kernel::codec::DecodeError;

use crate::account::AccountEvent;

/// The stored events, and the outcomes of reading them.
#[derive(Debug, Default)]
pub(crate) struct FormatNotes {
    stored: Vec<AccountEvent>,
    refused_codec: Option<RegistryError>,
    read: Option<Result<Vec<AccountEvent>, DecodeError>>,
    answer: Option<String>,
    tables: event_tables::TableNotes,
    toon: toon::ToonNotes,
}
