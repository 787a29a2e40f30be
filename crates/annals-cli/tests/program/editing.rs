//! Commands that edit an item.

use serde_json::json;

use crate::program::{Desk, finish};

fn with_item() -> Desk {
    let desk = Desk::new();
    desk.done(&["add", "Write"]);
    desk
}

#[test]
fn title_description_and_priority_are_changed() {
    let desk = with_item();
    let item = |words: &[&str]| desk.json(words)["item"].clone();
    assert_eq!(item(&["retitle", "WORK-1", "Read"])["title"], "Read");
    assert_eq!(
        item(&["describe", "WORK-1", "two\nlines"])["description"],
        "two\nlines"
    );
    assert_eq!(
        item(&["describe", "WORK-1", "--none"])["description"],
        json!(null)
    );
    assert_eq!(
        item(&["prioritise", "WORK-1", "critical"])["priority"],
        "critical"
    );
    assert_eq!(item(&["prioritize", "WORK-1", "LOW"])["priority"], "low");
}

#[test]
fn a_change_to_the_present_value_records_nothing() {
    let desk = with_item();
    for words in [
        &["retitle", "WORK-1", "Write"][..],
        &["prioritise", "WORK-1", "medium"],
        &["describe", "WORK-1", "--none"],
    ] {
        assert_eq!(desk.json(words)["recorded"], 0, "{words:?}");
    }
    assert!(
        desk.done(&["retitle", "WORK-1", "Write"])
            .contains("unchanged")
    );
}

#[test]
fn an_answer_has_the_changes_and_the_new_version() {
    let desk = with_item();
    desk.done(&["add", "Other"]);
    for (words, answer) in [
        (
            &["retitle", "WORK-1", "Read"][..],
            "Read: pending, version 2 (retitled)",
        ),
        (
            &["prioritise", "WORK-1", "low"],
            "version 3 (priority medium → low)",
        ),
        (&["describe", "WORK-1", "d"], "version 4 (described)"),
        (
            &["describe", "WORK-1", "--none"],
            "version 5 (description removed)",
        ),
        (&["note", "WORK-1", "n"], "version 6 (note added)"),
        (&["note", "WORK-1", "n"], "version 7 (note added)"),
        (
            &["depend", "WORK-1", "--on", "WORK-2"],
            "version 8 (blocked by WORK-002)",
        ),
        (
            &["undepend", "WORK-1", "--on", "WORK-2"],
            "version 9 (no longer blocked by WORK-002)",
        ),
        (&["retitle", "WORK-1", "Read"], "version 9 (unchanged)"),
        (
            &["test-run", "WORK-1", "--positive", "2"],
            "version 10 (test run: 2 positive, 0 negative, 0 edge case (claimed))",
        ),
        (
            &["cancel", "WORK-1", "--reason", "r"],
            "version 11 (pending → cancelled)",
        ),
    ] {
        let told = desk.done(words);
        assert!(told.ends_with(&format!("{answer}\n")), "{words:?}: {told}");
    }
    let noted = desk.json(&["note", "WORK-2", "n"]);
    assert_eq!(
        noted["changes"],
        json!([{"event_type": "NoteAdded", "what": "n"}])
    );
    assert_eq!(noted["item"]["version"], 2);
}

#[test]
fn notes_are_counted_and_kept() {
    let desk = with_item();
    desk.done(&["note", "WORK-1", "first", "--actor", "ada"]);
    assert_eq!(desk.json(&["note", "WORK-1", "first"])["item"]["notes"], 2);
    desk.done(&["cancel", "WORK-1", "--reason", "no need"]);
    desk.done(&["note", "WORK-1", "still\nworth a note"]);
    assert_eq!(desk.json(&["show", "WORK-1"])["notes"], 3);
    let history = desk.json(&["history", "WORK-1"]);
    assert_eq!(history[1]["payload"]["text"], "first");
    assert_eq!(history[1]["actor"]["name"], "ada");
    let shown = desk.done(&["show", "WORK-1"]);
    assert!(shown.contains("notes       3"), "{shown}");
    assert!(shown.contains("  ada\n    first\n\n"), "{shown}");
    assert!(
        shown.ends_with("  tester\n    still\n    worth a note\n"),
        "{shown}"
    );
    let texts = desk.json(&["show", "WORK-1"])["note_texts"].clone();
    assert_eq!(texts.as_array().unwrap().len(), 3);
    assert_eq!(
        (&texts[2]["text"], &texts[2]["version"]),
        (&json!("still\nworth a note"), &json!(5))
    );
    let then = desk.json(&["show", "WORK-1", "--as-of", "2"]);
    assert_eq!(then["note_texts"].as_array().unwrap().len(), 1);
}

#[test]
fn a_text_that_begins_with_a_dash_comes_after_two_dashes() {
    let desk = with_item();
    desk.done(&["note", "WORK-1", "--", "-5 degrees"]);
    desk.done(&["add", "--", "--help is wrong"]);
    desk.done(&["retitle", "WORK-1", "--", "-v"]);
    desk.done(&["cancel", "WORK-1", "--reason=-1 is no number"]);
    assert_eq!(desk.json(&["show", "WORK-1"])["title"], "-v");
    assert_eq!(desk.json(&["show", "WORK-2"])["title"], "--help is wrong");
    let history = desk.json(&["history", "WORK-1"]);
    assert_eq!(history[1]["payload"]["text"], "-5 degrees");
    assert_eq!(history[3]["payload"]["reason"], "-1 is no number");
}

#[test]
fn a_closed_item_refuses_edits() {
    let desk = with_item();
    desk.done(&["cancel", "WORK-1", "--reason", "no need"]);
    for words in [
        &["retitle", "WORK-1", "Read"][..],
        &["describe", "WORK-1", "text"],
        &["prioritise", "WORK-1", "high"],
    ] {
        assert_eq!(desk.refused(words).0, 3, "{words:?}");
    }
}

#[test]
fn an_old_version_is_a_conflict_for_every_edit() {
    let desk = with_item();
    desk.done(&["add", "Other"]);
    desk.done(&["note", "WORK-1", "one", "--expect", "1"]);
    for words in [
        &["note", "WORK-1", "two"][..],
        &["retitle", "WORK-1", "Read"],
        &["describe", "WORK-1", "text"],
        &["prioritise", "WORK-1", "high"],
        &["depend", "WORK-1", "--on", "WORK-2"],
        &["test-run", "WORK-1", "--positive", "1"],
    ] {
        let (code, error) = desk.refused(&[words, &["--expect", "1"]].concat());
        assert_eq!(code, 4, "{words:?}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("WORK-001"), "{words:?}: {message}");
    }
    assert_eq!(desk.json(&["show", "WORK-1"])["version"], 2);
}

#[test]
fn wrong_arguments_are_wrong_usage() {
    let desk = with_item();
    let long = "n".repeat(10_001);
    for words in [
        &["retitle", "WORK-1"][..],
        &["retitle", "WORK-1", "two\nlines"],
        &["retitle", "WORK-1", " "],
        &["describe", "WORK-1"],
        &["describe", "WORK-1", "text", "--none"],
        &["describe", "WORK-1", ""],
        &["prioritise", "WORK-1"],
        &["prioritise", "WORK-1", "urgent"],
        &["note", "WORK-1"],
        &["note", "WORK-1", "\n"],
        &["note", "WORK-1", &long],
        &["note", "nothing", "text"],
        &["depend", "WORK-1"],
        &["depend", "WORK-1", "--on", "WORK-0"],
        &["depend", "WORK-1", "--on", "WORK-2", "--kind", "needs"],
        &["undepend", "WORK-1"],
        &["undepend", "WORK-1", "--on", "WORK-2", "--kind", "blocks"],
    ] {
        assert_eq!(desk.refused(words).0, 2, "{words:?}");
    }
    assert_eq!(desk.json(&["show", "WORK-1"])["version"], 1);
}

#[test]
fn a_small_number_names_the_item_with_that_number() {
    let desk = with_item();
    desk.done(&["start", "1"]);
    assert_eq!(desk.json(&["show", "001"])["status"], "in_progress");
    let other = desk.json(&["add", "x", "--type", "spike"]);
    desk.done(&["depend", "1", "--on", "2"]);
    assert_eq!(
        desk.json(&["show", "1"])["dependencies"][0]["number"],
        "WORK-002"
    );
    let id = other["item"]["id"].as_str().unwrap();
    assert_eq!(desk.json(&["show", id])["number"], "WORK-002");
    for other in ["WORK-9", "383360171960696832", "9"] {
        let hint = desk.refused(&["start", other]).1["hint"].clone();
        assert_eq!(hint, "`annals list` shows all items", "{other}");
    }
    assert_eq!(desk.refused(&["start", "0"]).0, 2);
}

#[test]
fn all_concurrent_edits_of_an_item_succeed() {
    let desk = with_item();
    let people: Vec<_> = (0..30)
        .map(|number| {
            let mut command = desk.command(&["note", "WORK-1", &format!("note {number}")]);
            command.spawn().unwrap()
        })
        .collect();
    for one in people {
        let run = finish(one);
        assert_eq!(run.code, Some(0), "{}", run.err);
    }
    assert_eq!(desk.json(&["show", "WORK-1"])["notes"], 30);
}
