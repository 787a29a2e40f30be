//! The values of the program, without the fields that a model needs least.
//!
//! All names of fields are those of the program.

use serde_json::{Map, Value, json};

/// The ids of an event; its position and version name it, too.
const IDS: [&str; 4] = ["event_id", "correlation", "causation", "snowflake"];

/// The fields of a changed item.
const OUTCOME: [&str; 5] = ["number", "title", "status", "assignee", "version"];
/// The fields of an event of a history.
const EVENT: [&str; 6] = [
    "version",
    "position",
    "recorded_at",
    "event_type",
    "actor",
    "payload",
];
/// The fields of an event of the log.
const LOGGED: [&str; 7] = [
    "position",
    "number",
    "version",
    "recorded_at",
    "event_type",
    "actor",
    "payload",
];
/// The fields of an item that is ready.
const READY: [&str; 7] = [
    "number", "title", "type", "status", "priority", "unblocks", "version",
];

/// A value without ids that a number or a version stands for. An actor is a text, as in a context:
/// `ada` or `agent:one`.
pub(crate) fn without_ids(value: Value) -> Value {
    if let Some(actor) = actor(&value) {
        return actor;
    }
    match value {
        Value::Array(entries) => entries.into_iter().map(without_ids).collect(),
        Value::Object(fields) => {
            let has_number = fields.contains_key("number");
            let kept = fields.into_iter().filter(|(name, _)| {
                !(IDS.contains(&name.as_str()) || (has_number && name == "id"))
            });
            let kept = kept.map(|(name, field)| (name, without_ids(field)));
            Value::Object(kept.collect())
        }
        other => other,
    }
}

/// The outcome of a command, with the fields of its items that a change can concern.
pub(crate) fn outcome(mut value: Value) -> Value {
    let shorten = |one: &mut Value| {
        if let Some(fields) = one.as_object_mut() {
            // The path of the store is of no use to a model.
            fields.remove("created_store");
        }
        if let Some(item) = one.get_mut("item") {
            *item = keep(std::mem::take(item), &OUTCOME);
        }
    };
    match &mut value {
        Value::Array(several) => {
            several.iter_mut().for_each(shorten);
            json!({ "items": value })
        }
        Value::Object(_) => {
            shorten(&mut value);
            let items = value.get_mut("items").and_then(Value::as_array_mut);
            items.into_iter().flatten().for_each(shorten);
            value
        }
        _ => value,
    }
}

/// The rows of a list, each with the fields of its tool.
pub(crate) fn rows(tool: &str, rows: Vec<Value>) -> Vec<Value> {
    let fields = match tool {
        "history" => &EVENT[..],
        "log" => &LOGGED[..],
        "next" => &READY[..],
        _ => return rows,
    };
    rows.into_iter().map(|row| keep(row, fields)).collect()
}

fn keep(value: Value, fields: &[&str]) -> Value {
    match value {
        Value::Object(mut all) => {
            let kept = fields.iter().filter_map(|name| all.remove_entry(*name));
            Value::Object(Map::from_iter(kept))
        }
        other => other,
    }
}

/// An actor as a text; `None` for another value.
fn actor(value: &Value) -> Option<Value> {
    let fields = value.as_object().filter(|fields| fields.len() == 2)?;
    let (kind, name) = (fields.get("kind")?.as_str()?, fields.get("name")?.as_str()?);
    Some(match kind {
        "person" => json!(name),
        kind => json!(format!("{kind}:{name}")),
    })
}
