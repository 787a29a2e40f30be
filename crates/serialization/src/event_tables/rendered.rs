//! The result of rendering: the text, its form and the dropped content.

use std::fmt;

use shared_kernel::GlobalPosition;

use super::view_column::Column;
use crate::tokens::TokenCounter;

/// Rendered events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// The form of the text.
    pub form: Form,
    /// The number of tokens, if there was a counter.
    pub tokens: Option<usize>,
    /// The content dropped to keep the budget. The text has a line about it too.
    pub dropped: Dropped,
}

/// The form of a rendered text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Tables in TOON.
    Toon,
    /// Compact JSON, because the tables would not have been smaller.
    Json,
}

/// The content dropped to keep a budget; its default is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dropped {
    /// Columns of the view that are missing.
    pub columns: Vec<Column>,
    /// Events without their payload.
    pub payloads: Option<Span>,
    /// Events that are missing.
    pub events: Option<Span>,
}

/// Consecutive events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The number of events.
    pub count: usize,
    /// The position of the first one in the log.
    pub first: GlobalPosition,
    /// The position of the last one.
    pub last: GlobalPosition,
}

impl Dropped {
    /// Whether nothing was dropped.
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

/// The smaller of two texts; JSON if they are equal, because every reader knows it.
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
