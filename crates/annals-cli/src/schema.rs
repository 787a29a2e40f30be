//! The shapes of records of other crates in answers, for the JSON Schema.

use schemars::JsonSchema;

/// The commands that have an answer, and `error`.
pub(crate) const NAMES: [&str; 44] = [
    "add",
    "start",
    "claim",
    "release",
    "block",
    "unblock",
    "done",
    "cancel",
    "reopen",
    "assign",
    "test-run",
    "approve",
    "depend",
    "undepend",
    "note",
    "retitle",
    "describe",
    "prioritise",
    "init",
    "what-if",
    "next",
    "ready",
    "list",
    "search",
    "board",
    "stats",
    "show",
    "history",
    "tree",
    "why",
    "diff",
    "context",
    "prime",
    "streams",
    "events",
    "check",
    "views",
    "backup",
    "restore",
    "export",
    "import",
    "freeze",
    "unfreeze",
    "error",
];

/// A person, an agent or another program.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Actor {
    kind: String,
    name: String,
}

/// The file of a test tool from which results were read.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct EvidenceFile {
    name: String,
    size: u64,
    sha256: String,
    counts: serde_json::Map<String, serde_json::Value>,
}

/// Events of a clock far ahead.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct FarAhead {
    first: u64,
    last: u64,
    recorded_at: String,
    next: String,
}
