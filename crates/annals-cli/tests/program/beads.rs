//! `annals import --beads`: the issues of Beads.

use serde_json::Value;

use crate::program::Desk;

/// Five issues as Beads exports them: an epic with two children, a deleted one, and another record.
const ISSUES: &str = r#"{"id":"bd-e1","title":"Ship it","description":"All of it","status":"open","priority":1,"issue_type":"epic","created_at":"2025-12-16T13:26:47.117226-08:00","updated_at":"2025-12-17T16:11:17.070763-08:00"}
{"id":"bd-e1.1","title":"Print the labels","status":"open","priority":2,"issue_type":"task","created_at":"2025-12-16T14:00:00Z","updated_at":"2025-12-16T14:00:00Z","labels":["ui"],"dependencies":[{"issue_id":"bd-e1.1","depends_on_id":"bd-e1","type":"parent-child","created_at":"2025-12-16T14:00:00Z","created_by":"ada"},{"issue_id":"bd-e1.1","depends_on_id":"bd-a1b2","type":"blocks","created_at":"2025-12-16T14:00:00Z","created_by":"ada"}],"comments":[{"id":1,"issue_id":"bd-e1.1","author":"ada","text":"use the big printer","created_at":"2025-12-17T10:00:00Z"}]}
{"id":"bd-a1b2","title":"Check the addresses","status":"closed","priority":0,"issue_type":"bug","assignee":"ben","created_at":"2025-12-15T10:00:00Z","updated_at":"2025-12-16T10:00:00Z","closed_at":"2025-12-16T10:00:00Z","close_reason":"three were wrong","content_hash":"9f86"}
{"id":"bd-dead","title":"Gone","status":"tombstone","created_at":"2025-12-15T10:00:00Z"}
{"_type":"memory","key":"k","value":"v"}
"#;

fn desk() -> Desk {
    let desk = Desk::new();
    std::fs::write(desk.path("issues.jsonl"), ISSUES).unwrap();
    desk
}

fn import(desk: &Desk) -> Value {
    desk.json(&["import", "--beads", "issues.jsonl"])
}

#[test]
fn issues_are_found_under_their_ids_by_every_command() {
    let desk = desk();
    let answer = import(&desk);
    for (field, value) in [
        ("issues", 3),
        ("imported", 3),
        ("deleted", 1),
        ("other_records", 1),
    ] {
        assert_eq!(answer[field], value, "{answer}");
    }
    assert_eq!(answer["left_out_fields"][0]["field"], "content_hash");
    let shown = desk.json(&["show", "bd-e1.1"]);
    assert_eq!(shown["aliases"], serde_json::json!(["bd-e1.1"]));
    assert_eq!(
        (&shown["type"], &shown["priority"]),
        (&"story".into(), &"medium".into())
    );
    assert_eq!(
        shown["parent"]["number"],
        desk.json(&["show", "bd-e1"])["number"]
    );
    assert_eq!(shown["created_at"], "2025-12-16T14:00:00Z");
    let note = shown["note_texts"][0]["text"].as_str().unwrap();
    assert_eq!(note, "ada, 2025-12-17T10:00:00Z:\nuse the big printer");
    let text = shown["description"].as_str().unwrap();
    assert_eq!(text, "In Beads: type task; labels ui");
    assert!(
        desk.done(&["show", "BD-A1B2"])
            .contains("also        bd-a1b2")
    );
    assert_eq!(
        desk.json(&["search", "bd-a1b2"])[0]["title"],
        "Check the addresses"
    );
    let ready: Vec<_> = desk
        .done(&["ready", "--ids"])
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(ready, [shown["number"].as_str().unwrap()]);
    let aliases = desk.json(&["list", "--fields", "aliases"]);
    assert_eq!(aliases[2]["aliases"][0], "bd-a1b2");

    desk.done(&["start", "bd-e1.1"]);
    desk.done(&["add", "Bring them", "--on", "bd-e1.1"]);
    desk.done(&["note", "bd-e1.1", "printed"]);
    assert_eq!(desk.json(&["why", "bd-a1b2"])["item"]["status"], "done");
    assert_eq!(
        desk.json(&["list", "--parent", "bd-e1"])[0]["status"],
        "in_progress"
    );
    let (code, error) = desk.refused(&["start", "bd-zzz"]);
    assert_eq!(
        (code, error["message"].as_str()),
        (3, Some("there is no item bd-zzz"))
    );
}

#[test]
fn a_closed_issue_is_done_without_evidence() {
    let desk = desk();
    import(&desk);
    let shown = desk.json(&["show", "bd-a1b2"]);
    assert_eq!(
        (&shown["status"], &shown["test_run"]),
        (&"done".into(), &Value::Null)
    );
    assert_eq!(shown["assignee"], "ben");
    let reason = shown["status_reason"].as_str().unwrap();
    assert_eq!(
        reason,
        "closed in Beads at 2025-12-16T10:00:00Z: three were wrong"
    );
    desk.done(&["reopen", "bd-a1b2", "--reason", "again"]);
    let (code, error) = desk.refused(&["done", "bd-a1b2"]);
    assert_eq!((code, error["kind"].as_str()), (3, Some("refused")));
}

#[test]
fn a_second_import_changes_nothing_and_names_changed_issues() {
    let desk = desk();
    let first = import(&desk);
    let again = import(&desk);
    assert_eq!(
        (&again["imported"], &again["already_there"]),
        (&0.into(), &3.into())
    );
    assert_eq!(again["last_position"], first["last_position"]);
    let changed = ISSUES.replace("Ship it", "Ship it now");
    std::fs::write(desk.path("issues.jsonl"), changed).unwrap();
    let third = import(&desk);
    assert_eq!(third["changed"], serde_json::json!(["bd-e1"]));
    assert_eq!(third["last_position"], first["last_position"]);
    assert_eq!(desk.json(&["show", "bd-e1"])["title"], "Ship it");
    let run = desk.piped(&["import", "--beads", "-"], ISSUES.as_bytes());
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.out
            .starts_with("imported 0 of 3 issues; 3 were there already"),
        "{run:?}"
    );
}

#[test]
fn a_broken_file_is_refused_before_a_store_is_created() {
    let desk = desk();
    let broken = format!("{ISSUES}<<<<<<< HEAD\n");
    std::fs::write(desk.path("issues.jsonl"), broken).unwrap();
    let (code, error) = desk.refused(&["import", "--beads", "issues.jsonl"]);
    assert_eq!(code, 2);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("nothing of issues.jsonl was imported: line 6: "),
        "{message}"
    );
    assert!(!desk.store().exists());
    let circle = ISSUES.replace(
        "\"content_hash\":\"9f86\"",
        "\"dependencies\":[{\"depends_on_id\":\"bd-e1.1\",\"type\":\"blocks\"}]",
    );
    std::fs::write(desk.path("issues.jsonl"), circle).unwrap();
    let (_, error) = desk.refused(&["import", "--beads", "issues.jsonl"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("wait for each other in a circle")
    );
    let (code, _) = desk.refused(&["import", "--beads", "issues.jsonl", "--read-only"]);
    assert_eq!(code, 2);
}
