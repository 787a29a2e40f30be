//! The JSON answers: one document with stable names, or one line per event.

use serde_json::{Value, json};

use crate::program::Desk;

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn an_item_has_these_fields() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let item = desk.json(&["show", "WORK-1"]);
    let names: Vec<_> = item
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected = [
        "id",
        "number",
        "title",
        "type",
        "status",
        "status_reason",
        "claim",
        "priority",
        "risk_tier",
        "description",
        "parent",
        "assignee",
        "created_at",
        "started_at",
        "cycle_time_seconds",
        "resolution",
        "test_run",
        "approvers",
        "aliases",
        "approvals_that_do_not_count",
        "children",
        "dependencies",
        "notes",
        "note_texts",
        "version",
    ];
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert!(
        item["id"].is_string(),
        "64 bits are too many for some readers' numbers"
    );
}

#[test]
fn a_history_has_actors_events_and_reasons() {
    let desk = Desk::new();
    desk.done(&["add", "x", "--actor", "agent:builder"]);
    desk.done(&["start", "WORK-1"]);
    let history = desk.json(&["history", "WORK-1"]);
    let first = &history[0];
    assert_eq!(first["event_type"], "WorkItemCreated");
    assert_eq!(first["actor"], json!({"kind": "agent", "name": "builder"}));
    assert_eq!(first["payload"]["title"], "x");
    assert!(first["correlation"].is_string() && first["event_id"].is_string());
    assert_eq!(
        history[1]["actor"],
        json!({"kind": "person", "name": "tester"})
    );
    assert_eq!(history[1]["payload"]["to"], "in_progress");
    let table = desk.done(&["history", "WORK-1"]);
    assert!(
        table.contains("pending → in_progress") && table.contains("builder"),
        "{table}"
    );
}

#[test]
fn every_event_type_is_printed_in_words() {
    let desk = Desk::new();
    desk.write_evidence();
    desk.done(&["add", "x", "--risk", "T4"]);
    let files = ["--lcov", "lines.info", "--junit", "tests.xml"];
    let from_files = [&["test-run", "WORK-1"], &files[..]].concat();
    for words in [
        &["assign", "WORK-1", "ada"][..],
        &["assign", "WORK-1", "--nobody"],
        &["start", "WORK-1"],
        &[
            "test-run",
            "WORK-1",
            "--coverage",
            "95",
            "--positive",
            "1",
            "--negative",
            "2",
            "--edge",
            "3",
        ],
        &from_files,
        &["approve", "WORK-1", "--actor", "agent:ben"],
        &["done", "WORK-1", "--resolution", "because"],
    ] {
        desk.done(words);
    }
    let table = desk.done(&["history", "WORK-1"]);
    for words in [
        "to ada",
        "from ada",
        "to tester",
        "coverage 95.00 % (claimed), 1 positive, 2 negative, 3 edge case (claimed)",
        "coverage 100.00 %, 1 positive, 1 negative, 1 edge case, from lines.info, tests.xml\n",
        "by agent:ben",
        "because",
    ] {
        assert!(table.contains(words), "{words} in {table}");
    }
}

#[test]
fn events_and_streams_come_line_by_line() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    desk.done(&["start", "WORK-1"]);
    let events = lines(&desk.done(&["events", "--format", "json"]));
    let positions: Vec<_> = events
        .iter()
        .map(|event| event["position"].clone())
        .collect();
    assert_eq!(positions, [1, 2, 3, 4]);
    assert_eq!(events[0]["payload"]["title"], "x");

    let narrowed = [
        "events",
        "--category",
        "work_item",
        "--type",
        "StatusChanged",
    ];
    let narrowed = lines(&desk.done(&[&narrowed[..], &["--format", "json"]].concat()));
    assert_eq!(narrowed.len(), 1);
    let one = lines(&desk.done(&["events", "--after", "1", "--limit", "1", "--format", "json"]));
    assert_eq!(one[0]["position"], 2);
    assert_eq!(desk.done(&["events"]).lines().count(), 4);

    let streams = lines(&desk.done(&["streams", "--format", "json"]));
    assert_eq!(streams.len(), 2);
    let items = lines(&desk.done(&["streams", "--category", "work_item", "--format", "json"]));
    assert_eq!(items[0]["version"], 3);
    assert_eq!(desk.done(&["streams"]).lines().count(), 2);
}

#[test]
fn control_sequences_do_not_reach_a_terminal() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let reason = "\u{1b}[2Jwiped";
    let run = desk.run(&["cancel", "WORK-1", "--reason", reason]);
    if run.code == Some(0) {
        for words in [&["show", "WORK-1"][..], &["history", "WORK-1"], &["events"]] {
            assert!(!desk.done(words).contains('\u{1b}'), "{words:?}");
        }
    } else {
        assert_eq!(run.code, Some(2));
    }
}

#[test]
fn check_and_backup_have_json_answers() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let report = desk.json(&["check"]);
    assert_eq!(
        (&report["clean"], &report["events"]),
        (&json!(true), &json!(2))
    );
    let copy = desk.path("copy.annals");
    let copy = copy.to_str().unwrap();
    assert_eq!(desk.json(&["backup", copy])["backup"], copy);
    assert_eq!(desk.json(&["--store", copy, "list"])[0]["title"], "x");
    assert_eq!(desk.refused(&["backup", copy]).0, 5);
    assert!(desk.done(&["check"]).contains("2 events"));
}
