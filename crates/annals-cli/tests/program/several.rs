//! One command on several items: all of them are changed, or none.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::program::Desk;

fn desk() -> Desk {
    let desk = Desk::new();
    for title in ["one", "two", "three"] {
        desk.done(&["add", title]);
    }
    desk
}

fn statuses(desk: &Desk) -> Vec<String> {
    let list = desk.json(&["list", "--fields", "status"]);
    let list = list.as_array().unwrap().iter();
    list.map(|item| item["status"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_command_changes_several_items_in_one_append() {
    let desk = desk();
    let answers = desk.json(&["start", "1", "2", "WORK-3"]);
    let numbers: Vec<_> = answers
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["item"]["number"])
        .collect();
    assert_eq!(numbers, ["WORK-001", "WORK-002", "WORK-003"]);
    assert_eq!(statuses(&desk), ["in_progress"; 3]);
    let events = desk.done(&["events", "--after", "6", "--format", "json"]);
    let events = events
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let times: Vec<_> = events
        .map(|event| event["recorded_at"].to_string())
        .collect();
    assert_eq!(times.len(), 6);
    assert_eq!(
        times.iter().collect::<BTreeSet<_>>().len(),
        1,
        "an append has one time"
    );
    let text = desk.done(&["block", "1", "3", "--reason", "no power"]);
    assert!(
        text.contains("WORK-001") && text.contains("WORK-003"),
        "{text}"
    );
    assert_eq!(statuses(&desk), ["blocked", "in_progress", "blocked"]);
    desk.done(&["prioritise", "1", "2", "high"]);
    desk.done(&["depend", "2", "3", "--on", "1"]);
    let listed = desk.json(&["list", "--priority", "high", "--ids"]);
    assert_eq!(listed, json!(["WORK-001", "WORK-002"]));
}

#[test]
fn if_one_item_refuses_the_command_none_is_changed() {
    let desk = desk();
    desk.done(&["start", "2"]);
    let head = desk.json(&["check"])["events"].clone();
    let (code, error) = desk.refused(&["start", "1", "2", "404", "3"]);
    assert_eq!((code, &error["kind"]), (3, &json!("refused")));
    let refused = error["refused"].as_array().unwrap();
    let items: Vec<_> = refused
        .iter()
        .map(|one| one["item"].as_str().unwrap())
        .collect();
    assert_eq!(items, ["WORK-002", "WORK-404"]);
    assert!(refused[0]["hint"].is_string(), "{error}");
    assert_eq!(desk.json(&["check"])["events"], head);
    let run = desk.run(&["start", "1", "2", "404", "3"]);
    for words in [
        "2 of 4 items refused",
        "  - WORK-002: ",
        "  - WORK-404: there is no item",
    ] {
        assert!(run.err.contains(words), "{}", run.err);
    }
    let (code, error) = desk.refused(&["start", "1", "3", "--expect", "1"]);
    assert_eq!(code, 2, "{error}");
}

#[test]
fn claims_assignments_notes_and_test_results_take_several_items() {
    let desk = desk();
    let commands: [(&[&str], &str); 5] = [
        (&["claim", "1", "2", "3"], "WorkItemClaimed"),
        (&["release", "1", "2", "3"], "ClaimReleased"),
        (&["assign", "1", "ada", "--also", "2,3"], "WorkItemAssigned"),
        (
            &["note", "1", "half", "--also", "2", "--also", "3"],
            "NoteAdded",
        ),
        (
            &["test-run", "1", "2", "3", "--positive", "6"],
            "TestSuiteExecuted",
        ),
    ];
    for (words, event_type) in commands {
        let answers = desk.json(words);
        let answers = answers.as_array().unwrap().iter();
        let changed: Vec<_> = answers
            .map(|it| {
                (
                    it["item"]["number"].as_str(),
                    it["changes"][0]["event_type"].as_str(),
                )
            })
            .collect();
        let all = ["WORK-001", "WORK-002", "WORK-003"];
        assert_eq!(
            changed,
            all.map(|number| (Some(number), Some(event_type))),
            "{words:?}"
        );
    }
    desk.done(&["assign", "1", "--nobody", "--also", "2,3"]);
    // One item refuses, so none is changed.
    desk.done(&["claim", "2", "--actor", "agent:two"]);
    let head = desk.json(&["check"])["events"].clone();
    for words in [
        &["claim", "1", "2", "--actor", "agent:one"][..],
        &["note", "1", "half", "--also", "404"],
        &[
            "assign",
            "1",
            "--nobody",
            "--also",
            "2",
            "--actor",
            "agent:one",
        ],
    ] {
        let (code, error) = desk.refused(words);
        let refused = error["refused"].as_array().unwrap();
        assert_eq!((code, refused.len()), (3, 1), "{words:?}");
    }
    assert_eq!(desk.json(&["check"])["events"], head);
}

#[test]
fn a_claim_that_is_refused_for_one_item_lengthens_no_other_claim() {
    let desk = desk();
    desk.done(&["claim", "1", "--actor", "agent:other"]);
    desk.done(&["claim", "3", "--actor", "agent:one", "--for", "10m"]);
    for key in [&[][..], &["--key", "k"]] {
        let words = ["claim", "3", "1", "--for", "100h", "--actor", "agent:one"];
        assert_eq!(desk.refused(&[&words[..], key].concat()).0, 3);
        let claim = desk.json(&["show", "3"])["claim"].clone();
        let time = |field: &str| claim[field].as_str().unwrap().parse::<Timestamp>().unwrap();
        assert!(
            time("until").duration_since(time("since")).as_hours() < 1,
            "{claim}"
        );
    }
    // A claim that is granted has the new length.
    desk.done(&["claim", "3", "2", "--for", "100h", "--actor", "agent:one"]);
    let claim = desk.json(&["show", "3"])["claim"].clone();
    let time = |field: &str| claim[field].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(
        time("until").duration_since(time("since")).as_hours() > 90,
        "{claim}"
    );
}

#[test]
fn an_item_that_is_named_twice_is_changed_once() {
    let desk = desk();
    for words in [
        &["start", "1", "WORK-001"][..],
        &["note", "1", "hi", "--also", "1,WORK-1"],
        &["cancel", "2", "2", "2", "--reason", "r"],
    ] {
        desk.done(words);
    }
    desk.done(&["add", "four", "--on", "1,WORK-001", "--assignee", "ada"]);
    desk.done(&["cancel", "4", "--reason", "r"]);
    assert_eq!(desk.json(&["show", "1"])["notes"], 1);
    let statuses = statuses(&desk);
    assert_eq!(
        statuses,
        ["in_progress", "cancelled", "pending", "cancelled"]
    );
}

#[test]
fn an_item_sees_the_changes_of_those_before_it() {
    let desk = Desk::new();
    desk.done(&["add", "story", "--type", "story"]);
    desk.done(&["add", "task", "--parent", "1"]);
    desk.done(&["start", "1", "2"]);
    let evidence = ["--positive", "6", "--negative", "3", "--edge", "1"];
    for item in ["1", "2"] {
        desk.done(&[&["test-run", item], &evidence[..]].concat());
    }
    assert_eq!(
        desk.refused(&["done", "1", "2"]).0,
        3,
        "the story waits for its task"
    );
    assert_eq!(statuses(&desk), ["in_progress"; 2]);
    desk.done(&["done", "2", "1", "--resolution", "all is well"]);
    assert_eq!(statuses(&desk), ["done"; 2]);
}

#[test]
fn a_new_item_gets_its_parent_its_blockers_and_its_assignee_in_one_append() {
    let desk = desk();
    desk.done(&["add", "story", "--type", "story"]);
    let words = [
        "add",
        "four",
        "--parent",
        "4",
        "--on",
        "1,2",
        "--on",
        "3",
        "--assignee",
        "agent:b",
    ];
    let answer = desk.json(&words);
    assert_eq!(
        (&answer["recorded"], &answer["item"]["version"]),
        (&json!(5), &json!(5))
    );
    assert_eq!(answer["item"]["assignee"], "agent:b");
    assert_eq!(answer["item"]["dependencies"].as_array().unwrap().len(), 3);
    assert_eq!(answer["changed_parent"]["number"], "WORK-004");
    let (code, _) = desk.refused(&["add", "five", "--on", "404", "--assignee", "ada"]);
    assert_eq!(code, 3);
    assert_eq!(desk.json(&["add", "five"])["item"]["number"], "WORK-006");
    // A store is created for such an item, too.
    let other = Desk::new();
    let answer = other.json(&["add", "one", "--assignee", "ada"]);
    assert!(answer["created_store"].is_string(), "{answer}");
}
