//! The tools, from the first item to the last.

use serde_json::{Value, json};
use serialization::tokens::{O200kBase, TokenCounter};

use super::client::Client;
use crate::program::Desk;

fn tokens(value: &Value) -> usize {
    O200kBase::new().count(&value.to_string())
}

/// Fails if a text has more tokens than its budget.
pub(crate) fn assert_fits(text: &str, budget: usize, tool: &str) {
    let tokens = O200kBase::new().count(text);
    assert!(tokens <= budget, "{tool}: {tokens} of {budget}: {text}");
}

#[test]
fn an_agent_plans_and_finishes_dependent_items() {
    plan_and_finish(&Desk::new());
}

#[cfg(unix)]
#[test]
fn an_agent_plans_and_finishes_dependent_items_on_a_server() {
    let Some(served) = crate::served::Served::initialised() else {
        return;
    };
    plan_and_finish(&served.desk);
}

fn plan_and_finish(desk: &Desk) {
    let mut client = Client::new(desk, &[]);
    let first = client.done("add", json!({ "title": "Count the pages", "risk": "T2" }));
    assert_eq!(first["item"]["number"], "WORK-001");
    client.done(
        "add",
        json!({ "title": "Print them", "on": ["WORK-1"], "key": "run-1/2" }),
    );
    let again = client.done(
        "add",
        json!({ "title": "Print them", "on": ["WORK-1"], "key": "run-1/2" }),
    );
    assert_eq!(again["item"]["number"], "WORK-002");

    let ready = client.done("next", json!({}));
    assert_eq!(ready["items"].as_array().unwrap().len(), 1);
    assert_eq!(ready["items"][0]["number"], "WORK-001");
    let taken = client.done("next", json!({ "claim": true, "for": "30m" }));
    assert_eq!(taken["item"]["assignee"], "agent:one");
    let nothing = client.done("next", json!({}));
    assert_eq!(
        nothing,
        json!({ "items": [], "message": "no item is ready: 1 claimed, 1 with an open blocker; yours: WORK-001" })
    );
    let refused = client.refused("next", json!({ "claim": true }));
    assert_eq!(refused["exit_code"], 3);

    client.done("move", json!({ "items": ["WORK-1"], "to": "start" }));
    let refused = client.refused("move", json!({ "items": ["WORK-1"], "to": "done" }));
    assert_eq!(
        refused["hint"],
        "record the results with `record item=ITEM positive=… negative=… edge=… coverage=…`"
    );
    let context = client.done("context", json!({ "item": "WORK-1" }));
    let seen = context["handle"].as_str().unwrap();
    client.done("record", json!({ "item": "1", "positive": 6, "negative": 3, "edge": 1, "coverage": 95.5, "seen": seen }));
    let changed = client.refused(
        "record",
        json!({ "item": "1", "note": "late", "seen": seen }),
    );
    assert_eq!(changed["kind"], "conflict");
    let preview = client.done(
        "move",
        json!({ "items": ["1"], "to": "done", "preview": true }),
    );
    assert_eq!(preview["would_record"][0]["event_type"], "StatusChanged");
    let done = client.done(
        "move",
        json!({ "items": ["1"], "to": "done", "reason": "all counted" }),
    );
    assert_eq!(done["item"]["status"], "done");
    assert_eq!(done["now_ready"][0]["number"], "WORK-002");

    let why = client.done("why", json!({ "item": "1" }));
    assert_eq!(why["chain"][0]["event_type"], "WorkItemCreated");
    let past = client.done("state_at", json!({ "item": "1", "at": "1" }));
    assert_eq!(
        (&past["status"], &past["version"]),
        (&json!("pending"), &json!(1))
    );
    let diff = client.done("diff", json!({ "item": "1", "from": "1" }));
    assert_eq!(diff["changes"][0]["field"], "status");
    let history = client.done("history", json!({ "item": "1" }));
    assert_eq!(history["events"][0]["event_type"], "WorkItemCreated");
    let found = client.done("search", json!({ "words": "pages" }));
    assert_eq!(found["items"][0]["number"], "WORK-001");
    assert_eq!(client.end(), (Some(0), String::new(), String::new()));
}

#[test]
fn an_item_of_high_risk_is_done_with_files_of_the_project() {
    let desk = Desk::new();
    desk.write_evidence();
    let mut client = Client::new(&desk, &[]);
    client.done("add", json!({ "title": "Print", "risk": "T3" }));
    let started = client.done("move", json!({ "items": ["1"], "to": "start" }));
    let context = client.done("context", json!({ "item": "1" }));
    let files = "record item=WORK-001 lcov=FILE junit=FILE";
    assert_eq!(context["next"], json!([files]));
    let claimed = json!({ "item": "1", "positive": 6, "negative": 3, "edge": 1, "coverage": 99 });
    client.done("record", claimed);
    let context = client.done("context", json!({ "item": "1" }));
    assert_eq!(context["next"], json!([files]));
    // The version of an answer counts as seen; it is old now.
    let files = |seen: &Value| {
        let lcov = desk.path("lines.info");
        json!({ "item": "1", "lcov": lcov, "junit": "tests.xml", "seen": seen.to_string() })
    };
    let old = client.refused("record", files(&started["item"]["version"]));
    assert_eq!(old["kind"], "conflict");
    client.done("record", files(&context["version"]));
    let done = client.done("move", json!({ "items": ["1"], "to": "done" }));
    assert_eq!(done["item"]["status"], "done");
}

#[test]
fn a_file_outside_the_folder_of_the_server_is_refused() {
    let (desk, other) = (Desk::new(), Desk::new());
    other.write_evidence();
    let mut client = Client::new(&desk, &[]);
    client.done("add", json!({ "title": "Print" }));
    let mut outside = vec![
        other.path("tests.xml").display().to_string(),
        "/etc/passwd".to_owned(),
        "/nowhere/tests.xml".to_owned(),
        "../tests.xml".to_owned(),
        "nothing/../../tests.xml".to_owned(),
    ];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(other.path("tests.xml"), desk.path("link.xml")).unwrap();
        outside.push("link.xml".to_owned());
    }
    for path in outside {
        let error = client.refused("record", json!({ "item": "1", "junit": path }));
        assert_eq!(
            error["hint"], "name a file of the project",
            "{path}: {error}"
        );
    }
    let missing = client.refused("record", json!({ "item": "1", "junit": "tests.xml" }));
    assert_ne!(missing["hint"], "name a file of the project", "{missing}");
    let noted = json!({ "item": "1", "note": "--junit=/etc/passwd" });
    assert_eq!(client.done("record", noted)["item"]["version"], 2);
}

#[test]
fn no_argument_becomes_an_option_of_the_command_line() {
    let desk = Desk::new();
    let mut client = Client::new(&desk, &[]);
    for hostile in [
        "--actor=x",
        "--",
        "-F/etc/passwd",
        "--file=/etc/passwd",
        "--help",
        "-h",
        "--version",
    ] {
        let added = client.done("add", json!({ "title": hostile, "description": hostile }));
        let item = added["item"]["number"].clone();
        client.done("record", json!({ "item": item, "note": hostile }));
        let state = client.done("state_at", json!({ "item": item }));
        assert_eq!(state["title"], hostile);
        assert_eq!(state["description"], hostile);
        assert_eq!(state["note_texts"][0]["text"], hostile);
        for tool in ["context", "why", "history", "state_at"] {
            let error = client.refused(tool, json!({ "item": hostile }));
            assert_eq!(error["kind"], "usage", "{tool} {hostile}");
        }
        let error = client.refused("move", json!({ "items": [hostile], "to": "start" }));
        assert_eq!(error["kind"], "usage");
    }
    let history = client.done("history", json!({ "item": "1" }));
    let actors = history["events"].as_array().unwrap().iter();
    let mut actors = actors.map(|event| &event["actor"]);
    assert!(actors.all(|actor| actor == "agent:one"));
    assert_eq!(
        client.refused("add", json!({ "title": "-" }))["kind"],
        "usage"
    );
}

#[test]
fn the_definitions_are_the_same_each_time_and_cost_few_tokens() {
    let desk = Desk::new();
    let list = || {
        let mut client = Client::new(&desk, &[]);
        client.request("tools/list", json!({}))["result"].clone()
    };
    let (first, second) = (list(), list());
    assert_eq!(first.to_string(), second.to_string());
    assert!(tokens(&first) <= 4_000, "{}", tokens(&first));
    let tools = first["tools"].as_array().unwrap();
    let inputs = tools.iter().map(|tool| {
        let input = json!([tool["name"], tool["description"], tool["inputSchema"]]);
        tokens(&input)
    });
    let mut client = Client::silent(&desk, &[]);
    let about = client.request(
        "initialize",
        json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        }),
    );
    let sum = inputs.sum::<usize>() + tokens(&about["result"]["instructions"]);
    assert!(sum <= 2_000, "{sum}");
    assert_eq!(tools.len(), 10);
    for tool in tools {
        let hints = tool["annotations"].as_object().unwrap();
        assert_eq!(hints.len(), 4, "{tool}");
        assert_eq!(hints["destructiveHint"], false);
        assert_eq!(hints["openWorldHint"], false);
        assert_eq!(hints["idempotentHint"], hints["readOnlyHint"]);
        assert_eq!(tool["outputSchema"]["type"], "object", "{tool}");
    }
}

#[test]
fn the_reason_of_a_model_that_lost_its_item_is_kept_where_it_asks_for_that() {
    let desk = Desk::new();
    let mut client = Client::new(&desk, &[]);
    client.done("add", json!({ "title": "Count" }));
    client.done("next", json!({ "claim": true }));
    let shown = desk.json(&["context", "1"]);
    let rows = shown["state"].as_array().unwrap().iter();
    let mut claims = rows.filter(|row| row["field"] == "claim");
    let claim = claims.next().unwrap()["value"].as_str().unwrap();
    assert!(claim.starts_with("agent:one until "), "{claim}");
    desk.done(&["claim", "1", "--actor", "ada"]);
    let done = json!({ "items": ["1"], "to": "done", "reason": "all of it", "keep_text": true });
    let unkept = json!({ "items": ["1"], "to": "done", "reason": "all of it" });
    let unkept = client.refused("move", unkept);
    let refused = client.refused("move", done);
    assert_eq!(
        (&refused["kind"], &unkept["kind"]),
        (&json!("refused"), &json!("refused"))
    );
    // It tells that the text is kept, where it else would tell how to keep it.
    assert_ne!(refused["hint"], unkept["hint"]);
    assert!(refused["hint"].is_string(), "{refused}");
    let state = client.done("state_at", json!({ "item": "1" }));
    assert_eq!(state["note_texts"][0]["text"], "all of it");
    let nothing = json!({ "items": ["1"], "to": "done", "keep_text": true });
    assert_eq!(client.refused("move", nothing)["kind"], "usage");
    // A version is that of one item.
    client.done("add", json!({ "title": "Print" }));
    let both = json!({ "items": ["1", "2"], "to": "claim", "seen": "1" });
    assert_eq!(client.refused("move", both)["kind"], "usage");
}

#[test]
fn the_queue_is_that_of_the_command_line() {
    let desk = Desk::new();
    let mut client = Client::new(&desk, &[]);
    let priorities = ["low", "critical", "medium", "high"];
    for at in 1..=24 {
        let mut item = json!({ "title": format!("Item {at}"), "priority": priorities[at % 4] });
        if at % 3 == 0 {
            item["on"] = json!([(at / 2).to_string()]);
        }
        client.done("add", item);
    }
    desk.done(&["claim", "2", "--actor", "ada"]);
    client.done("next", json!({ "claim": true }));
    client.done("move", json!({ "items": ["4"], "to": "start" }));
    let queue = desk.json(&["ready", "--actor", "agent:one"]);
    let numbers = |rows: &Value| {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["number"].clone()).collect::<Vec<_>>()
    };
    let ready = client.done("next", json!({ "budget": 10_000 }));
    assert_eq!(numbers(&ready["items"]), numbers(&queue));
    for at in 1..=24 {
        let number = format!("WORK-{at:03}");
        let explained = client.done("next", json!({ "explain": number }));
        let is_ready = numbers(&queue).contains(&json!(number));
        assert_eq!(explained["is_ready"], is_ready, "{explained}");
    }
}

/// The notes without those of `was`, and with those of `is` behind them.
fn notes(all: Option<&Value>, was: Option<&Value>, is: Option<&Value>) -> Option<Value> {
    let list = |notes: Option<&Value>| notes.and_then(Value::as_array).cloned().unwrap_or_default();
    let (mut all, was) = (list(all), list(was));
    all.retain(|note| !was.contains(note));
    all.extend(list(is));
    (!all.is_empty()).then(|| json!(all))
}

#[test]
fn a_difference_leads_from_one_state_to_the_other() {
    let desk = Desk::new();
    let mut client = Client::new(&desk, &[]);
    client.done("add", json!({ "title": "Count", "assignee": "ada" }));
    desk.done(&["retitle", "1", "Count the pages"]);
    desk.done(&["describe", "1", "All of them"]);
    desk.done(&["prioritise", "1", "critical"]);
    desk.done(&["assign", "1", "--nobody"]);
    desk.done(&["start", "1"]);
    desk.done(&["block", "1", "--reason", "no paper"]);
    desk.done(&["describe", "1", "--none"]);
    desk.done(&["unblock", "1"]);
    desk.done(&["add", "Buy paper"]);
    desk.done(&["depend", "1", "--on", "2"]);
    desk.done(&["add", "Sell the book"]);
    desk.done(&["depend", "1", "--on", "3", "--kind", "relates"]);
    desk.done(&["note", "1", "one"]);
    desk.done(&["note", "1", "two"]);
    desk.done(&["claim", "1", "--actor", "ada", "--for", "1h"]);
    desk.done(&[
        "test-run",
        "1",
        "--positive",
        "6",
        "--negative",
        "3",
        "--edge",
        "1",
    ]);
    desk.done(&["approve", "1", "--actor", "grace"]);
    desk.done(&["approve", "1", "--actor", "agent:two"]);
    desk.done(&["cancel", "2", "--reason", "there is some"]);
    desk.done(&["done", "1", "--resolution", "counted"]);
    let mut state = |at: u64| client.done("state_at", json!({ "item": "1", "at": at.to_string() }));
    let states: Vec<_> = (1..=20).map(&mut state).collect();
    for (from, before) in (1_u64..).zip(&states) {
        for (to, after) in (1_u64..).zip(&states).step_by(3) {
            let between = json!({ "item": "1", "from": from.to_string(), "to": to.to_string() });
            let diff = client.done("diff", between);
            let mut applied = before.clone();
            for change in diff["changes"].as_array().into_iter().flatten() {
                let field = change["field"].as_str().unwrap();
                let (was, is) = (change.get("from"), change.get("to"));
                let value = match field {
                    "note_texts" => notes(applied.get(field), was, is),
                    _ => {
                        assert_eq!(applied.get(field), was, "{diff}");
                        is.cloned()
                    }
                };
                match value {
                    Some(value) => applied[field] = value,
                    None => drop(applied.as_object_mut().unwrap().remove(field)),
                }
            }
            applied["version"] = diff["to"].clone();
            assert_eq!(&applied, after, "{from} to {to}: {diff}");
        }
    }
}
