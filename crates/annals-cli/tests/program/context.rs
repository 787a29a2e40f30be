//! The command `context`: the description of an item for a language model.

use serde_json::{Value, json};
use serialization::tokens::{O200kBase, TokenCounter};
use serialization::toon;

use crate::program::Desk;

/// The rows of a table with this value in a column.
fn rows<'a>(context: &'a Value, table: &str, column: &str, value: &str) -> Vec<&'a Value> {
    let rows = context[table].as_array().unwrap();
    rows.iter().filter(|row| row[column] == value).collect()
}

#[test]
fn each_row_cites_its_version() {
    let desk = Desk::new();
    desk.done(&[
        "add",
        "Write the report",
        "--risk",
        "T3",
        "--actor",
        "agent:builder",
    ]);
    desk.done(&["assign", "WORK-1", "ada"]);
    desk.done(&["start", "WORK-1"]);
    desk.done(&[
        "test-run",
        "WORK-1",
        "--positive",
        "1",
        "--coverage",
        "12.5",
    ]);
    desk.done(&["block", "WORK-1", "--reason", "no figures, yet"]);
    let context = desk.json(&["context", "WORK-1"]);
    assert_eq!(context["number"], "WORK-001");
    assert_eq!(context["title"], "Write the report");
    assert_eq!(context["version"], 5);
    for (field, value, version) in [
        ("status", "blocked", 5),
        ("status_reason", "no figures, yet", 5),
        ("assignee", "ada", 2),
        ("risk_tier", "T3", 1),
    ] {
        let found = rows(&context, "state", "field", field);
        assert_eq!(
            found,
            [&json!({"field": field, "value": value, "version": version})]
        );
    }
    let lacks = rows(&context, "hindrances", "number", "WORK-001");
    let (status, lacks) = lacks.split_first().unwrap();
    assert_eq!(status["what"], "it is blocked");
    assert_eq!(status["version"], 5);
    assert_eq!(lacks.len(), 5, "{lacks:?}");
    assert!(
        lacks.iter().all(|row| row["version"] == 4),
        "they rest on the test run: {lacks:?}"
    );
    let changes = context["changes"].as_array().unwrap();
    let versions: Vec<_> = changes.iter().map(|row| row["version"].clone()).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    assert_eq!(changes[0]["actor"], "agent:builder");
    assert_eq!(changes[4]["what"], "in_progress → blocked: no figures, yet");
    assert!(context.get("dropped").is_none());
}

#[test]
fn people_and_models_get_the_same_toon() {
    let desk = Desk::new();
    desk.done(&["add", "Write the report"]);
    let human = desk.done(&["context", "WORK-1"]);
    assert_eq!(desk.done(&["context", "WORK-1", "--format", "toon"]), human);
    assert!(human.contains("\nstate["), "{human}");
    let context: Value = toon::from_str(&human).unwrap();
    assert_eq!(context, desk.json(&["context", "WORK-1"]));
}

#[test]
fn a_context_of_a_past_version_has_the_past_state() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    desk.done(&["start", "WORK-1"]);
    desk.done(&["cancel", "WORK-1", "--reason", "r"]);
    let then = desk.json(&["context", "WORK-1", "--as-of", "2"]);
    assert_eq!(
        (&then["version"], &then["as_of"]),
        (&json!(2), &json!("version 2"))
    );
    assert_eq!(
        rows(&then, "state", "field", "status")[0]["value"],
        "in_progress"
    );
    assert_eq!(then["changes"].as_array().unwrap().len(), 2);
    let words = ["context", "WORK-1", "--as-of", "2200-01-01T00:00:00Z"];
    let run = desk.run(&[&words[..], &["--format", "json"]].concat());
    let now: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(now["as_of"], "2200-01-01T00:00:00Z");
    assert_eq!(
        rows(&now, "state", "field", "status")[0]["value"],
        "cancelled"
    );
    assert!(
        now.get("hindrances").is_none(),
        "what is closed is not to be completed"
    );
    for as_of in ["0", "5", "2000-01-01"] {
        assert_eq!(
            desk.refused(&["context", "WORK-1", "--as-of", as_of]).0,
            3,
            "{as_of}"
        );
    }
}

#[test]
fn a_context_of_a_past_version_has_the_past_children() {
    let desk = Desk::new();
    desk.done(&["add", "The epic", "--type", "epic"]);
    desk.done(&["add", "A story", "--type", "story", "--parent", "WORK-1"]);
    let with_story = desk.json(&["show", "WORK-1"])["version"].as_u64().unwrap();
    desk.done(&["cancel", "WORK-2", "--reason", "r"]);
    let story = |context: &Value| rows(context, "depends_on", "number", "WORK-002")[0].clone();
    let now = desk.json(&["context", "WORK-1"]);
    let expected = json!({"number": "WORK-002", "kind": "child", "status": "cancelled",
        "title": "A story", "version": 2});
    assert_eq!(story(&now), expected);
    assert!(rows(&now, "hindrances", "number", "WORK-002").is_empty());
    let then = desk.json(&["context", "WORK-1", "--as-of", &with_story.to_string()]);
    assert_eq!(story(&then)["status"], "pending");
    let hinders = rows(&then, "hindrances", "number", "WORK-002");
    assert_eq!(
        (&hinders[0]["what"], &hinders[0]["version"]),
        (&json!("child WORK-002 is pending"), &json!(1))
    );
}

#[test]
fn every_context_keeps_its_budget() {
    let desk = Desk::new();
    let description = "ein langer Text über 🦀🦀 und 漢字, der nicht passt; ".repeat(300);
    desk.done(&["add", &"漢".repeat(200), "--description", &description]);
    for number in 0..20 {
        desk.done(&["assign", "WORK-1", &format!("somebody-{number}")]);
    }
    let few = &[50, 300][..];
    let all = &[50, 51, 120, 2000, 20_000][..];
    for (format, budgets) in [("human", all), ("json", few), ("toon", few)] {
        let mut last = 0;
        for &budget in budgets {
            let budget: usize = budget;
            let budget_text = budget.to_string();
            let words = [
                "context",
                "WORK-1",
                "--budget",
                &budget_text,
                "--format",
                format,
            ];
            let text = desk.done(&words);
            let tokens = O200kBase::new().count(&text);
            assert!(tokens <= budget, "{tokens} tokens of {budget}: {text}");
            assert!(text.contains("WORK-001") && text.ends_with('\n'), "{text}");
            assert!(tokens >= last, "more budget tells no less: {text}");
            assert_eq!(text.contains("dropped"), budget < 20_000, "{text}");
            last = tokens;
        }
    }
    let without = desk.done(&["context", "WORK-1"]);
    assert_eq!(
        without,
        desk.done(&["context", "WORK-1", "--budget", "2000"])
    );
}

#[test]
fn missing_items_and_wrong_arguments_of_a_context_are_refused() {
    let desk = Desk::new();
    assert_eq!(
        desk.refused(&["context", "WORK-1"]).0,
        5,
        "there is no store"
    );
    desk.done(&["add", "x"]);
    assert_eq!(desk.refused(&["context", "WORK-2"]).0, 3);
    for words in [
        &["context"][..],
        &["context", "WORK-1", "--budget", "49"],
        &["context", "WORK-1", "--budget", "-1"],
        &["context", "WORK-1", "--budget", "many"],
        &["context", "WORK-1", "--as-of", "tomorrow"],
    ] {
        assert_eq!(desk.refused(words).0, 2, "{words:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_context_prints_no_control_sequences() {
    let desk = Desk::new();
    desk.done(&["add", "x", "--description", "turned \u{200f}round"]);
    let text = desk.done(&["context", "WORK-1"]);
    assert!(
        !text.contains('\u{200f}') && text.contains('\u{fffd}'),
        "{text}"
    );
}
