//! The commands `why` and `diff`.

use serde_json::{Value, json};

use crate::program::{Desk, finish};

fn with_story() -> Desk {
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
fn a_diff_prints_the_changed_fields() {
    let desk = with_story();
    let diff = desk.json(&["diff", "WORK-1", "--from", "1", "--to", "2"]);
    assert_eq!((&diff["from"], &diff["to"]), (&json!(1), &json!(2)));
    assert_eq!(diff["number"], "WORK-001");
    let fields: Vec<_> = diff["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["field"])
        .collect();
    assert_eq!(fields, ["status", "started_at"]);
    let status = json!({"field": "status", "from": "pending", "to": "in_progress"});
    assert_eq!(diff["changes"][0], status);
    assert_eq!(diff["changes"][1]["from"], json!(null));

    let backwards = desk.json(&["diff", "WORK-1", "--from", "2", "--to", "1"]);
    assert_eq!(backwards["changes"][0]["to"], "pending");
    let human = desk.done(&["diff", "WORK-1", "--from", "2"]);
    for words in ["version 2 → 5", "in_progress  blocked", "no figures yet"] {
        assert!(human.contains(words), "{words} in {human}");
    }
    assert_eq!(
        desk.toon(&["diff", "WORK-1", "--from", "1", "--to", "2"]),
        diff
    );
}

#[test]
fn a_diff_ends_at_the_present_by_default() {
    let desk = with_story();
    let now = desk.json(&["diff", "WORK-1", "--from", "1"]);
    assert_eq!(now["to"], 5);
    for to in ["now", "5", "2999-01-01"] {
        assert_eq!(
            desk.json(&["diff", "WORK-1", "--from", "1", "--to", to]),
            now,
            "{to}"
        );
    }
    let nothing = ["diff", "WORK-1", "--from", "5"];
    assert_eq!(desk.json(&nothing)["changes"], json!([]));
    assert!(desk.done(&nothing).contains("nothing changed"));
}

#[test]
fn programs_are_told_the_same_hindrances_everywhere() {
    let desk = Desk::new();
    desk.done(&["add", "Paint"]);
    desk.done(&["add", "Choose"]);
    desk.done(&["depend", "WORK-1", "--on", "WORK-2"]);
    for status in ["pending", "in_progress", "blocked"] {
        match status {
            "in_progress" => desk.done(&["start", "WORK-1"]),
            "blocked" => desk.done(&["block", "WORK-1", "--reason", "r"]),
            _ => String::new(),
        };
        let (code, error) = desk.refused(&["done", "WORK-1"]);
        assert_eq!(code, 3, "{status}");
        let why = desk.json(&["why", "WORK-1"]);
        assert_eq!(why["hindrances"], error["hindrances"], "{status}");
        let first = json!({"kind": "not_in_progress", "status": status});
        assert_eq!(why["hindrances"][0] == first, status != "in_progress");
        let context = desk.json(&["context", "WORK-1"]);
        let (told, found) = (&context["hinders"], &why["hindrances"]);
        assert_eq!(
            told.as_array().unwrap().len(),
            found.as_array().unwrap().len()
        );
        let is_named = told[0]["what"] == json!(format!("it is {status}"));
        assert_eq!(is_named, status != "in_progress", "{context}");
    }
    let told = desk.run(&["done", "WORK-1"]).err;
    assert!(
        told.contains("  - it is blocked\n  - blocker WORK-002"),
        "{told}"
    );
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

#[test]
fn invalid_moments_are_refused() {
    let desk = with_story();
    for (words, code) in [
        (&["diff", "WORK-1"][..], 2),
        (&["diff", "WORK-1", "--from", "yesterday"], 3),
        (&["diff", "WORK-1", "--from", "tomorrow"], 2),
        (&["diff", "WORK-1", "--from", "2 hours"], 2),
        (&["diff", "WORK-1", "--from", "15000 years ago"], 2),
        (&["diff", "WORK-1", "--from", "1700000000"], 2),
        (&["diff", "WORK-1", "--from", "-1"], 2),
        (&["diff", "WORK-1", "--from", "0"], 3),
        (&["diff", "WORK-1", "--from", "6"], 3),
        (&["diff", "WORK-1", "--from", "1", "--to", "6"], 3),
        (&["diff", "WORK-1", "--from", "2020-01-01"], 3),
        (&["diff", "WORK-7", "--from", "1"], 3),
        (&["why", "WORK-7"], 3),
        (&["why"], 2),
        (&["why", "WORK-1", "--expect", "1"], 2),
    ] {
        assert_eq!(desk.refused(words).0, code, "{words:?}");
    }
}

#[test]
fn people_read_and_write_local_times_with_their_zone() {
    let desk = with_story();
    let at = |zone: &str, words: &[&str]| {
        let mut command = desk.command(words);
        command.env("TZ", zone);
        let run = finish(command.spawn().unwrap());
        assert_eq!(run.code, Some(0), "{words:?}: {}", run.err);
        run.out
    };
    assert!(at("UTC", &["show", "1"]).contains(" UTC\n"));
    assert!(at("Asia/Kolkata", &["show", "1"]).contains(" +05:30\n"));
    let history = at("Asia/Kolkata", &["history", "1"]);
    assert!(history.contains("when (Asia/Kolkata)"), "{history}");
    let events = at("Asia/Kolkata", &["events"]);
    assert!(events.contains(" +05:30  "), "{events}");
    let json = at("Asia/Kolkata", &["show", "1", "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let created = json["created_at"].as_str().unwrap();
    assert!(created.ends_with('Z'), "{json}");

    // The end of the minute of the creation in UTC, read as a time in Kolkata, is hours earlier.
    let created: jiff::Timestamp = created.parse().unwrap();
    let after = created
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .strftime("%Y-%m-%d %H:%M:59.999");
    let words = ["show", "1", "--as-of", &after.to_string()];
    assert!(at("UTC", &words).contains("status"));
    let mut command = desk.command(&words);
    command.env("TZ", "Asia/Kolkata");
    let early = finish(command.spawn().unwrap());
    assert_eq!(early.code, Some(3), "{early:?}");
    assert!(early.err.contains("59 +05:30\n"), "{early:?}");
    for words in [
        &["diff", "1", "--from", "2020-01-01"][..],
        &["diff", "1", "--from", "1", "--to", "2020-01-01"],
        &["context", "1", "--as-of", "2020-01-01"],
    ] {
        let error = desk.run(words).err;
        let expected = "there was no item WORK-001 yet at 2020-01-01 23:59:59 UTC\n";
        assert!(error.contains(expected), "{words:?}: {error}");
    }
}
