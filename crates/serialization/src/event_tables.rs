//! Recorded events as tables for a language model, in few tokens: without loss or as a view.
//!
//! Events of several types have different keys. As one TOON array they would be a list and larger
//! than JSON. Here each event type has its own table, and each row has the event's position in the
//! log as `seq`. A value that all rows share stands once, above the rows. Ids, times and references
//! have short forms.
//!
//! - [`render_lossless`] writes everything, and [`from_toon`] restores the same events, with their
//!   payloads byte for byte.
//! - An [`EventView`] writes selected columns and keys, within a budget of tokens.
//!
//! If compact JSON is smaller, for example for two or three events, the text is compact JSON;
//! [`Rendered::form`] shows which form it is.
//!
//! # The document without loss
//! ```text
//! event_log: lossless 1
//! notes: "t is seconds after since …"  an explanation of the marks, for the reader
//! since: "2026-03-02T08:00:00.5Z"      the time of the first event
//! always:                              columns with the same value in all events
//!   schema_version: 1
//!   causation: =
//! streams[2]{no,name}:                 the streams with more than one event
//!   1,work_item-7001001
//!   2,work_item-7001002
//! actors:                              the names of each kind
//!   person[1]: ada
//! events:
//!   StatusChanged:
//!     rows[2]{seq,stream,version,t,id,actor,correlation,payload{from,to,reason,at}}:
//!       3,1,2,61.5,2aMNWBSgRFzbQK,ada,5hgCqADnRoBdSW,pending,in_progress,~,@-.002
//!       4,2,2,70.25,1bNYFmPVkTtuWz,ada,^3,in_progress,blocked,waiting for a review,@-.0015
//! ```
//! - `stream` is the number of a stream, or the name of a stream with a single event.
//! - `t` is the time in seconds after `since`, to the microsecond. A time that does not fit that
//!   form is a timestamp: `2026-03-02T08:00:00.123456001Z`.
//! - `id` is a short id: the age of the event id in milliseconds at the time of the event, and its
//!   random bits as thirteen letters. `2aMNWBSgRFzbQK` is 2 ms old. An id that does not fit that
//!   form is a UUID.
//! - `actor` is a name, and `actors` has the kind of each name. If a name has two kinds, there is
//!   no `actors`, and each cell has the kind before the name: `person ada`.
//! - `correlation` and `causation` are texts, short ids, `@7` for the id of event 7, or `^7` for
//!   the value in event 7. In `causation`, `=` is the value of `correlation`. A text that would
//!   read as one of these is JSON after `=`: `="@7"`.
//! - `pairs` and `payload` are groups with a column for each key. A key is a nested group if all
//!   its values are objects with content. A cell is the value, or a text that begins with a mark:
//!   `~` an absent key (`null` is null), `@` a time in seconds after `t`, `$1` the part of the name
//!   of stream 1 after its first dash, `*a|b` a list, `=` JSON.
//! - A column with the same value in all rows of a table stands in the table's `always`. If keys of
//!   the payload stand there, `order` has the order of all keys. A column that stands nowhere is
//!   unknown.
//! - The tables of `texts` hold the payloads that columns cannot restore byte for byte: any text
//!   that is not a compact JSON object as serde_json writes it (other blanks, numbers like `1.50`,
//!   a key twice), and objects with their keys in another order than the other events of the type.
//! - The tables of `binary` hold the payloads that are not UTF-8, in hexadecimal digits.
//!
//! ```
//! # use jiff::Timestamp;
//! # use shared_kernel::*;
//! # use shared_kernel::event::{EventType, SchemaVersion};
//! use serialization::event_tables::{self, Form};
//!
//! # fn recorded(n: u64) -> RecordedEvent {
//! #     let recorded_at = Timestamp::from_second(1_700_000_000 + n as i64).unwrap();
//! #     RecordedEvent {
//! #         stream: StreamId::new("lamp-1").unwrap(),
//! #         version: StreamVersion::from(n as u32),
//! #         position: GlobalPosition::from(n as u32),
//! #         recorded_at,
//! #         id: EventId::from_parts(recorded_at, [n as u8; 10]),
//! #         event_type: EventType::new("LampDimmed").unwrap(),
//! #         schema_version: SchemaVersion::FIRST,
//! #         payload: format!(r#"{{"percent":{n}}}"#).into(),
//! #         metadata: Metadata::new(),
//! #     }
//! # }
//! let events: Vec<RecordedEvent> = (1..=50).map(recorded).collect();
//! let rendered = event_tables::render_lossless(&events, None)?;
//! assert_eq!(rendered.form, Form::Toon);
//! assert_eq!(event_tables::from_toon(&rendered.text)?, events);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod actors;
mod budget;
mod cell_codec;
mod columns;
mod error;
mod lossless;
mod node;
mod payload;
mod records;
mod reference;
mod rendered;
mod restore;
mod sections;
mod short_id;
mod table;
mod time;
mod view;
mod view_column;
mod view_document;

use shared_kernel::RecordedEvent;

pub use error::{RenderError, RestoreError};
pub use rendered::{Dropped, Form, Rendered, Span};
pub use view::EventView;
pub use view_column::Column;

use crate::tokens::TokenCounter;
use crate::toon;

/// Renders the events without loss: as tables, or as compact JSON if that is smaller. The counter
/// decides which is smaller; without a counter, the number of bytes does. Events out of the order
/// of the log, or with a position twice, are always JSON, because tables would lose their order.
///
/// The JSON is an array with one object per event. An object has `position`, `stream`, `version`,
/// `recorded_at`, `event_id`, `event_type` and `schema_version`. It has `actor`, `correlation`,
/// `causation` and `pairs` if they are known. It has one of `payload` for JSON, `payload_text` for
/// other text, and `payload_hex` for bytes that are not UTF-8.
///
/// # Errors
/// [`RenderError::Toon`] and [`RenderError::Json`]; no recorded event is known to cause them.
pub fn render_lossless(
    events: &[RecordedEvent],
    counter: Option<&dyn TokenCounter>,
) -> Result<Rendered, RenderError> {
    let tables = lossless::document(events);
    let toon = tables.map(|tables| toon::to_string(&tables)).transpose()?;
    Ok(rendered::smaller(toon, records::write(events)?, counter))
}

/// Restores the events from a text of [`render_lossless`], in either form.
///
/// # Errors
/// [`RestoreError::View`] for a view, and the other [`RestoreError`]s for any other text.
pub fn from_toon(text: &str) -> Result<Vec<RecordedEvent>, RestoreError> {
    let begun = text.trim_start();
    if begun.starts_with(['[', '{']) && !is_toon_array(begun) {
        return records::read(text);
    }
    let document: node::Node = toon::from_str(text).map_err(RestoreError::Toon)?;
    restore::events(&document)
}

/// Whether a text begins with the header of a TOON array, such as `[2]:` or `[2]{`. No JSON begins
/// like that.
fn is_toon_array(text: &str) -> bool {
    let Some(after_length) = text.strip_prefix('[').and_then(|rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit())
            .split_once(']')
    }) else {
        return false;
    };
    matches!(after_length.0, "" | ":" | "|" | "\t" | ":|" | ":\t")
        && after_length.1.starts_with([':', '{'])
}
