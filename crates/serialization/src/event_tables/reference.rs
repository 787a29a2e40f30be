//! The cells of `correlation` and `causation`.
//!
//! A cell is the text itself, or one of these shorter forms:
//!
//! - `=` the value of the event's `correlation` (only in `causation`)
//! - `@7` the id of event 7
//! - `^7` the value in event 7, an earlier event
//! - an event id in its [short form](super::short_id)
//! - `="…"` JSON, for a text that would read as one of these

use std::collections::HashMap;

use jiff::Timestamp;
use shared_kernel::EventId;

use super::short_id;

const MARKS: [char; 3] = ['=', '@', '^'];
/// A text of at most this length is repeated: a reference would not be shorter, and says less.
const MAX_REPEATED: usize = 12;

/// The ids of all events of a document, by text and by position.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    by_text: HashMap<String, u64>,
    by_position: HashMap<u64, EventId>,
}

impl Ids {
    pub(crate) fn new(ids: impl IntoIterator<Item = (u64, EventId)>) -> Self {
        let mut known = Self::default();
        for (position, id) in ids {
            known.by_text.entry(id.to_string()).or_insert(position);
            known.by_position.insert(position, id);
        }
        known
    }
}

/// A column of references. The cells have to be written, or read, from the first event to the last.
#[derive(Debug, Default)]
pub(crate) struct References {
    /// The first position of each text, for writing.
    first: HashMap<String, u64>,
    /// The text at each position, for reading.
    texts: HashMap<u64, String>,
}

impl References {
    /// Writes the cell of a text, for the event at `position`. `correlation` is the event's own
    /// correlation when the column is `causation`.
    pub(crate) fn write(
        &mut self,
        text: &str,
        correlation: Option<&str>,
        position: u64,
        recorded_at: Timestamp,
        ids: &Ids,
    ) -> String {
        let first = *self.first.entry(text.to_owned()).or_insert(position);
        if correlation == Some(text) {
            return "=".to_owned();
        }
        if let Some(position) = ids.by_text.get(text) {
            return format!("@{position}");
        }
        if first != position && text.len() > MAX_REPEATED {
            return format!("^{first}");
        }
        let id = text.parse::<EventId>().ok();
        let id = id.filter(|id| id.to_string() == text);
        if let Some(short) = id.and_then(|id| short_id::write(id, recorded_at)) {
            return short;
        }
        if text.starts_with(MARKS) || short_id::read(text, recorded_at).is_some() {
            return format!("={}", super::node::Node::text(text).to_json());
        }
        text.to_owned()
    }

    /// Reads the text of a cell, for the event at `position`; `None` if the cell is invalid.
    pub(crate) fn read(
        &mut self,
        cell: &str,
        correlation: Option<&str>,
        position: u64,
        recorded_at: Timestamp,
        ids: &Ids,
    ) -> Option<String> {
        let text = if cell == "=" {
            correlation?.to_owned()
        } else if let Some(json) = cell.strip_prefix('=') {
            serde_json::from_str(json).ok()?
        } else if let Some(position) = cell.strip_prefix('@') {
            ids.by_position.get(&position.parse().ok()?)?.to_string()
        } else if let Some(position) = cell.strip_prefix('^') {
            self.texts.get(&position.parse().ok()?)?.clone()
        } else if let Some(id) = short_id::read(cell, recorded_at) {
            id.to_string()
        } else {
            cell.to_owned()
        };
        self.texts.insert(position, text.clone());
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_written_and_read_back() {
        let at = Timestamp::from_millisecond(1_000).unwrap();
        let id = |n: u8| EventId::from_parts(at, [n; 10]);
        let ids = Ids::new([(7, id(7)), (8, id(8))]);
        let foreign = id(9).to_string();
        let (own, short) = (id(7).to_string(), short_id::write(id(9), at).unwrap());
        let (mut writer, mut reader) = (References::default(), References::default());
        for (position, text, correlation, cell) in [
            (
                10,
                "request-17-from-the-importer",
                None,
                "request-17-from-the-importer",
            ),
            (11, "request-17-from-the-importer", None, "^10"),
            (12, "request-17", None, "request-17"),
            (13, "request-17", None, "request-17"),
            (14, "request-17", Some("request-17"), "="),
            (15, own.as_str(), None, "@7"),
            (16, foreign.as_str(), None, short.as_str()),
            (17, foreign.as_str(), None, "^16"),
            (18, "=", None, "=\"=\""),
            (19, "@7", None, "=\"@7\""),
            (20, short.as_str(), None, &format!("=\"{short}\"")),
        ] {
            assert_eq!(writer.write(text, correlation, position, at, &ids), cell);
            let back = reader.read(cell, correlation, position, at, &ids);
            assert_eq!(back.as_deref(), Some(text), "{cell}");
        }
        for cell in ["=", "=1", "@1", "@x", "^99", "^"] {
            assert_eq!(reader.read(cell, None, 30, at, &ids), None, "{cell}");
        }
    }
}
