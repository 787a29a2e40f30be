//! Owns what comes out of rendering: the text, which form it has, and what it does not tell.

use std::fmt;

use shared_kernel::GlobalPosition;

use super::view_column::Column;
use crate::tokens::TokenCounter;

/// Events as a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text itself.
    pub text: String,
    /// Which form it has.
    pub form: Form,
    /// How many tokens it is, where there was a counter.
    pub tokens: Option<usize>,
    /// What it leaves out to keep its budget; also said in the text.
    pub dropped: Dropped,
}

/// The form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Tables in TOON.
    Toon,
    /// Compact JSON, because the tables would have been larger.
    Json,
}

/// What was left out to keep a budget; empty where nothing was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dropped {
    /// Columns that were asked for.
    pub columns: Vec<Column>,
    /// Events that are there without their payload.
    pub payloads: Option<Span>,
    /// Events that are not there.
    pub events: Option<Span>,
}

/// Events that stood in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// How many they are.
    pub count: usize,
    /// The place of the first in the log.
    pub first: GlobalPosition,
    /// The place of the last.
    pub last: GlobalPosition,
}

impl Dropped {
    /// Whether nothing was left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(events) = self.events {
            parts.push(format!("{events}"));
        }
        if let Some(payloads) = self.payloads {
            parts.push(format!("payloads of {payloads}"));
        }
        if !self.columns.is_empty() {
            let names: Vec<&str> = self.columns.iter().map(|column| column.name()).collect();
            parts.push(format!("columns {}", names.join(" ")));
        }
        f.write_str(&parts.join("; "))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, first, last } = self;
        let noun = if *count == 1 { "event" } else { "events" };
        write!(f, "{count} {noun} (seq {first} to {last})")
    }
}

/// The smaller of two texts; JSON where they are equal, since everybody reads that.
pub(crate) fn smaller(
    toon: Option<String>,
    json: String,
    counter: Option<&dyn TokenCounter>,
) -> Rendered {
    let size = |text: &str| counter.map_or(text.len(), |counter| counter.count(text));
    let json_size = size(&json);
    let toon = toon.map(|text| (size(&text), text));
    let (text, form, size) = match toon {
        Some((toon_size, text)) if toon_size < json_size => (text, Form::Toon, toon_size),
        _ => (json, Form::Json, json_size),
    };
    Rendered {
        text,
        form,
        tokens: counter.map(|_| size),
        dropped: Dropped::default(),
    }
}
