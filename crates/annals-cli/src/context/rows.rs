//! The facts about an item, as rows. Language models and programs read their names, so they never
//! change.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

/// All facts about an item.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Facts {
    /// Its number, for example `WORK-007`.
    pub(crate) number: String,
    pub(crate) title: String,
    pub(crate) version: u64,
    /// The position at which the facts were read: `@57`. `None` for facts of the past.
    pub(crate) handle: Option<String>,
    /// The time of its last event.
    pub(crate) updated_at: String,
    /// The moment requested with `--as-of`.
    pub(crate) as_of: Option<String>,
    pub(crate) stream: String,
    pub(crate) parent: Option<ParentRow>,
    /// The fields, most important first.
    pub(crate) state: Vec<StateRow>,
    pub(crate) hindrances: Vec<HindranceRow>,
    /// The children and dependencies, most important first.
    pub(crate) depends_on: Vec<DependencyRow>,
    /// The items that wait for it.
    pub(crate) waiting: Vec<WaitingRow>,
    /// The changes, newest last.
    pub(crate) changes: Vec<ChangeRow>,
    /// The number of changes before those.
    pub(crate) earlier: u64,
    /// The commands that may come next.
    pub(crate) next: Vec<String>,
}

/// The item that contains it.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub(crate) struct ParentRow {
    pub(crate) number: String,
    pub(crate) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) version: u64,
}

/// An item that waits for it, with its own version.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub(crate) struct WaitingRow {
    pub(crate) number: String,
    pub(crate) status: &'static str,
    pub(crate) title: String,
    pub(crate) version: u64,
}

/// A field with its value, and the version of the item that set it.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub(crate) struct StateRow {
    pub(crate) field: &'static str,
    pub(crate) value: Cell,
    pub(crate) version: u64,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Text(String),
    Count(u64),
}

/// A hindrance to completing the item, and the item and version from which it follows. The version
/// is 0 if that item cannot be read.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub(crate) struct HindranceRow {
    pub(crate) what: String,
    pub(crate) number: String,
    pub(crate) version: u64,
}

/// A child or a dependency, with its own version.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub(crate) struct DependencyRow {
    pub(crate) number: String,
    pub(crate) kind: &'static str,
    /// Its status, if it was loaded.
    pub(crate) status: Option<&'static str>,
    pub(crate) title: Option<String>,
    pub(crate) version: Option<u64>,
}

/// An event of the item.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub(crate) struct ChangeRow {
    pub(crate) version: u64,
    pub(crate) recorded_at: String,
    pub(crate) actor: Option<String>,
    pub(crate) event_type: &'static str,
    pub(crate) what: String,
}

/// The facts that are written, in this order.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct View<'a> {
    pub(super) number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Cow<'a, str>>,
    pub(super) version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) handle: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) updated_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) as_of: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<ParentRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) state: Vec<StateRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) hindrances: Vec<HindranceRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) depends_on: Vec<DependencyRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) waiting: Vec<WaitingRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<ChangeRow>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub(super) next: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dropped: Option<String>,
}
