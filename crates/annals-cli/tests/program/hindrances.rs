//! The hindrances to completing an item, in all answers that list them.

use serde_json::{Value, json};

use crate::program::Desk;

/// The lines of a list for people.
fn listed(answer: &str) -> Vec<&str> {
    let lines = answer.lines();
    lines.filter_map(|line| line.strip_prefix("  - ")).collect()
}

/// Checks that all answers list the same hindrances of an item, in the same order and words.
/// Returns their sentences.
fn told_everywhere(desk: &Desk, item: &str) -> Vec<String> {
    let (code, error) = desk.refused(&["done", item]);
    assert_eq!(code, 3, "{error}");
    let told: Vec<String> = serde_json::from_value(error["failures"].clone()).unwrap();
    let message = error["message"].as_str().unwrap();
    assert!(message.ends_with(&told.join("; ")), "{message}");
    assert_eq!(listed(&desk.run(&["done", item]).err), told);

    let why = desk.json(&["why", item]);
    assert_eq!(why["hindrances"], error["hindrances"]);
    assert_eq!(why["hindrances"].as_array().map(Vec::len), Some(told.len()));
    let people = desk.done(&["why", item]);
    let (_, after) = people.split_once("it cannot be completed yet:\n").unwrap();
    assert_eq!(listed(after.split("\n\n").next().unwrap()), told);

    let context = desk.json(&["context", item, "--budget", "9000"]);
    let rows = context["hindrances"].as_array().unwrap().iter();
    let rows: Vec<_> = rows.map(|row| row["what"].as_str().unwrap()).collect();
    assert_eq!(rows, told);
    told
}

#[test]
fn every_answer_lists_the_same_hindrances() {
    let desk = Desk::new();
    let run = |words: &[&str]| desk.done(words);
    desk.write_evidence();
    run(&["add", "Story", "--type", "story", "--risk", "T2"]);
    run(&["add", "Task", "--parent", "1"]);
    run(&["add", "Spike", "--type", "spike"]);
    run(&["depend", "1", "--on", "3"]);
    let mut expected = vec![
        "it is pending",
        "child WORK-002 is pending",
        "blocker WORK-003 is pending",
        "no test run is recorded",
        "no positive tests",
        "no negative tests",
        "no coverage is recorded; 80.00 % is required",
    ];
    assert_eq!(told_everywhere(&desk, "1"), expected);
    run(&["start", "3"]);
    run(&["start", "1"]);
    expected.remove(0);
    expected[1] = "blocker WORK-003 is in_progress";
    assert_eq!(told_everywhere(&desk, "1"), expected);
    run(&["block", "1", "--reason", "r"]);
    run(&["test-run", "1", "--positive", "1", "--coverage", "12.5"]);
    let expected = [
        "it is blocked",
        "child WORK-002 is pending",
        "blocker WORK-003 is in_progress",
        "no negative tests",
        "coverage 12.50 % is below 80.00 %: 67.50 % to go",
    ];
    assert_eq!(told_everywhere(&desk, "1"), expected);

    run(&["add", "Risky", "--risk", "T4"]);
    run(&["start", "4", "--actor", "ada"]);
    let claimed = ["--positive", "1", "--negative", "1", "--edge", "1"];
    run(&[&["test-run", "4", "--coverage", "91"][..], &claimed].concat());
    let expected = [
        "the tests are only claimed; a test report is required",
        "the coverage is only claimed; a coverage file is required",
        "no approval by a person or agent who did not work on it",
    ];
    assert_eq!(told_everywhere(&desk, "4"), expected);
    let files = ["--lcov", "lines.info", "--junit", "tests.xml"];
    run(&[&["test-run", "4"][..], &files].concat());
    run(&["approve", "4", "--actor", "ben"]);
    run(&["block", "4", "--reason", "r", "--actor", "ben"]);
    let expected = [
        "it is blocked",
        "no approval by a person or agent who did not work on it",
        "the approval of ben does not count: ben blocked it (version 7)",
    ];
    assert_eq!(told_everywhere(&desk, "4"), expected);
    run(&["unblock", "4", "--actor", "ada"]);
    assert_eq!(told_everywhere(&desk, "4"), expected[1..]);

    run(&["start", "2"]);
    run(&["test-run", "2", "--coverage", "1"]);
    assert_eq!(told_everywhere(&desk, "2"), ["no positive tests"]);
}

#[test]
fn an_item_that_does_not_hinder_is_not_listed() {
    let desk = Desk::new();
    desk.done(&["add", "Free", "--type", "spike"]);
    desk.done(&["start", "1"]);
    assert_eq!(desk.json(&["why", "1"])["hindrances"], json!([]));
    assert_eq!(desk.json(&["context", "1"])["hindrances"], Value::Null);
    desk.done(&["done", "1"]);
    assert_eq!(desk.json(&["why", "1"])["hindrances"], Value::Null);
}
