//! The fields that rows of items can have, and those that TOON has by default.

/// The fields of a work item, in the order in which answers have them.
pub(crate) const ITEM_FIELDS: [&str; 23] = [
    "id",
    "number",
    "aliases",
    "title",
    "type",
    "status",
    "status_reason",
    "priority",
    "risk_tier",
    "description",
    "parent",
    "assignee",
    "claim",
    "created_at",
    "started_at",
    "cycle_time_seconds",
    "resolution",
    "test_run",
    "approvers",
    "children",
    "dependencies",
    "notes",
    "version",
];

/// The fields of an item that a search finds.
pub(crate) const FOUND_FIELDS: [&str; ITEM_FIELDS.len() + 1] = {
    let mut fields = ["excerpt"; ITEM_FIELDS.len() + 1];
    let mut at = 0;
    while at < ITEM_FIELDS.len() {
        fields[at + 1] = ITEM_FIELDS[at];
        at += 1;
    }
    fields
};

/// The fields of an item that is ready.
pub(crate) const READY_FIELDS: [&str; 9] = [
    "id",
    "number",
    "title",
    "type",
    "status",
    "priority",
    "unblocks",
    "created_at",
    "version",
];

/// The fields of a list in TOON: the columns that people get.
pub(crate) const LIST_DEFAULTS: [&str; 6] =
    ["number", "title", "type", "status", "priority", "assignee"];
/// The fields of the ready items in TOON.
pub(crate) const READY_DEFAULTS: [&str; 6] =
    ["number", "title", "type", "status", "priority", "unblocks"];
/// The fields of a search in TOON.
pub(crate) const SEARCH_DEFAULTS: [&str; 4] = ["excerpt", "number", "title", "status"];
/// The fields of the item of a command in TOON.
pub(crate) const OUTCOME_DEFAULTS: [&str; 3] = ["number", "status", "version"];
