//! A TOON document of many stored events.

use std::collections::HashMap;

use serde::Serialize;
use serialization::event_tables::{Form, render_lossless};
use serialization::tokens::TokenCounter;
use serialization::toon;
use shared_kernel::{RecordedEvent, StreamId};
use work_tracking::ItemName;

use crate::run_error::RunError;
use crate::transcode::from_json;

/// The present names of the items in a document.
#[derive(Serialize)]
struct ItemTable<'a> {
    items: Vec<ItemRow<'a>>,
}

#[derive(Serialize)]
struct ItemRow<'a> {
    stream: &'a str,
    number: String,
    title: &'a str,
}

/// The events as TOON tables without loss: `serialization::event_tables::from_toon` restores them.
/// Below them is a table of the items to which they belong.
pub(crate) fn log_document(
    events: &[RecordedEvent],
    names: &HashMap<StreamId, ItemName>,
) -> Result<String, RunError> {
    let rendered = render_lossless(events, Some(&PreferToon)).map_err(internal)?;
    match rendered.form {
        Form::Toon if names.is_empty() => Ok(rendered.text),
        Form::Toon => {
            let mut names: Vec<_> = names.iter().collect();
            names.sort_by_key(|(stream, name)| (name.number, *stream));
            let rows = names.into_iter().map(|(stream, name)| ItemRow {
                stream: stream.as_str(),
                number: name.number.to_string(),
                title: name.title.as_str(),
            });
            let items = rows.collect();
            let table = toon::to_string(&ItemTable { items }).map_err(internal)?;
            Ok(format!("{}\n{table}", rendered.text))
        }
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
