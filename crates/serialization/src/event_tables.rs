//! Owns recorded events as tables for a language model: as few tokens as can be, without loss or as
//! a view.
//!
//! An array of mixed events is no table, so TOON as such makes it larger than JSON. Here each event
//! type has a table of its own, each row with its place in the log as `seq`; what all rows share
//! stands once, above them; ids, times and references are told in spellings that cost few tokens.
//! [`render_lossless`] tells all, and [`from_toon`] restores the very events, payloads to the byte.
//! An [`EventView`] tells what was asked for, within a budget. Where compact JSON would be smaller,
//! as for a handful of events, the text is compact JSON, and [`Rendered::form`] says so.
//!
//! # The document without loss
//! ```text
//! event_log: lossless 1
//! notes: "t is seconds after since …"  the marks of this document, for the reader
//! since: "2026-03-02T08:00:00.5Z"      the time of the first event
//! always:                              columns that are the same in all events
//!   schema_version: 1
//!   causation: =
//! streams[2]{no,name}:                 the streams of more than one event
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
//! - `stream` is the number of a stream, or the name of one that has a single event.
//! - `t` is the time in seconds after `since`, to the microsecond; a time that this cannot tell
//!   stands there itself.
//! - `id` is how many milliseconds older than `t` the time in the id is, and its chance in thirteen
//!   letters; an id that this cannot tell stands there itself.
//! - `actor` is a name. Where a name stands for two kinds of actors, there are no `actors`, and each
//!   cell says the kind before the name.
//! - `correlation` and `causation` are texts, short ids, `@7` for the id of event 7, `^7` for the
//!   same as in event 7, or `=` in `causation` for the same as the correlation; a text that would
//!   read as one of these is JSON behind `=`.
//! - `pairs` and `payload` are groups with a column for each key, nested as the objects are where
//!   all values of a key are objects with content. A cell is the value, or a text that begins with
//!   a mark: `~` absent (`null` is null), `@` a time in seconds after `t`, `$1` the part of the name
//!   of stream 1 behind its first dash, `*a|b` a list, `=` JSON.
//! - A column that is the same in all rows of a table stands in its `always`; where keys of the
//!   payload do, `order` says the order of all keys. What is nowhere is unknown.
//! - A payload that is no compact JSON object just as serde_json would write it — other blanks,
//!   numbers like `1.50`, a key twice, any text — or has its keys in an order that contradicts the
//!   other events of the type stands in the tables of `texts` as it is, and bytes that are no text
//!   stand in those of `binary` in hexadecimal digits.
//!
//! ```
//! # use jiff::Timestamp;
//! # use shared_kernel::*;
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

/// The events without loss: as tables, or as compact JSON where that is smaller by the counter, or
/// by bytes without one. Events that are not in the order of the log, each position once, are JSON
/// always, since tables would lose their order.
///
/// The JSON is an array of one object for each event, with `position`, `stream`, `version`,
/// `recorded_at`, `event_id`, `event_type`, `schema_version`; `actor`, `correlation`, `causation`
/// and `pairs` where they are known; and `payload`, or `payload_text` for other text than JSON, or
/// `payload_hex` for bytes that are no text.
///
/// # Errors
/// [`RenderError::Toon`] and [`RenderError::Json`], which no recorded event is known to lead to.
pub fn render_lossless(
    events: &[RecordedEvent],
    counter: Option<&dyn TokenCounter>,
) -> Result<Rendered, RenderError> {
    let tables = lossless::document(events);
    let toon = tables.map(|tables| toon::to_string(&tables)).transpose()?;
    Ok(rendered::smaller(toon, records::write(events)?, counter))
}

/// The very events that [`render_lossless`] told, from either form.
///
/// # Errors
/// [`RestoreError::View`] for a view, and the other [`RestoreError`]s for what is no such text.
pub fn from_toon(text: &str) -> Result<Vec<RecordedEvent>, RestoreError> {
    let begun = text.trim_start();
    if begun.starts_with(['[', '{']) && !is_toon_array(begun) {
        return records::read(text);
    }
    let document: node::Node = toon::from_str(text).map_err(RestoreError::Toon)?;
    restore::events(&document)
}

/// Whether a text begins with the header of an array in TOON, as no JSON does: a length in brackets,
/// and a colon or a brace after them.
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
