//! The fields of a line of Beads.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// A line: a JSON object whose fields are taken one after the other.
pub(super) struct Record(Map<String, Value>);

/// The kind of a line.
pub(super) enum Kind {
    Issue,
    /// An issue that was deleted, which Beads keeps as a tombstone.
    Deleted,
    /// Another record, for example a memory.
    Other,
}

impl Record {
    pub(super) fn of(line: &[u8]) -> Result<Self, String> {
        match serde_json::from_slice(line) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err("it is no JSON object".to_owned()),
            Err(error) => Err(format!("it is no JSON: {error}")),
        }
    }

    /// The kind of the line. It takes the field `_type`.
    pub(super) fn kind(&mut self) -> Result<Kind, String> {
        let kind = self.text("_type")?;
        Ok(match kind.as_deref() {
            None | Some("issue") if self.has("status", "tombstone") => Kind::Deleted,
            None | Some("issue") => Kind::Issue,
            Some(_) => Kind::Other,
        })
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.0.get(name).and_then(Value::as_str) == Some(value)
    }

    /// A text; `None` if it is missing, null or blank.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("`{name}` is no text")),
        }
    }

    pub(super) fn required(&mut self, name: &str) -> Result<String, String> {
        let text = self.text(name)?;
        text.ok_or_else(|| format!("`{name}` is missing"))
    }

    /// A whole number from 0 on; `None` if it is missing or null.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<u64>, String> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(format!("`{name}` is no whole number")),
            },
        }
    }

    /// A time in whole microseconds, the precision of the stores.
    pub(super) fn time(&mut self, name: &str) -> Result<Option<Timestamp>, String> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let time: Timestamp = match text.parse() {
            Ok(time) => time,
            Err(error) => return Err(format!("`{name}` is no time: {error}")),
        };
        Ok(Some(
            Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time),
        ))
    }

    /// The texts of a list; empty if it is missing or null.
    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>, String> {
        let text = |value| match value {
            Value::String(text) => Ok(text),
            _ => Err(format!("`{name}` has an entry that is no text")),
        };
        self.list(name)?.into_iter().map(text).collect()
    }

    /// The records of a list; empty if it is missing or null.
    pub(super) fn records(&mut self, name: &str) -> Result<Vec<Self>, String> {
        let record = |value| match value {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(format!("`{name}` has an entry that is no object")),
        };
        self.list(name)?.into_iter().map(record).collect()
    }

    fn list(&mut self, name: &str) -> Result<Vec<Value>, String> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(format!("`{name}` is no list")),
        }
    }

    /// The names of the fields that were not taken.
    pub(super) fn rest(self) -> impl Iterator<Item = String> {
        self.0.into_iter().map(|(name, _)| name)
    }
}
