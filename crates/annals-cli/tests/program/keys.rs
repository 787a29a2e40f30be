//! Keys: a command under a key is done once, and has the same answer each time.

use crate::program::Desk;

fn bytes(desk: &Desk) -> Vec<u8> {
    desk.done(&["export", "-"]).into_bytes()
}

#[test]
fn a_repetition_writes_nothing_and_has_the_first_answer() {
    let desk = Desk::new();
    desk.write_evidence();
    let commands: [&[&str]; 8] = [
        &["add", "story", "--type", "story"],
        &["add", "task", "--parent", "1", "--assignee", "ada"],
        &["add", "blocker"],
        &["depend", "2", "--on", "3"],
        &["start", "1", "2"],
        &[
            "test-run",
            "2",
            "--lcov",
            "lines.info",
            "--junit",
            "tests.xml",
        ],
        &["note", "2", "half of it"],
        // It changes nothing.
        &["prioritise", "2", "medium"],
    ];
    let keyed = |number: usize, format: &str| {
        let key = format!("step {number}");
        let words = [commands[number], &["--key", &key, "--format", format]].concat();
        desk.done(&words)
    };
    let formats = ["json", "toon", "human"];
    let first: Vec<_> = (0..commands.len())
        .map(|number| keyed(number, formats[number % 3]))
        .collect();
    // Later changes are in no answer.
    desk.done(&["retitle", "2", "another title"]);
    desk.done(&["cancel", "3", "--reason", "r"]);
    let before = bytes(&desk);
    for (number, answer) in first.iter().enumerate() {
        assert_eq!(
            &keyed(number, formats[number % 3]),
            answer,
            "{:?}",
            commands[number]
        );
    }
    assert_eq!(bytes(&desk), before);
    assert_eq!(desk.json(&["list", "--ids"]).as_array().unwrap().len(), 3);
}

#[test]
fn a_used_key_refuses_another_command() {
    let desk = Desk::new();
    desk.done(&["add", "one", "--key", "k"]);
    desk.done(&["add", "two"]);
    let before = bytes(&desk);
    for words in [
        &["add", "other", "--key", "k"][..],
        &["start", "1", "--key", "k"],
        &["add", "one", "--key", "k", "--risk", "T2"],
        &["add", "one", "--key", "k", "--actor", "ben"],
        &["add", "one", "--key", "k", "--on", "2"],
    ] {
        let (code, error) = desk.refused(words);
        assert_eq!(
            (code, error["kind"].as_str()),
            (4, Some("conflict")),
            "{words:?}"
        );
        assert!(error["hint"].is_string(), "{error}");
    }
    assert_eq!(bytes(&desk), before);
    let long = "x".repeat(201);
    assert_eq!(desk.refused(&["start", "1", "--key", &long]).0, 2);
}

#[test]
fn a_refusal_is_not_remembered() {
    let desk = Desk::new();
    desk.done(&["add", "one"]);
    let done = ["done", "1", "--key", "finish"];
    assert_eq!(desk.refused(&done).0, 3);
    desk.done(&["start", "1"]);
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
    assert_eq!(desk.json(&done)["item"]["status"], "done");
    // The item was reopened since then: the command is still done.
    desk.done(&["reopen", "1", "--reason", "r"]);
    assert_eq!(desk.json(&done)["item"]["status"], "done");
    assert_eq!(desk.json(&["show", "1"])["status"], "in_progress");
}

#[test]
fn the_items_that_are_ready_because_of_a_command_are_in_each_answer_to_its_key() {
    let desk = Desk::new();
    for words in [
        &["add", "first"][..],
        &["add", "second", "--on", "1"],
        &["add", "third", "--on", "1,2"],
        &["add", "story", "--type", "story"],
        &["add", "only child", "--parent", "4"],
    ] {
        desk.done(words);
    }
    let cancel = ["cancel", "1", "5", "--reason", "not needed", "--key", "k"];
    let first = desk.json(&cancel);
    // An item that waited for two of them is named once.
    let both = Desk::new();
    for words in [
        &["add", "a"][..],
        &["add", "b"],
        &["add", "c", "--on", "1,2"],
    ] {
        both.done(words);
    }
    let answers = both.json(&["cancel", "1", "2", "--reason", "r"]);
    assert!(answers[0]["now_ready"].is_null(), "{answers}");
    assert_eq!(answers[1]["now_ready"][0]["number"], "WORK-003");
    let ready = |answer: usize| &first[answer]["now_ready"][0];
    assert_eq!(ready(0)["title"], "second");
    assert_eq!(ready(1)["title"], "story");
    assert_eq!(first[0]["now_ready"].as_array().unwrap().len(), 1);
    // Neither is ready any more, and one has another title.
    desk.done(&["retitle", "2", "another title"]);
    desk.done(&["claim", "2", "4", "--actor", "agent:one"]);
    assert_eq!(desk.json(&cancel), first);
    // A command that closes nothing says nothing of the queue.
    let note = desk.json(&["note", "1", "n", "--key", "note"]);
    assert!(note["now_ready"].is_null(), "{note}");
}

#[test]
fn the_next_item_under_a_key_is_the_same_one() {
    let desk = Desk::new();
    let claim = |key| ["next", "--claim", "--key", key, "--actor", "agent:one"];
    // A refusal is not remembered.
    desk.done(&["add", "zero", "--assignee", "ada"]);
    assert_eq!(desk.refused(&claim("a")).0, 3);
    for title in ["one", "two"] {
        desk.done(&["add", title]);
    }
    let first = desk.json(&claim("a"));
    assert_eq!(first["item"]["number"], "WORK-002");
    assert_eq!(desk.json(&claim("b"))["item"]["number"], "WORK-003");
    // The queue is empty now, and the claim of the first item is gone.
    desk.done(&["release", "2", "--actor", "agent:one"]);
    desk.done(&["start", "2"]);
    let before = bytes(&desk);
    assert_eq!(desk.json(&claim("a")), first);
    assert_eq!(bytes(&desk), before);
    for words in [
        &["next", "--claim", "--key", "a", "--actor", "agent:two"][..],
        &[
            "next",
            "--claim",
            "--key",
            "a",
            "--actor",
            "agent:one",
            "--for",
            "1h",
        ],
        &["claim", "3", "--key", "a", "--actor", "agent:one"],
    ] {
        assert_eq!(desk.refused(words).0, 4, "{words:?}");
    }
    assert_eq!(desk.refused(&["next", "--key", "a"]).0, 2);
}

#[test]
fn processes_that_ask_for_the_next_item_under_one_key_get_one_item() {
    let desk = Desk::new();
    for title in ["one", "two", "three"] {
        desk.done(&["add", title]);
    }
    let words = ["next", "--claim", "--key", "k", "--actor", "agent:one"];
    let words = [&words[..], &["--format", "json"]].concat();
    let runs = desk.at_once(6, &words);
    for run in &runs {
        assert_eq!((run.code, &run.out), (Some(0), &runs[0].out), "{}", run.err);
    }
    let events = desk.done(&["events", "--format", "json"]);
    assert_eq!(events.matches(r#""WorkItemClaimed""#).count(), 1);
}

#[test]
fn of_processes_with_one_key_at_once_one_does_the_command() {
    let desk = Desk::new();
    desk.done(&["add", "first"]);
    for round in 0..3 {
        let key = format!("round {round}");
        let words = ["add", "x", "--on", "1", "--key", &key, "--format", "json"];
        let runs = desk.at_once(6, &words);
        for run in &runs {
            assert_eq!((run.code, &run.out), (Some(0), &runs[0].out), "{}", run.err);
        }
    }
    assert_eq!(desk.json(&["list", "--ids"]).as_array().unwrap().len(), 4);
}

#[test]
fn of_processes_that_change_an_item_under_one_key_each_has_the_first_answer() {
    let desk = Desk::new();
    for round in 1..=12 {
        desk.done(&["add", "x"]);
        let (item, key) = (round.to_string(), format!("round {round}"));
        let words: &[&str] = match round % 3 {
            0 => &["start", &item],
            1 => &["cancel", &item, "--reason", "r"],
            _ => &["start", &item, "--expect", "1"],
        };
        let words = [words, &["--key", &key, "--format", "json"]].concat();
        let runs = desk.at_once(5, &words);
        for run in &runs {
            assert_eq!((run.code, &run.out), (Some(0), &runs[0].out), "{}", run.err);
        }
    }
}

#[test]
fn a_repetition_renews_the_claim_of_its_actor() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let words = [
        "claim", "1", "--for", "1s", "--key", "k", "--actor", "agent:a",
    ];
    desk.done(&words);
    let until = || {
        desk.json(&["show", "1"])["claim"]["until"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = until();
    desk.done(&words);
    assert!(until() > first);
}

#[test]
fn what_if_takes_no_key() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    assert_eq!(desk.refused(&["what-if", "start", "1", "--key", "k"]).0, 2);
}

#[test]
fn a_killed_command_is_done_once_by_its_repetition() {
    let desk = Desk::new();
    desk.done(&["add", "first"]);
    for round in 0..24_u32 {
        let key = format!("round {round}");
        let words = [
            "add",
            "x",
            "--assignee",
            "ada",
            "--key",
            &key,
            "--format",
            "json",
        ];
        let mut killed = desk.command(&words).spawn().unwrap();
        // From a kill at the beginning to one near the end.
        for _ in 0..round * 200_000 {
            std::hint::spin_loop();
        }
        let _ = killed.kill();
        killed.wait().unwrap();
        let first = desk.done(&words);
        assert_eq!(desk.done(&words), first);
        let items = desk.json(&["list", "--ids"]);
        assert_eq!(items.as_array().unwrap().len(), round as usize + 2);
    }
    assert_eq!(desk.json(&["check"])["clean"], true);
}
