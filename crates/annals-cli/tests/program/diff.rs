//! The command `diff`.

use serde_json::json;

use crate::why::with_story;

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
    for to in ["now", "5", "today"] {
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
