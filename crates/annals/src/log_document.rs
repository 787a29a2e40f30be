//! Owns how many events are told in one TOON document.

use serialization::event_tables::{Form, render_lossless};
use serialization::tokens::TokenCounter;
use serialization::toon;
use shared_kernel::RecordedEvent;

use crate::run_error::RunError;
use crate::transcode::from_json;

/// All of the events as tables that tell all that is stored of each, for
/// `serialization::event_tables::from_toon` to restore.
pub(crate) fn log_document(events: &[RecordedEvent]) -> Result<String, RunError> {
    let rendered = render_lossless(events, Some(&AskedFor)).map_err(composition)?;
    match rendered.form {
        Form::Toon => Ok(rendered.text),
        // No events make no tables. Events out of the order of the log make none either; the
        // program reads none so, and would tell them one by one.
        Form::Json => {
            let value = from_json(&rendered.text);
            let value = value.map_err(|flaw| composition(flaw.to_string()))?;
            toon::to_string(&value).map_err(composition)
        }
    }
}

fn composition(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> RunError {
    RunError::Internal(error.into())
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
