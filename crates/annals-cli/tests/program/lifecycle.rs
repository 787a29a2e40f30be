//! Commands that change an item, and its state afterwards.

use serde_json::json;

use crate::program::Desk;

#[test]
fn an_item_goes_from_its_creation_to_done_and_back() {
    let desk = Desk::new();
    let added = desk.json(&[
        "add",
        "Write",
        "--priority",
        "high",
        "--description",
        "two\nlines",
    ]);
    assert_eq!(added["recorded"], 1);
    assert_eq!(added["item"]["number"], "WORK-001");
    let id = added["item"]["id"].as_str().unwrap().to_owned();

    let status = |words: &[&str]| desk.json(words)["item"]["status"].clone();
    assert_eq!(status(&["start", &id]), "in_progress");
    assert_eq!(
        status(&["block", "WORK-1", "--reason", "waiting"]),
        "blocked"
    );
    assert_eq!(desk.json(&["show", "WORK-1"])["status_reason"], "waiting");
    assert_eq!(status(&["unblock", "WORK-1"]), "in_progress");
    assert_eq!(
        desk.json(&["assign", "WORK-1", "ada"])["item"]["assignee"],
        "ada"
    );
    assert_eq!(desk.json(&["assign", "WORK-1", "ada"])["recorded"], 0);
    let run = desk.json(&[
        "test-run",
        "WORK-1",
        "--coverage",
        "92.5",
        "--positive",
        "6",
    ]);
    let shown = json!({
        "coverage_percent": 92.5, "positive": 6, "negative": 0, "edge_case": 0,
        "coverage_claimed": true, "tests_claimed": true, "files": [],
    });
    assert_eq!(run["item"]["test_run"], shown);
    assert_eq!(
        desk.json(&["done", "WORK-1", "--resolution", "shipped"])["recorded"],
        2
    );
    let done = desk.json(&["show", "WORK-1"]);
    assert_eq!(
        (&done["status"], &done["resolution"]),
        (&json!("done"), &json!("shipped"))
    );
    assert!(done["cycle_time_seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(
        status(&["reopen", "WORK-1", "--reason", "typo"]),
        "in_progress"
    );
    assert_eq!(
        desk.refused(&["done", "WORK-1"]).0,
        3,
        "a reopened item needs a new test run"
    );
    assert_eq!(
        desk.json(&["assign", "WORK-1", "--nobody"])["item"]["assignee"],
        json!(null)
    );
    assert_eq!(
        status(&["cancel", "WORK-1", "--reason", "dropped"]),
        "cancelled"
    );
    assert_eq!(desk.refused(&["start", "WORK-1"]).0, 3);

    let then = desk.json(&["show", "WORK-1", "--as-of", "4"]);
    assert_eq!(
        (&then["status"], &then["version"]),
        (&json!("blocked"), &json!(4))
    );
    let card = desk.done(&["show", "WORK-1"]);
    for words in ["WORK-001 Write", "cancelled", "dropped", "two", "high"] {
        assert!(card.contains(words), "{words} in {card}");
    }
}

#[test]
fn an_item_of_the_highest_risk_needs_the_approval_of_an_actor_who_did_not_work_on_it() {
    let desk = Desk::new();
    desk.write_evidence();
    desk.done(&["add", "Risky", "--risk", "t4", "--actor", "ada"]);
    desk.done(&["start", "WORK-1", "--actor", "ada"]);
    let files = ["--lcov", "lines.info", "--junit", "tests.xml"];
    desk.done(
        &[
            &["test-run", "WORK-1", "--actor", "agent:builder"],
            &files[..],
        ]
        .concat(),
    );
    for (actor, reason) in [
        ("ada", "ada started it"),
        ("agent:builder", "agent:builder recorded"),
    ] {
        let (code, error) = desk.refused(&["approve", "WORK-1", "--actor", actor]);
        assert_eq!(code, 3, "{actor}");
        assert!(
            error["message"].as_str().unwrap().contains(reason),
            "{error}"
        );
        assert!(
            error["hint"].as_str().unwrap().contains("T3 or lower"),
            "{error}"
        );
    }
    // Names alone are compared: the kind of an actor is a claim, too.
    assert_eq!(
        desk.refused(&["approve", "WORK-1", "--actor", "agent:ada"])
            .0,
        3
    );
    let (code, error) = desk.refused(&["done", "WORK-1", "--actor", "ada"]);
    assert_eq!(
        (code, &error["hindrances"]),
        (3, &json!([{"kind": "no_approval"}]))
    );

    desk.done(&["assign", "WORK-1", "agent:reviewer"]);
    let approved = desk.json(&["approve", "WORK-1", "--actor", "agent:reviewer"]);
    assert_eq!(approved["item"]["approvers"], json!(["agent:reviewer"]));
    assert_eq!(desk.json(&["done", "WORK-1"])["item"]["status"], "done");
    assert!(
        desk.done(&["show", "WORK-1"])
            .contains("approved by agent:reviewer")
    );
}

#[test]
fn a_start_assigns_the_actor_and_names_open_blockers() {
    let desk = Desk::new();
    for title in ["Paint", "Choose", "Buy"] {
        desk.done(&["add", title]);
    }
    desk.done(&["depend", "WORK-1", "--on", "WORK-2"]);
    desk.done(&["depend", "WORK-1", "--on", "WORK-3"]);
    desk.done(&["cancel", "WORK-3", "--reason", "r"]);
    let started = desk.done(&["start", "WORK-1", "--actor", "agent:builder"]);
    let (started, claimed) = started.split_once("claimed until ").unwrap();
    assert!(claimed.ends_with(" UTC\n"), "{claimed}");
    assert_eq!(
        started,
        "WORK-001 Paint: in_progress, version 5 (pending → in_progress; claimed by \
         agent:builder)\nit waits for a blocker: WORK-002 is pending\n"
    );
    assert_eq!(desk.json(&["show", "WORK-1"])["assignee"], "agent:builder");
    desk.done(&["assign", "WORK-2", "ada"]);
    let started = desk.json(&["start", "WORK-2"]);
    assert_eq!(started["item"]["assignee"], "ada");
    assert_eq!(started["recorded"], 1);
    assert!(started.get("open_blockers").is_none());
}

#[test]
fn an_assignee_keeps_its_kind() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    desk.done(&["add", "y"]);
    desk.done(&["assign", "WORK-1", "agent:ada"]);
    desk.done(&["assign", "WORK-2", "ada"]);
    let numbers = |assignee: &str| {
        let list = desk.json(&["list", "--assignee", assignee]);
        let items = list.as_array().unwrap().iter();
        items
            .map(|item| item["number"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers("agent:ada"), ["WORK-001"]);
    assert_eq!(numbers("person:ada"), ["WORK-002"]);
    assert_eq!(numbers("ada"), ["WORK-001", "WORK-002"]);
    assert_eq!(numbers("system:ada"), Vec::<String>::new());
    assert_eq!(desk.json(&["tree"])[0]["assignee"], "agent:ada");
    for words in [&["list"][..], &["show", "WORK-1"], &["history", "WORK-1"]] {
        let text = desk.done(words);
        assert!(text.contains("agent:ada"), "{words:?}: {text}");
    }
    let unassigned = desk.done(&["assign", "WORK-1", "--nobody"]);
    assert!(
        unassigned.contains("(taken from agent:ada)"),
        "{unassigned}"
    );
}

#[test]
fn a_story_is_created_in_an_epic() {
    let desk = Desk::new();
    desk.done(&["add", "Epic", "--type", "epic"]);
    let story = desk.json(&["add", "Story", "--type", "story", "--parent", "WORK-1"]);
    assert_eq!(story["item"]["parent"]["number"], "WORK-001");
    assert!(desk.done(&["show", "WORK-2"]).contains("WORK-001"));
}

#[test]
fn a_list_can_be_narrowed() {
    let desk = Desk::new();
    desk.done(&["add", "One"]);
    desk.done(&["add", "Two", "--type", "spike"]);
    desk.done(&["start", "WORK-2"]);
    desk.done(&["assign", "WORK-2", "ada"]);
    let numbers = |words: &[&str]| {
        let list = desk.json(&[&["list"], words].concat());
        let items = list.as_array().unwrap().iter();
        items
            .map(|item| item["number"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(&[]), ["WORK-001", "WORK-002"]);
    assert_eq!(numbers(&["--status", "pending"]), ["WORK-001"]);
    assert_eq!(
        numbers(&["--status", "pending", "--status", "in_progress"]).len(),
        2
    );
    assert_eq!(
        numbers(&["--type", "spike", "--assignee", "ada"]),
        ["WORK-002"]
    );
    assert_eq!(numbers(&["--assignee", "bob"]), Vec::<String>::new());
    assert_eq!(desk.done(&["list", "--assignee", "bob"]), "no work items\n");
    assert!(desk.done(&["list"]).contains("WORK-002"));
}

#[test]
fn an_approval_that_does_not_count_is_marked() {
    let desk = Desk::new();
    desk.done(&["add", "x", "--risk", "T4"]);
    desk.done(&["start", "WORK-1", "--actor", "ada"]);
    desk.done(&["approve", "WORK-1", "--actor", "eve"]);
    desk.done(&["approve", "WORK-1", "--actor", "ben"]);
    let shown = desk.json(&["show", "WORK-1"]);
    assert_eq!(shown["approvals_that_do_not_count"], json!([]));
    assert!(!desk.done(&["show", "WORK-1"]).contains("does not count"));

    desk.done(&["block", "WORK-1", "--reason", "r", "--actor", "ben"]);
    let shown = desk.json(&["show", "WORK-1"]);
    let work = json!({"approver": "ben", "work": "block", "version": 6});
    assert_eq!(shown["approvals_that_do_not_count"], json!([work]));
    assert_eq!(shown["approvers"], json!(["ben", "eve"]));
    let human = desk.done(&["show", "WORK-1"]);
    let line = "approved by ben (does not count: ben blocked it), eve\n";
    assert!(human.contains(line), "{human}");
    // It counted when it was given.
    let then = desk.done(&["show", "WORK-1", "--as-of", "5"]);
    assert!(then.contains("approved by ben, eve\n"), "{then}");
    let chain = desk.json(&["why", "WORK-1"])["chain"].clone();
    let chain = chain.as_array().unwrap().iter();
    let approvals = chain.filter(|link| link["event_type"] == "CompletionApproved");
    let names: Vec<_> = approvals.map(|link| &link["actor"]["name"]).collect();
    assert_eq!(names, ["eve"]);
}
