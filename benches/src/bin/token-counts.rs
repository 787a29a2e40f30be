//! Counts the tokens of events in several forms for a language model.
//!
//! `cargo run -p benches --bin token-counts` prints Markdown tables, and two examples of event
//! tables.

use std::error::Error;
use std::fmt::Write;

use benches::work_item_log::work_item_log;
use serde_json::{Value, json};
use serialization::event_tables::{self, Column, EventView, Form};
use serialization::tokens::{O200kBase, TokenCounter};
use serialization::toon;
use shared_kernel::RecordedEvent;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The numbers of events in the measured logs.
const COUNTS: [usize; 3] = [5, 50, 1_000];

/// The payload keys that the view leaves out: `t` already has the time of the event, and `stream`
/// its item.
const LEFT_OUT: [&str; 2] = ["at", "id"];

fn main() -> Outcome<()> {
    let tokenizer = O200kBase::new();
    println!("All fields, tokens of {}:\n", tokenizer.name());
    println!("| events | JSON, compact | JSON, pretty | TOON, direct | CSV | event tables | |");
    println!("|---|---|---|---|---|---|---|");
    for count in COUNTS {
        let events = work_item_log(count)?;
        let records: Vec<Value> = events.iter().map(record).collect::<Outcome<_>>()?;
        let compact = tokenizer.count(&as_stored(&events)?);
        let tables = event_tables::render_lossless(&events, Some(&tokenizer))?;
        if event_tables::from_toon(&tables.text)? != events {
            return Err("the tables do not give the events back".into());
        }
        let cells = [
            tokenizer.count(&serde_json::to_string_pretty(&records)?),
            tokenizer.count(&toon::to_string(&records)?),
            tokenizer.count(&csv(&records)?),
            tokenizer.count(&tables.text),
        ];
        print!("| {count} | {compact} |");
        for tokens in cells {
            print!(" {tokens} ({}) |", change(tokens, compact));
        }
        println!(" {} |", form(tables.form));
    }

    println!(
        "\nThe fields of a view: place, stream, time, actor, type and payload without the item's"
    );
    println!("own id and the time again:\n");
    println!("| events | JSON, compact | the view | | against all fields |");
    println!("|---|---|---|---|---|");
    let view = EventView::new()
        .with_columns([Column::Stream, Column::Time, Column::Actor])
        .without_fields(LEFT_OUT)
        .with_counter(&tokenizer);
    for count in COUNTS {
        let events = work_item_log(count)?;
        let all = tokenizer.count(&as_stored(&events)?);
        let chosen: Vec<Value> = events.iter().map(chosen).collect::<Outcome<_>>()?;
        let compact = tokenizer.count(&serde_json::to_string(&chosen)?);
        let rendered = view.render(&events)?;
        let tokens = tokenizer.count(&rendered.text);
        let against = change(tokens, compact);
        let form = form(rendered.form);
        println!(
            "| {count} | {compact} | {tokens} ({against}) | {form} | {} |",
            change(tokens, all)
        );
    }

    let events = work_item_log(25)?;
    println!(
        "\n```text\n{}\n```",
        event_tables::render_lossless(&events, Some(&tokenizer))?.text
    );
    println!("\n```text\n{}\n```", view.render(&events)?.text);
    Ok(())
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Toon => "TOON",
        Form::Json => "JSON",
    }
}

fn change(tokens: usize, of: usize) -> String {
    let change = tokens as f64 / of as f64 * 100.0 - 100.0;
    format!("{change:+.0} %")
}

/// The events as compact JSON with all fields. The keys have the order in which they are stored.
fn as_stored(events: &[RecordedEvent]) -> Outcome<String> {
    let mut text = String::from("[");
    for event in events {
        let metadata = serde_json::to_string(&event.metadata)?;
        let metadata = metadata.trim_start_matches('{').trim_end_matches('}');
        if text.len() > 1 {
            text.push(',');
        }
        write!(
            text,
            r#"{{"position":{},"stream":"{}","version":{},"recorded_at":"{}","event_id":"{}","event_type":"{}","schema_version":{},{metadata}}},"payload":{}}}"#,
            event.position,
            event.stream,
            event.version,
            event.recorded_at,
            event.id,
            event.event_type,
            event.schema_version,
            std::str::from_utf8(&event.payload)?,
        )?;
    }
    text.push(']');
    serde_json::from_str::<Value>(&text)?;
    Ok(text)
}

fn record(event: &RecordedEvent) -> Outcome<Value> {
    let metadata = &event.metadata;
    Ok(json!({
        "position": event.position,
        "stream": event.stream,
        "version": event.version,
        "recorded_at": event.recorded_at,
        "event_id": event.id,
        "event_type": event.event_type,
        "schema_version": event.schema_version,
        "actor": metadata.actor,
        "correlation": metadata.correlation,
        "causation": metadata.causation,
        "payload": serde_json::from_slice::<Value>(&event.payload)?,
    }))
}

fn chosen(event: &RecordedEvent) -> Outcome<Value> {
    let mut record = record(event)?;
    if let Some(fields) = record.as_object_mut() {
        fields.retain(|key, _| {
            ![
                "version",
                "event_id",
                "schema_version",
                "correlation",
                "causation",
            ]
            .contains(&key.as_str())
        });
    }
    if let Some(payload) = record["payload"].as_object_mut() {
        payload.retain(|key, _| !LEFT_OUT.contains(&key.as_str()));
    }
    Ok(record)
}

/// The events as CSV with a line per event. The payload is JSON in the last column, quoted by
/// RFC 4180.
fn csv(records: &[Value]) -> Outcome<String> {
    let mut text = String::new();
    for record in records {
        let fields = record.as_object().ok_or("a record is an object")?;
        if text.is_empty() {
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            writeln!(text, "{}", names.join(","))?;
        }
        let cells: Vec<String> = fields.values().map(cell).collect();
        writeln!(text, "{}", cells.join(","))?;
    }
    Ok(text)
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) if !text.contains([',', '"', '\n']) => text.clone(),
        Value::String(text) => format!("\"{}\"", text.replace('"', "\"\"")),
        Value::Object(_) => format!("\"{}\"", value.to_string().replace('"', "\"\"")),
        other => other.to_string(),
    }
}
