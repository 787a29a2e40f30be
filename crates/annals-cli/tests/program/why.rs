//! The command `why`, and the hints of refused completions.

use serde_json::{Value, json};

use crate::program::Desk;

pub(crate) fn with_story() -> Desk {
    let desk = Desk::new();
    desk.done(&["add", "Write", "--risk", "T2"]);
    desk.done(&["start", "WORK-1", "--actor", "ben"]);
    desk.done(&["note", "WORK-1", "no part of the reason"]);
    desk.done(&["block", "WORK-1", "--reason", "no figures yet"]);
    desk
}

fn kinds(hindrances: &Value) -> Vec<&str> {
    let all = hindrances.as_array().unwrap().iter();
    all.map(|one| one["kind"].as_str().unwrap()).collect()
}

#[test]
fn why_prints_the_events_and_the_hindrances() {
    let desk = with_story();
    let why = desk.json(&["why", "WORK-1"]);
    assert_eq!(why["item"]["status"], "blocked");
    let chain = why["chain"].as_array().unwrap();
    let versions: Vec<_> = chain.iter().map(|link| link["version"].clone()).collect();
    assert_eq!(versions, [1, 2, 5]);
    assert_eq!(chain[1]["actor"]["name"], "ben");
    assert_eq!(chain[2]["payload"]["reason"], "no figures yet");
    for name in [
        "recorded_at",
        "event_id",
        "event_type",
        "correlation",
        "causation",
    ] {
        assert!(chain.iter().all(|link| link[name].is_string()), "{name}");
    }
    assert!(chain.iter().all(|link| link["bearing"] == "status"));
    assert_eq!(
        kinds(&why["hindrances"]),
        [
            "not_in_progress",
            "no_test_run",
            "no_positive_tests",
            "no_negative_tests",
            "coverage"
        ]
    );
    let toon = desk.toon(&["why", "WORK-1"]);
    assert_eq!(kinds(&toon["hindrances"]), kinds(&why["hindrances"]));

    let human = desk.done(&["why", "WORK-1"]);
    for words in [
        "Write: blocked",
        "in_progress → blocked: no figures yet",
        "ben",
        "it is blocked",
    ] {
        assert!(human.contains(words), "{words} in {human}");
    }
    assert!(!human.contains("no part of the reason"), "{human}");
}

#[test]
fn the_missing_coverage_is_printed() {
    let desk = with_story();
    desk.done(&["unblock", "WORK-1"]);
    let run = ["--positive", "2", "--negative", "1", "--coverage", "72.25"];
    desk.done(&[&["test-run", "WORK-1"], &run[..]].concat());
    let gap = json!({
        "kind": "coverage", "gate": "L1",
        "required_percent": 80.0, "found_percent": 72.25, "gap_percent": 7.75,
    });
    assert_eq!(desk.json(&["why", "WORK-1"])["hindrances"], json!([gap]));
    let (code, error) = desk.refused(&["done", "WORK-1"]);
    assert_eq!((code, &error["hindrances"]), (3, &json!([gap])));
    let told = desk.run(&["done", "WORK-1"]).err;
    assert!(
        told.contains("coverage 72.25 % is below 80.00 %: 7.75 % to go"),
        "{told}"
    );

    desk.done(&[
        "test-run",
        "WORK-1",
        "--positive",
        "2",
        "--negative",
        "1",
        "--coverage",
        "80",
    ]);
    assert_eq!(desk.json(&["why", "WORK-1"])["hindrances"], json!([]));
    let human = desk.done(&["why", "WORK-1"]);
    assert!(
        human.ends_with("nothing prevents its completion\n"),
        "{human}"
    );
    desk.done(&["done", "WORK-1"]);
    let why = desk.json(&["why", "WORK-1"]);
    assert_eq!(why["hindrances"], json!(null));
    let evidence = why["chain"].as_array().unwrap().iter();
    assert_eq!(
        evidence
            .filter(|link| link["bearing"] == "evidence")
            .count(),
        1
    );
    assert!(!desk.done(&["why", "WORK-1"]).contains("completion\n"));
}

#[test]
fn the_hint_for_a_refused_completion_fits_the_status() {
    let desk = Desk::new();
    desk.done(&["add", "x", "--type", "spike"]);
    let hint = || desk.refused(&["done", "WORK-1"]).1["hint"].clone();
    assert_eq!(hint(), "start it first with `annals start ITEM`");
    desk.done(&["start", "WORK-1"]);
    desk.done(&["block", "WORK-1", "--reason", "r"]);
    assert_eq!(hint(), "continue it first with `annals unblock ITEM`");
    desk.done(&["unblock", "WORK-1"]);
    desk.done(&["done", "WORK-1"]);
    assert!(
        desk.refused(&["done", "WORK-1"])
            .1
            .get("hindrances")
            .is_none()
    );
}

#[test]
fn both_directions_of_a_dependency_are_shown() {
    let desk = Desk::new();
    for title in ["Paint", "Choose", "Buy"] {
        desk.done(&["add", title]);
    }
    desk.done(&["depend", "WORK-1", "--on", "WORK-2", "--actor", "ada"]);
    desk.done(&["depend", "WORK-3", "--on", "WORK-2", "--kind", "relates"]);
    let why = desk.json(&["why", "WORK-1"]);
    let added = &why["chain"][1];
    assert_eq!(added["event_type"], "DependencyAdded");
    assert_eq!(
        (&added["bearing"], &added["actor"]["name"]),
        (&json!("dependency"), &json!("ada"))
    );
    assert_eq!(why["dependents"], json!([]));

    let why = desk.json(&["why", "WORK-2"]);
    let dependents = why["dependents"].as_array().unwrap().iter();
    let found: Vec<_> = dependents
        .map(|one| [&one["number"], &one["kind"], &one["status"], &one["title"]])
        .collect();
    let expected = [
        ["WORK-001", "blocks", "pending", "Paint"],
        ["WORK-003", "relates", "pending", "Buy"],
    ];
    assert_eq!(found, expected);
    let waits = |why: &Value| [0, 1].map(|index| why["dependents"][index]["waits"].clone());
    assert_eq!(waits(&why), [json!(true), json!(false)]);
    let human = desk.done(&["why", "WORK-2"]);
    let lines = "\n\nthese items wait for it:\n  - WORK-001 Paint: pending\n\n\
                 these items are related to it:\n  - WORK-003 Buy: pending\n";
    assert!(human.ends_with(lines), "{human}");
    desk.done(&["cancel", "WORK-2", "--reason", "r"]);
    let closed = desk.json(&["why", "WORK-2"]);
    assert_eq!(waits(&closed), [json!(false), json!(false)]);
    let human = desk.done(&["why", "WORK-2"]);
    let lines = "\n\nthese items depended on it:\n  - WORK-001 Paint: pending\n\n\
                 these items are related to it:\n  - WORK-003 Buy: pending\n";
    assert!(human.ends_with(lines), "{human}");
    desk.done(&["undepend", "WORK-1", "--on", "WORK-2"]);
    assert_eq!(
        desk.json(&["why", "WORK-2"])["dependents"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
