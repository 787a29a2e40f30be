//! A TOON document of many stored events.

use serialization::event_tables::{Form, render_lossless};
use serialization::tokens::TokenCounter;
use serialization::toon;
use shared_kernel::RecordedEvent;

use crate::run_error::RunError;
use crate::transcode::from_json;

/// The events as TOON tables without loss: `serialization::event_tables::from_toon` restores them.
pub(crate) fn log_document(events: &[RecordedEvent]) -> Result<String, RunError> {
    let rendered = render_lossless(events, Some(&PreferToon)).map_err(internal)?;
    match rendered.form {
        Form::Toon => Ok(rendered.text),
        // Without events there are no tables, only an empty JSON array. Events out of log order
        // have no tables either, but the program never reads them in another order.
        Form::Json => {
            let value = from_json(&rendered.text);
            let value = value.map_err(|error| internal(error.to_string()))?;
            toon::to_string(&value).map_err(internal)
        }
    }
}

fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> RunError {
    RunError::Internal(error.into())
}

/// A counter that makes the renderer choose TOON always. The renderer chooses the smaller form, but
/// the user chose TOON, even if JSON would be smaller.
struct PreferToon;

impl TokenCounter for PreferToon {
    fn name(&self) -> &'static str {
        "prefer TOON"
    }

    fn count(&self, text: &str) -> usize {
        // A JSON array begins with `[`, and the TOON tables begin with a key.
        usize::from(text.starts_with('['))
    }
}
