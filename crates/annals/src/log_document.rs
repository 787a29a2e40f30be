//! Owns how many events are told in one TOON document.

use serialization::event_tables::render_lossless;
use serialization::tokens::TokenCounter;
use shared_kernel::RecordedEvent;

use crate::failure::Failure;

/// All of the events as tables that tell all that is stored of each, for
/// `serialization::event_tables::from_toon` to restore.
pub(crate) fn log_document(events: &[RecordedEvent]) -> Result<String, Failure> {
    let rendered = render_lossless(events, Some(&AskedFor));
    let rendered = rendered.map_err(|error| Failure::Composition(error.into()))?;
    Ok(rendered.text)
}

/// Finds any TOON smaller than any JSON: who asks for a format is not given another one, also where
/// that would be smaller.
struct AskedFor;

impl TokenCounter for AskedFor {
    fn name(&self) -> &'static str {
        "the format asked for"
    }

    fn count(&self, text: &str) -> usize {
        // The tables begin with a key, and an array of JSON with its bracket.
        usize::from(text.starts_with('['))
    }
}
