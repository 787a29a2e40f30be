//! Owns the facts about an item, in rows whose names are kept for ever.

use std::borrow::Cow;

use serde::Serialize;

/// All that there is to tell about an item.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Facts {
    /// The number that people call it by.
    pub(crate) item: String,
    pub(crate) title: String,
    pub(crate) version: u64,
    /// When its last event was recorded.
    pub(crate) at: String,
    /// The moment that was asked for.
    pub(crate) as_of: Option<String>,
    pub(crate) stream: String,
    /// The most telling field first.
    pub(crate) state: Vec<StateRow>,
    pub(crate) hinders: Vec<HindranceRow>,
    /// What has most to say first.
    pub(crate) depends_on: Vec<DependencyRow>,
    /// The newest last.
    pub(crate) changes: Vec<ChangeRow>,
    /// How many changes there were before those.
    pub(crate) earlier: u64,
}

/// What stands in a field, and since which version of the item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct StateRow {
    pub(crate) field: &'static str,
    pub(crate) value: Cell,
    pub(crate) version: u64,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Text(String),
    Count(u64),
}

/// What keeps the item from being completed, and the item and version that this rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct HindranceRow {
    pub(crate) what: String,
    pub(crate) item: String,
    pub(crate) version: u64,
}

/// Another item that has to do with this one, as of its own version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct DependencyRow {
    pub(crate) item: String,
    pub(crate) kind: &'static str,
    /// Where it stands, where that is known.
    pub(crate) status: Option<&'static str>,
    pub(crate) title: Option<String>,
    pub(crate) version: Option<u64>,
}

/// What happened to the item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ChangeRow {
    pub(crate) version: u64,
    pub(crate) at: String,
    pub(crate) actor: Option<String>,
    pub(crate) event: &'static str,
    pub(crate) what: String,
}

/// What is told of the facts, in the order in which it is written.
#[derive(Debug, Serialize)]
pub(crate) struct View<'a> {
    pub(super) item: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Cow<'a, str>>,
    pub(super) version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) as_of: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) state: Vec<StateRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) hinders: Vec<HindranceRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) depends_on: Vec<DependencyRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<ChangeRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dropped: Option<String>,
}
