//! Answers and errors in TOON.

use serde_json::{Value, json};
use serialization::{event_tables, toon};
use shared_kernel::RecordedEvent;

use crate::program::Desk;

/// A store with every kind of data.
fn busy_desk() -> Desk {
    let desk = Desk::new();
    desk.done(&[
        "add",
        "Write, the: \"report\"",
        "--description",
        "two\nlines - [1]: x",
        "--risk",
        "T3",
    ]);
    desk.done(&[
        "add",
        "Mend the roof",
        "--type",
        "bug",
        "--actor",
        "agent:builder",
    ]);
    desk.done(&["start", "WORK-1"]);
    desk.done(&[
        "test-run",
        "WORK-1",
        "--coverage",
        "12.5",
        "--positive",
        "1",
    ]);
    desk
}

#[test]
fn answers_in_toon_equal_those_in_json() {
    let desk = busy_desk();
    for words in [
        &["list", "--status", "done"][..],
        &["list", "--fields", "number,title,description,started_at"],
        &["show", "WORK-1"],
        &["show", "WORK-2", "--as-of", "1"],
        &["check"],
    ] {
        assert_eq!(desk.toon(words), desk.json(words), "{words:?}");
    }
    // A list is a table also with fields that are lists or objects.
    let table = desk.done(&["list", "--fields", "all", "--format", "toon"]);
    assert!(table.starts_with("[2]{id,number,aliases,title,"), "{table}");
    let all = desk.toon(&["list", "--fields", "all"]);
    assert_eq!(
        all[0]["test_run"],
        "coverage_percent=12.5 positive=1 negative=0 edge_case=0 coverage_claimed=true \
         tests_claimed=true"
    );
    let plain = desk.json(&["list", "--fields", "all"]);
    for (field, value) in plain[0].as_object().unwrap() {
        if !value.is_array() && !value.is_object() {
            assert_eq!(&all[0][field], value, "{field}");
        }
    }
    let streams = desk.done(&["streams", "--format", "json"]);
    let streams: Vec<Value> = streams
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(desk.toon(&["streams"]), json!(streams));
    let outcome = desk.toon(&["assign", "WORK-2", "ada"]);
    assert_eq!(outcome["recorded"], 1);
    let shown = desk.json(&["show", "WORK-2"]);
    let in_short =
        ["number", "status", "version"].map(|field| (field.to_owned(), shown[field].clone()));
    assert_eq!(
        outcome["item"],
        Value::Object(in_short.into_iter().collect())
    );
    let backup = desk.path("copy.annals").display().to_string();
    assert_eq!(desk.toon(&["backup", &backup]), json!({"backup": backup}));
}

#[test]
fn refusals_in_toon_equal_those_in_json() {
    let desk = busy_desk();
    for words in [
        &["done", "WORK-2"][..],
        &["show", "WORK-9"],
        &["fly"],
        &["start", "WORK-1", "--expect", "1"],
        &["done", "WORK-1"],
    ] {
        let (_, expected) = desk.refused(words);
        let run = desk.run(&[words, &["--format", "toon"]].concat());
        let told: Value = toon::from_str(&run.err).unwrap();
        assert_eq!(told["error"]["kind"], expected["kind"], "{words:?}");
        assert_eq!(told["error"]["exit_code"], run.code.unwrap());
        assert_eq!(told["error"]["failures"], expected["failures"]);
        assert_eq!(run.out, "");
    }
}

/// Whether the events restored from tables equal those in JSON.
fn assert_same(restored: &[RecordedEvent], expected: &[Value]) {
    assert_eq!(restored.len(), expected.len());
    for (event, json) in restored.iter().zip(expected) {
        assert_eq!(json["position"], event.position.get());
        assert_eq!(json["version"], event.version.get());
        assert_eq!(json["event_id"], event.id.to_string());
        assert_eq!(json["event_type"], event.event_type.as_str());
        assert_eq!(json["recorded_at"], event.recorded_at.to_string());
        let actor = event.metadata.actor.as_ref().unwrap();
        assert_eq!(json["actor"]["name"], actor.name.as_str());
        let payload: Value = serde_json::from_slice(&event.payload).unwrap();
        assert_eq!(json["payload"], payload);
    }
}

#[test]
fn events_in_toon_are_tables_that_restore_them() {
    let desk = busy_desk();
    for words in [
        &["events"][..],
        &["events", "--after", "2", "--limit", "2"],
        &["events", "--category", "work_item"],
        &["events", "--type", "NoteAdded"],
    ] {
        let text = desk.done(&[words, &["--format", "toon"]].concat());
        let tables = text.starts_with("event_log: lossless");
        assert!(tables || text == "[]\n", "{text}");
        toon::from_str::<Value>(&text).unwrap();
        let restored = event_tables::from_toon(&text).unwrap();
        let json = desk.done(&[words, &["--format", "json"]].concat());
        let expected: Vec<Value> = json
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_same(&restored, &expected);
        let again = desk.done(&[words, &["--format", "toon"]].concat());
        assert_eq!(again, text, "the same events are the same document");
    }
    let past = [
        "events",
        "--after",
        &i64::MAX.to_string(),
        "--format",
        "toon",
    ];
    let text = desk.done(&past);
    assert_eq!(event_tables::from_toon(&text).unwrap(), []);

    let text = desk.done(&["history", "WORK-1", "--format", "toon"]);
    let restored = event_tables::from_toon(&text).unwrap();
    assert_same(
        &restored,
        desk.json(&["history", "WORK-1"]).as_array().unwrap(),
    );
}
