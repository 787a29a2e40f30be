//! Owns how many events are told in one TOON document.

use serialization::toon;
use shared_kernel::RecordedEvent;

use crate::failure::Failure;
use crate::transcode::from_json;
use crate::view::EventView;

/// All of the events, with all that is stored of each.
pub(crate) fn log_document(events: &[RecordedEvent]) -> Result<String, Failure> {
    let composition = |error| Failure::Composition(error);
    let views: Vec<_> = events.iter().map(EventView::new).collect();
    let json = serde_json::to_string(&views).map_err(std::io::Error::from)?;
    let value = from_json(&json).map_err(|flaw| composition(flaw.to_string().into()))?;
    toon::to_string(&value).map_err(|error| composition(error.into()))
}
