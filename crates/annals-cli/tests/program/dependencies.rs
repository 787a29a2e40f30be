//! Dependencies, children and the tree.

use serde_json::{Value, json};

use crate::program::Desk;

fn with_items(titles: &[&str]) -> Desk {
    let desk = Desk::new();
    for title in titles {
        desk.done(&["add", title]);
    }
    desk
}

/// An epic with a story, which has a task.
fn with_family() -> Desk {
    let desk = Desk::new();
    desk.done(&["add", "Epic", "--type", "epic"]);
    desk.done(&["add", "Story", "--type", "story", "--parent", "WORK-1"]);
    desk.done(&["add", "Task", "--parent", "WORK-2"]);
    desk
}

#[test]
fn a_dependency_is_shown_and_can_be_removed() {
    let desk = with_items(&["A", "B", "C"]);
    let depends = desk.json(&["depend", "WORK-1", "--on", "WORK-2"]);
    assert_eq!(depends["recorded"], 1);
    desk.done(&["depend", "WORK-1", "--on", "WORK-3", "--kind", "relates"]);
    let shown = desk.json(&["show", "WORK-1"]);
    let on = |index: usize| &shown["dependencies"][index];
    assert_eq!(
        (&on(0)["number"], &on(0)["kind"]),
        (&json!("WORK-002"), &json!("blocks"))
    );
    assert_eq!(
        (&on(1)["number"], &on(1)["kind"]),
        (&json!("WORK-003"), &json!("relates"))
    );
    assert!(on(0)["id"].is_string());
    let card = desk.done(&["show", "WORK-1"]);
    assert!(card.contains("blocked by  WORK-002"), "{card}");
    assert!(card.contains("related to  WORK-003"), "{card}");

    desk.done(&[
        "undepend",
        "WORK-1",
        "--on",
        "WORK-2",
        "--actor",
        "agent:builder",
    ]);
    let left = desk.json(&["show", "WORK-1"])["dependencies"].clone();
    assert_eq!(left.as_array().unwrap().len(), 1);
    let last = desk.json(&["history", "WORK-1"])[3].clone();
    assert_eq!(last["event_type"], "DependencyRemoved");
    assert_eq!(last["actor"], json!({"kind": "agent", "name": "builder"}));
}

#[test]
fn a_dependency_that_breaks_a_rule_is_refused() {
    let desk = with_items(&["A", "B"]);
    desk.done(&["depend", "WORK-1", "--on", "WORK-2"]);
    for words in [
        &["depend", "WORK-2", "--on", "WORK-1"][..],
        &["depend", "WORK-1", "--on", "WORK-1"],
        &["depend", "WORK-1", "--on", "WORK-2"],
        &["depend", "WORK-1", "--on", "WORK-9"],
        &["depend", "WORK-9", "--on", "WORK-1"],
        &["undepend", "WORK-2", "--on", "WORK-1"],
        &["undepend", "WORK-1", "--on", "WORK-9"],
    ] {
        assert_eq!(desk.refused(words).0, 3, "{words:?}");
    }
    assert_eq!(desk.json(&["show", "WORK-1"])["version"], 2);
    assert_eq!(desk.json(&["show", "WORK-2"])["version"], 1);
}

#[test]
fn an_item_waits_for_its_blockers() {
    let desk = with_items(&["A", "B"]);
    desk.done(&["depend", "WORK-1", "--on", "WORK-2"]);
    desk.done(&["start", "WORK-1"]);
    let (code, error) = desk.refused(&["done", "WORK-1"]);
    assert_eq!(code, 3);
    let typed = error["hindrances"].as_array().unwrap();
    let blocker = &typed[0];
    assert_eq!(
        (&blocker["kind"], &blocker["number"], &blocker["status"]),
        (
            &json!("open_blocker"),
            &json!("WORK-002"),
            &json!("pending")
        )
    );
    assert_eq!(typed[1], json!({"kind": "no_test_run", "gate": "L0"}));
    assert_eq!(typed.len(), error["failures"].as_array().unwrap().len());
    let human = desk.run(&["done", "WORK-1"]).err;
    assert!(
        human.contains("  - blocker WORK-002 is pending\n"),
        "{human}"
    );

    desk.done(&["cancel", "WORK-2", "--reason", "not needed"]);
    desk.done(&["test-run", "WORK-1", "--positive", "1"]);
    assert_eq!(desk.json(&["done", "WORK-1"])["item"]["status"], "done");
}

#[test]
fn a_parent_waits_for_its_children() {
    let desk = with_family();
    desk.done(&["start", "WORK-2"]);
    desk.done(&["test-run", "WORK-2", "--positive", "1"]);
    let (code, error) = desk.refused(&["done", "WORK-2"]);
    assert_eq!(code, 3);
    let hindrances = error["hindrances"].as_array().unwrap();
    assert_eq!(hindrances.len(), 1);
    assert_eq!(hindrances[0]["kind"], "open_child");
    assert_eq!(hindrances[0]["number"], "WORK-003");
    desk.done(&["cancel", "WORK-3", "--reason", "not needed"]);
    desk.done(&["done", "WORK-2"]);
    assert_eq!(desk.refused(&["add", "Late", "--parent", "WORK-2"]).0, 3);
}

#[test]
fn a_new_child_tells_the_version_of_its_parent() {
    let desk = with_family();
    let added = desk.json(&["add", "Second task", "--parent", "WORK-2"]);
    let parent = &added["changed_parent"];
    let shown = desk.json(&["show", "WORK-2"]);
    for field in ["id", "number", "version"] {
        assert_eq!(parent[field], shown[field], "{field}");
    }
    assert_eq!(parent["version"], 3);
    let human = desk.done(&["add", "Third task", "--parent", "WORK-2"]);
    let line = "\nparent WORK-002: version 4 (WORK-005 added)\n";
    assert!(human.ends_with(line), "{human}");
    let alone = desk.json(&["add", "Alone"]);
    assert!(alone.get("changed_parent").is_none(), "{alone}");
}

#[test]
fn a_tree_is_drawn_from_the_top() {
    let desk = with_family();
    desk.done(&[
        "add",
        "Second story",
        "--type",
        "story",
        "--parent",
        "WORK-1",
    ]);
    desk.done(&["add", "Alone"]);
    let drawn = "WORK-001 Epic (epic, pending)\n\
                 ├─ WORK-002 Story (story, pending)\n\
                 │  └─ WORK-003 Task (task, pending)\n\
                 └─ WORK-004 Second story (story, pending)\n";
    assert_eq!(desk.done(&["tree", "WORK-1"]), drawn);
    let all = format!("{drawn}WORK-005 Alone (task, pending)\n");
    assert_eq!(desk.done(&["tree"]), all);
    assert_eq!(
        desk.done(&["tree", "WORK-5"]),
        "WORK-005 Alone (task, pending)\n"
    );
}

#[test]
fn a_tree_has_these_fields() {
    let desk = with_family();
    desk.done(&["assign", "WORK-3", "ada"]);
    let tree = desk.json(&["tree", "WORK-1"]);
    assert_eq!(tree["children"][0]["number"], "WORK-002");
    let task = &tree["children"][0]["children"][0];
    let names: Vec<_> = task.as_object().unwrap().keys().cloned().collect();
    let expected = [
        "assignee", "children", "id", "number", "status", "title", "type", "version",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        (&task["assignee"], &task["children"]),
        (&json!("ada"), &json!([]))
    );
    // Without an item, the answer is a list of trees.
    assert_eq!(desk.json(&["tree"]), Value::Array(vec![tree.clone()]));
    assert_eq!(desk.toon(&["tree", "WORK-1"]), tree);
    assert_eq!(
        desk.json(&["show", "WORK-1"])["children"][0]["number"],
        "WORK-002"
    );
}

#[test]
fn the_tree_of_a_missing_item_is_refused() {
    let desk = with_items(&["A"]);
    assert_eq!(desk.refused(&["tree", "WORK-2"]).0, 3);
    assert_eq!(desk.refused(&["tree", "somewhere"]).0, 2);
    assert_eq!(Desk::new().refused(&["tree"]).0, 5);
}
