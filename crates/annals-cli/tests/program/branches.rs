//! `annals import --merge`: a store that grew on another branch.

use serde_json::{Value, json};

use crate::program::Desk;
use crate::served::Served;

/// A store with one item, and a copy of it; then each gets an item of its own.
fn branches() -> Desk {
    let desk = Desk::new();
    desk.done(&["add", "Write the report"]);
    std::fs::copy(desk.store(), desk.path("other.annals")).unwrap();
    desk.done(&["add", "Read it here"]);
    other(&desk, &["add", "Read it there", "--on", "1"]);
    desk
}

/// A command on the other branch.
fn other(desk: &Desk, words: &[&str]) -> Value {
    desk.json(&[&["--store", "other.annals"], words].concat())
}

#[test]
fn a_new_item_of_the_other_branch_gets_the_next_number() {
    let desk = branches();
    other(&desk, &["start", "1"]);
    let merged = desk.json(&["import", "--merge", "other.annals"]);
    assert_eq!(merged["renumbered"][0]["from"], "WORK-002");
    assert_eq!(merged["renumbered"][0]["number"], "WORK-003");
    assert_eq!(merged["changed_items"][0]["number"], "WORK-001");
    let shown = desk.json(&["show", "3"]);
    assert_eq!(
        (&shown["title"], &shown["aliases"]),
        (&"Read it there".into(), &json!(["WORK-002"]))
    );
    assert_eq!(shown["dependencies"][0]["number"], "WORK-001");
    assert_eq!(desk.json(&["show", "1"])["status"], "in_progress");
    // The number itself stays with the item of this store, and a note names the other one.
    let run = desk.run(&["show", "WORK-002"]);
    assert!(run.out.starts_with("WORK-002 Read it here"), "{run:?}");
    assert_eq!(run.err, "note: WORK-003 was WORK-002 before a merge\n");
    let found = desk.json(&["search", "WORK-002", "--fields", "number"]);
    assert_eq!(
        found,
        json!([{ "number": "WORK-002" }, { "number": "WORK-003" }])
    );
    let text = desk.done(&["import", "--merge", "other.annals"]);
    assert_eq!(text, "merged 0 events; 5 were there already\n");
    assert_eq!(desk.json(&["check"])["clean"], true);
}

#[test]
fn an_export_of_the_other_branch_is_merged_like_the_store() {
    let desk = branches();
    other(&desk, &["export", "other.jsonl"]);
    let merged = desk.done(&["import", "--merge", "other.jsonl"]);
    assert!(
        merged.contains("WORK-002 of the other store is now WORK-003"),
        "{merged}"
    );
    let rest = desk.run(&[
        "--store",
        "other.annals",
        "export",
        "rest.jsonl",
        "--after",
        "2",
    ]);
    assert_eq!(rest.code, Some(0));
    let (code, _) = desk.refused(&["import", "--merge", "rest.jsonl"]);
    assert_eq!(code, 2);
}

#[test]
fn an_item_that_both_branches_changed_refuses_the_merge_by_name() {
    let desk = branches();
    desk.done(&["start", "1"]);
    other(&desk, &["retitle", "1", "Write a report"]);
    let before = desk.done(&["export"]);
    let (code, error) = desk.refused(&["import", "--merge", "other.annals"]);
    assert_eq!((code, error["kind"].as_str()), (4, Some("conflict")));
    assert_eq!(error["clashes"][0]["number"], "WORK-001");
    assert_eq!(error["clashes"][0]["kind"], "both_changed");
    let message = error["message"].as_str().unwrap();
    assert_eq!(
        message,
        "nothing of other.annals was merged: WORK-001: both stores changed it"
    );
    assert_eq!(desk.done(&["export"]), before);
}

#[test]
fn a_store_that_is_missing_or_no_store_is_refused() {
    let desk = branches();
    for name in ["nowhere.annals", "."] {
        let (code, error) = desk.refused(&["import", "--merge", name]);
        assert_eq!(code, 2, "{name}: {error}");
    }
    std::fs::write(desk.path("text"), "hello\n").unwrap();
    let (code, error) = desk.refused(&["import", "--merge", "text"]);
    assert_eq!(code, 2, "{error}");
}

#[test]
fn a_branch_in_a_file_is_merged_into_a_database() {
    let Some(served) = Served::new() else { return };
    let desk = branches();
    let address = &served.address;
    desk.done(&["init", "--store", address]);
    let merged = desk.json(&["import", "--merge", "other.annals", "--store", address]);
    assert_eq!(merged["new_items"].as_array().unwrap().len(), 2);
    let titles = desk.json(&["list", "--fields", "title", "--store", address]);
    assert_eq!(
        titles,
        json!([{"title": "Write the report"}, {"title": "Read it there"}])
    );
}
