//! The definitions of tools as clients get them: schemas and annotations.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

use crate::fit::LEAST_BUDGET;
use crate::tools::{Kind, Parameter, ToolData};

/// A tool as a client gets it. `schema` is the JSON Schema of the answer of its command.
pub(crate) fn definition(data: &ToolData, is_read_only: bool, schema: Option<&Value>) -> Tool {
    let parameters = || parameters(data, is_read_only);
    let properties = parameters().map(|one| (one.name.to_owned(), property(one)));
    let mut input = json!({
        "type": "object",
        "properties": Map::from_iter(properties),
        "additionalProperties": false,
    });
    let required: Vec<_> = parameters().filter(|one| one.is_required).collect();
    if !required.is_empty() {
        input["required"] = required.iter().map(|one| one.name).collect();
    }
    let writes = data.writes || parameters().any(|one| one.writes);
    let annotations = ToolAnnotations::new()
        .read_only(!writes)
        .destructive(false)
        .idempotent(!writes)
        .open_world(false);
    let tool = Tool::new(data.name, data.about, Arc::new(object(input)));
    let tool = tool.with_annotations(annotations);
    match output(data, is_read_only, schema) {
        Some(output) => tool.with_raw_output_schema(Arc::new(object(output))),
        None => tool,
    }
}

/// The parameters of a tool. A read-only server has none that write.
pub(crate) fn parameters(
    data: &ToolData,
    is_read_only: bool,
) -> impl Iterator<Item = &'static Parameter> {
    let parameters = data.parameters.iter();
    parameters.filter(move |one| !(is_read_only && one.writes))
}

fn property(parameter: &Parameter) -> Value {
    let mut property = match parameter.kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Count => json!({ "type": "integer", "minimum": 0 }),
        Kind::Budget => json!({ "type": "integer", "minimum": LEAST_BUDGET }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Word(words) => json!({ "enum": words }),
    };
    if !parameter.about.is_empty() {
        property["description"] = json!(parameter.about);
    }
    property
}

/// The schema of the answer: the fields and their types.
///
/// No field is required, because a small budget and `--omit-empty` leave fields out.
fn output(data: &ToolData, is_read_only: bool, schema: Option<&Value>) -> Option<Value> {
    let mut more = Map::new();
    let mut add = |name: &str, kind: &str| {
        more.insert(name.to_owned(), json!({ "type": kind }));
    };
    add("left_out", "integer");
    add("shortened", "boolean");
    if let Some(rows) = data.rows {
        add(rows, "array");
        add("cursor", "string");
    }
    match data.name {
        // Without a claim, it has rows, or says why there are none.
        "next" => add("message", "string"),
        // Of several items, and as a preview.
        "move" => {
            let lists = ["items", "would_record", "no_longer_ready"];
            lists.iter().for_each(|name| add(name, "array"));
        }
        _ => {}
    }
    if data.rows.is_some() && (data.name != "next" || is_read_only) {
        return Some(json!({ "type": "object", "properties": more }));
    }
    let root = schema?;
    let object = first_object(root, root)?;
    let properties = object["properties"].as_object()?;
    let properties = properties.iter().filter_map(|(name, field)| {
        let kind = kind_of(field, root)?;
        Some((name.clone(), json!({ "type": kind })))
    });
    let mut properties = Map::from_iter(properties);
    for absent in ["id", "created_store"] {
        properties.remove(absent);
    }
    properties.extend(more);
    Some(json!({ "type": "object", "properties": properties }))
}

/// The schema of an object: itself, the one that it refers to, or its first alternative.
fn first_object<'s>(schema: &'s Value, root: &'s Value) -> Option<&'s Value> {
    if schema.get("properties").is_some() {
        return Some(schema);
    }
    first_object(target(schema, root)?, root)
}

/// The type of a field; `None` if it may be of several. An answer has no nulls.
fn kind_of<'s>(field: &'s Value, root: &'s Value) -> Option<&'s Value> {
    match field.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().find(|kind| **kind != "null"),
        Some(kind) => Some(kind),
        None => kind_of(target(field, root)?, root),
    }
}

/// The schema to which another one refers, or its first alternative.
fn target<'s>(schema: &'s Value, root: &'s Value) -> Option<&'s Value> {
    if let Some(Value::String(path)) = schema.get("$ref") {
        return root.pointer(path.strip_prefix('#')?);
    }
    schema.get("anyOf")?.get(0)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
