//! Answers for programs: compact, with chosen fields, and in few tokens.

use serde_json::{Value, json};
use serialization::tokens::{O200kBase, TokenCounter};

use crate::inside::Inside;
use crate::program::Desk;
use annals_cli::Stores;

fn tokens(text: &str) -> usize {
    O200kBase::new().count(text)
}

fn desk_with_two_items() -> Desk {
    let desk = Desk::new();
    desk.done(&["add", "Write the report", "--priority", "high"]);
    desk.done(&["add", "Mend the roof", "--type", "bug"]);
    desk.done(&["assign", "2", "agent:builder"]);
    desk
}

#[test]
fn json_has_one_line_in_a_pipe() {
    let desk = desk_with_two_items();
    for words in [&["list"][..], &["show", "1"], &["check"], &["why", "1"]] {
        let text = desk.done(&[words, &["--format", "json"]].concat());
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(value.is_object() || value.is_array());
        assert!(!text.contains(": "), "{text}");
    }
}

#[tokio::test]
async fn json_is_indented_on_a_terminal() {
    let desk = desk_with_two_items();
    let (store, variables) = (desk.store(), [("ANNALS_ACTOR", "ada")]);
    let inside = Inside {
        width: Some(80),
        ..Inside::new(&Stores, &store, &variables)
    };
    let words = ["list", "--format", "json"].map(str::to_owned);
    let run = inside.run(words).await;
    assert!(
        run.out.contains("\n    \"number\": \"WORK-001\",\n"),
        "{}",
        run.out
    );
}

#[test]
fn a_list_has_the_chosen_fields_in_the_order_of_the_list() {
    let desk = desk_with_two_items();
    let list = ["list", "--fields", "status,number", "--fields", "title"];
    let json = desk.done(&[&list[..], &["--format", "json"]].concat());
    let expected = concat!(
        r#"[{"number":"WORK-001","title":"Write the report","status":"pending"},"#,
        r#"{"number":"WORK-002","title":"Mend the roof","status":"pending"}]"#,
        "\n"
    );
    assert_eq!(json, expected);
    let toon = desk.done(&[&list[..], &["--format", "toon"]].concat());
    let expected = "[2]{number,title,status}:\n  WORK-001,Write the report,pending\n  \
                    WORK-002,Mend the roof,pending\n";
    assert_eq!(toon, expected);
    let table = desk.done(&list);
    let rows: Vec<_> = table.lines().map(str::trim).collect();
    assert!(
        rows[0].starts_with("number") && rows[0].ends_with("status"),
        "{table}"
    );
    assert!(
        rows[1].starts_with("WORK-001") && rows[1].ends_with("pending"),
        "{table}"
    );
}

#[test]
fn the_fields_of_a_list_are_those_of_an_item() {
    let desk = desk_with_two_items();
    let all = desk.json(&["list", "--fields", "all"]);
    assert_eq!(all, desk.json(&["list"]), "JSON has all fields by default");
    let mut fields: Vec<String> = all[0].as_object().unwrap().keys().cloned().collect();
    let refused = desk.run(&["list", "--fields", "number,colour", "--format", "json"]);
    assert_eq!(refused.code, Some(2));
    let error: Value = serde_json::from_str(&refused.err).unwrap();
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains("'colour'"), "{message}");
    let listed = message.split_once("[possible values: ").unwrap().1;
    let mut listed: Vec<_> = listed
        .split(']')
        .next()
        .unwrap()
        .split(", ")
        .map(str::to_owned)
        .collect();
    fields.push("all".to_owned());
    listed.sort();
    fields.sort();
    assert_eq!(listed, fields);
    let found = desk.json(&["search", "roof", "--fields", "excerpt,number"]);
    assert_eq!(
        found,
        json!([{"excerpt": "Mend the roof", "number": "WORK-002"}])
    );
}

#[test]
fn only_the_numbers_of_items_can_be_asked_for() {
    let desk = desk_with_two_items();
    assert_eq!(desk.done(&["list", "--ids"]), "WORK-001\nWORK-002\n");
    assert_eq!(
        desk.json(&["list", "--ids"]),
        json!(["WORK-001", "WORK-002"])
    );
    assert_eq!(
        desk.done(&["list", "--ids", "--format", "toon"]),
        "[2]: WORK-001,WORK-002\n"
    );
    assert_eq!(desk.done(&["list", "--ids", "--status", "done"]), "");
    assert_eq!(desk.done(&["search", "roof", "--ids"]), "WORK-002\n");
    assert_eq!(
        desk.run(&["list", "--ids", "--fields", "title"]).code,
        Some(2)
    );
}

#[test]
fn nulls_and_empty_lists_can_be_left_out() {
    let desk = desk_with_two_items();
    let shown = desk.json(&["show", "1", "--omit-empty"]);
    let whole = desk.json(&["show", "1"]);
    let is_empty = |value: &Value| value.is_null() || value == &json!([]);
    let kept = whole
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| !is_empty(value));
    let kept: serde_json::Map<_, _> = kept
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    assert_eq!(shown, Value::Object(kept));
    assert!(whole.as_object().unwrap().len() > shown.as_object().unwrap().len() + 5);
    // A table keeps a column in which one row has a value.
    let toon = desk.done(&["list", "--omit-empty", "--format", "toon"]);
    assert!(
        toon.starts_with("[2]{number,title,type,status,priority,assignee}:\n"),
        "{toon}"
    );
    desk.done(&["assign", "2", "--nobody"]);
    let toon = desk.done(&["list", "--omit-empty", "--format", "toon"]);
    assert!(
        toon.starts_with("[2]{number,title,type,status,priority}:\n"),
        "{toon}"
    );
    let events = desk.done(&["events", "--limit", "1", "--omit-empty", "--format", "json"]);
    assert!(
        !events.contains("null") && events.lines().count() == 1,
        "{events}"
    );
}

#[test]
fn a_list_in_toon_has_the_columns_of_people_in_few_tokens() {
    let desk = Desk::new();
    let titles = [
        "Write the report of the third quarter",
        "Mend the roof of the barn",
    ];
    for number in 0..202 {
        let priority = ["low", "medium", "high"][number % 3];
        let title = format!("{} {number}", titles[number % 2]);
        desk.done(&["add", &title, "--priority", priority]);
    }
    desk.done(&["start", "7", "--actor", "agent:builder"]);
    let toon = desk.done(&["list", "--format", "toon"]);
    assert!(
        toon.starts_with("[202]{number,title,type,status,priority,assignee}:\n"),
        "{toon}"
    );
    assert!(toon.contains("\n  WORK-007,Write the report of the third quarter 6,task,in_progress,low,agent:builder\n")
        || toon.contains("\"agent:builder\""), "{toon}");
    assert!(tokens(&toon) <= 4_500, "{} tokens", tokens(&toon));
}

#[test]
fn a_command_says_in_toon_what_it_changed_and_little_else() {
    let desk = desk_with_two_items();
    let answer = desk.done(&["start", "1", "--actor", "ada", "--format", "toon"]);
    let expected = "recorded: 2\nchanges[2]{event_type,what}:\n  StatusChanged,pending → in_progress\n  \
                    WorkItemAssigned,to ada\nitem:\n  number: WORK-001\n  status: in_progress\n  version: 3\n";
    assert_eq!(answer, expected);
}
