//! `what-if`: the effect of a command, and nothing written.

use serde_json::json;

use crate::program::Desk;

/// The names and bytes of the files of the desk.
fn files(desk: &Desk) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = std::fs::read_dir(desk.path(""))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn the_items_may_stand_before_the_command() {
    let desk = Desk::new();
    for title in ["one", "two"] {
        desk.done(&["add", title]);
    }
    let because = ["--reason", "r"];
    for (items_first, command_first) in [
        (
            &["what-if", "1", "--", "start"][..],
            &["what-if", "start", "1"][..],
        ),
        (
            &["what-if", "1", "WORK-2", "--", "cancel"],
            &["what-if", "cancel", "1", "WORK-2"],
        ),
        (
            &["what-if", "1", "--", "note", "start"],
            &["what-if", "note", "1", "start"],
        ),
        (
            &["what-if", "1", "2", "--", "note", "- a text"],
            &["what-if", "note", "1", "- a text", "--also", "2"],
        ),
        (
            &["what-if", "1", "2", "--", "assign", "bob"],
            &["what-if", "assign", "1", "bob", "--also", "2"],
        ),
        (
            &["what-if", "1", "--", "retitle", "-5 % off"],
            &["what-if", "retitle", "1", "-5 % off"],
        ),
    ] {
        let more: &[&str] = match command_first[1] {
            "cancel" => &because,
            _ => &[],
        };
        let asked = |words: &[&str]| desk.json(&[words, more].concat())["items"].clone();
        let answer = asked(items_first);
        assert!(answer[0]["item"]["number"].is_string(), "{answer}");
        let items = command_first
            .iter()
            .filter(|word| ["1", "2", "WORK-2"].contains(word));
        assert_eq!(
            answer.as_array().unwrap().len(),
            items.count(),
            "{items_first:?}"
        );
        let shown = |answer: &serde_json::Value| answer[0]["item"]["status"].clone();
        assert_eq!(
            shown(&answer),
            shown(&asked(command_first)),
            "{items_first:?}"
        );
    }
    assert_eq!(desk.json(&["check"])["events"], 4);
    // A text behind the dashes of a command stays where it is.
    let note = desk.done(&["what-if", "note", "1", "--", "start"]);
    assert!(note.contains("note added"), "{note}");
    for words in [
        &["what-if", "1", "--"][..],
        &["what-if", "1", "--", "show"],
        &["what-if", "--", "done"],
        &["what-if", "1", "--", "add", "--on", "2"],
    ] {
        assert_eq!(desk.refused(words).0, 2, "{words:?}");
    }
}

#[test]
fn the_events_and_the_state_are_shown_and_no_byte_is_written() {
    let desk = Desk::new();
    desk.done(&["add", "one", "--risk", "T2"]);
    let before = files(&desk);
    let answer = desk.json(&["what-if", "start", "1", "--actor", "agent:b"]);
    let events = answer["would_record"].as_array().unwrap();
    let types: Vec<_> = events.iter().map(|event| &event["event_type"]).collect();
    assert_eq!(types, ["StatusChanged", "WorkItemClaimed"]);
    let claim = events[1]["what"].as_str().unwrap();
    assert!(claim.starts_with("by agent:b until "), "{claim}");
    let after = &answer["items"][0];
    assert_eq!(
        (&after["item"]["status"], &after["item"]["version"]),
        (&json!("in_progress"), &json!(3))
    );
    let kinds = after["hindrances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["kind"]);
    assert_eq!(kinds.collect::<Vec<_>>()[0], "no_test_run");
    for words in [
        &["what-if", "add", "two", "--on", "1"][..],
        &["what-if", "note", "1", "n"],
        &["--read-only", "what-if", "cancel", "1", "--reason", "r"],
        &["what-if", "assign", "1", "ada", "--format", "toon"],
    ] {
        desk.done(words);
    }
    let text = desk.done(&["what-if", "start", "1"]);
    assert!(
        text.starts_with("nothing is written; the command would record 2 event(s):\n"),
        "{text}"
    );
    assert!(
        text.contains("WORK-001 one: in_progress, version 3"),
        "{text}"
    );
    assert_eq!(files(&desk), before);
}

#[test]
fn a_refusal_is_that_of_the_command() {
    let desk = Desk::new();
    desk.done(&["add", "one", "--risk", "T2"]);
    desk.done(&["start", "1"]);
    let before = files(&desk);
    assert_eq!(
        desk.refused(&["what-if", "done", "1"]),
        desk.refused(&["done", "1"])
    );
    assert_eq!(desk.refused(&["what-if", "show", "1"]).0, 2);
    assert_eq!(files(&desk), before);
    assert_eq!(
        Desk::new().refused(&["what-if", "add", "x"]).0,
        5,
        "there is no store"
    );
}

#[test]
fn the_items_that_become_ready_and_those_that_do_not_stay_so_are_named() {
    let desk = Desk::new();
    desk.done(&["add", "Find out", "--type", "spike"]);
    desk.done(&["add", "Build it", "--on", "1"]);
    desk.done(&["add", "Sell it"]);
    let answer = desk.json(&["what-if", "start", "1"]);
    assert_eq!(answer["no_longer_ready"][0]["number"], "WORK-001");
    assert_eq!(answer["now_ready"], json!([]));
    desk.done(&["start", "1"]);
    let answer = desk.json(&["what-if", "done", "1"]);
    assert_eq!(answer["now_ready"][0]["title"], "Build it");
    assert_eq!(answer["no_longer_ready"], json!([]));
    let text = desk.done(&["what-if", "depend", "3", "--on", "2"]);
    assert!(
        text.ends_with("not ready any more: WORK-003 Sell it\n"),
        "{text}"
    );
    let added = desk.json(&["what-if", "add", "Pack it"]);
    assert_eq!(added["now_ready"][0]["number"], "WORK-004");
    assert_eq!(desk.done(&["ready", "--ids"]), "WORK-003\n");
    let rows = desk.json(&["ready", "--fields", "title,unblocks"]);
    assert_eq!(rows, json!([{"title": "Sell it", "unblocks": 0}]));
}

#[test]
fn the_claim_and_the_queue_after_a_command_are_those_of_the_command_itself() {
    let desk = Desk::new();
    desk.done(&["add", "one"]);
    let agent = |words: &[&str]| desk.json(&[words, &["--actor", "agent:a"]].concat());
    agent(&["claim", "1", "--for", "1s"]);
    while desk.json(&["ready", "--ids"]) == json!([]) {
        std::thread::yield_now();
    }
    // The command renews the claim, so the item is not ready for others any more.
    let others = desk.json(&["what-if", "note", "1", "x", "--actor", "agent:b"]);
    assert_eq!(others["no_longer_ready"], json!([]));
    let view = agent(&["what-if", "note", "1", "x"]);
    assert_eq!(desk.json(&["ready", "--ids"]).as_array().unwrap().len(), 1);
    let item = &view["items"][0]["item"];
    assert_eq!(view["no_longer_ready"][0]["number"], "WORK-001", "{view}");
    let end = |item: &serde_json::Value| item["claim"]["until"].as_str().unwrap().to_owned();
    let before = end(&desk.json(&["show", "1"]));
    assert!(end(item) > before, "{item}");
    // So does a difference up to now have the end with its renewals.
    agent(&["note", "1", "y", "--expect", "2"]);
    let shown = desk.json(&["show", "1"]);
    let changes = desk.json(&["diff", "1", "--from", "1"])["changes"].clone();
    let claim = changes
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["field"] == "claim");
    assert_eq!(claim.unwrap()["to"], shown["claim"]);
    assert!(end(&shown) > before);
}
