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
    let desk = Desk::new();
    let mut client = Client::new(&desk, &[]);
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
    assert_eq!(taken["item"]["claim"]["claimant"], "agent:one");
    let nothing = client.refused("next", json!({}));
    assert_eq!(
        (&nothing["kind"], &nothing["exit_code"]),
        (&json!("refused"), &json!(3))
    );

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
    assert!(
        actors
            .map(|event| &event["actor"]["name"])
            .all(|name| name == "one")
    );
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
    }
}
