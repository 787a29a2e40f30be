//! Claims and the queue, by processes of the program.

use std::collections::{HashMap, HashSet};
use std::process::Child;

use serde_json::Value;
use tokio::runtime::Runtime;

use crate::held_program::{Answer, HeldProgram};
use crate::program::{Desk, Run, finish};
use crate::racer::{Manner, Racer, race};

/// The number of items of the race: 200, or `ANNALS_QUEUE_ITEMS`, for example 1000.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment may ask for more items"
)]
fn items_of_the_race() -> usize {
    let asked = std::env::var("ANNALS_QUEUE_ITEMS");
    asked.map_or(200, |count| count.parse().unwrap())
}

/// The claims of each item, by its number.
fn claims(events: &str) -> HashMap<String, usize> {
    let mut claims = HashMap::new();
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        if event["event_type"] == "WorkItemClaimed" {
            let number = event["number"].as_str().unwrap().to_owned();
            *claims.entry(number).or_default() += 1;
        }
    }
    claims
}

/// The commands of 32 agents. Half of them have one name, which the other process uses, too.
fn agents_ask() -> Vec<Vec<&'static str>> {
    const NAMES: [&str; 2] = ["agent:one", "agent:two"];
    let agent = |number: usize| vec!["next", "--claim", "--actor", NAMES[number % 2]];
    (0..32).map(agent).collect()
}

#[test]
fn of_64_agents_in_two_processes_that_ask_at_once_no_two_get_the_same_item() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work.annals");
    agents_get_different_items(&path.display().to_string());
}

#[test]
#[cfg(unix)]
fn of_64_agents_in_two_processes_that_ask_a_server_no_two_get_the_same_item() {
    use crate::served::Served;

    let Some(served) = Served::new() else { return };
    agents_get_different_items(&served.address);
}

/// Two processes with 32 agents each ask for items until there is none, and one of them is killed.
fn agents_get_different_items(store: &str) {
    let runtime = Runtime::new().unwrap();
    let referee = runtime.block_on(HeldProgram::open(store, "referee"));
    let count = items_of_the_race();
    for number in 1..=count {
        runtime.block_on(referee.done(&["add", &format!("item {number}")]));
    }
    let mut racers = ["ada", "grace"].map(|actor| Racer::start(store, actor));
    let mut got: Vec<String> = Vec::new();
    for round in 1.. {
        if round == 2 {
            // A process is killed while its agents ask. Its claims stay, and nobody gets them.
            let killed = std::mem::replace(&mut racers[1], Racer::start(store, "grace"));
            killed.kill_after(agents_ask());
        }
        let answers: Vec<Answer> = race(&mut racers, [agents_ask(), agents_ask()], Manner::Free)
            .into_iter()
            .flatten()
            .collect();
        let (claimed, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.code == 0);
        got.extend(claimed.iter().map(|answer| answer.number().to_owned()));
        for answer in &refused {
            assert_eq!(answer.code, 3, "{answer:?}");
            // Only the refusal of `next` counts the items that are not ready.
            assert!(answer.told["error"]["others"].is_array(), "{answer:?}");
        }
        // An agent is refused only when there is no ready item any more.
        let list = runtime.block_on(referee.done(&["ready"]));
        if !refused.is_empty() {
            assert_eq!(list.as_array().unwrap().len(), 0);
            break;
        }
    }
    let different: HashSet<_> = got.iter().collect();
    assert_eq!(different.len(), got.len(), "no two got the same item");
    racers.into_iter().for_each(Racer::finish);
    runtime.block_on(referee.close());
    let desk = Desk::new();
    let events = desk.done(&["events", "--store", store, "--format", "json"]);
    let claims = claims(&events);
    assert_eq!(claims.len(), count);
    assert!(claims.values().all(|times| *times == 1));
    // Those that are missing were claimed by the process that was killed.
    assert!(
        got.len() <= count && count - got.len() <= 32,
        "{}",
        got.len()
    );
}

#[test]
#[cfg(unix)]
fn processes_that_ask_a_server_for_the_next_item_get_different_ones() {
    use crate::served::Served;

    let Some(served) = Served::new() else { return };
    processes_get_different_items(&served.desk);
}

#[test]
fn processes_that_ask_a_file_for_the_next_item_get_different_ones() {
    processes_get_different_items(&Desk::new());
}

/// Eight processes at once ask for an item, three times.
fn processes_get_different_items(desk: &Desk) {
    const ITEMS: usize = 20;
    for number in 0..ITEMS {
        desk.done(&["add", &format!("item {number}")]);
    }
    let mut got = Vec::new();
    for _ in 0..3 {
        let words = [
            "next",
            "--claim",
            "--actor",
            "agent:one",
            "--format",
            "json",
        ];
        let children: Vec<Child> = (0..8)
            .map(|_| desk.command(&words).spawn().unwrap())
            .collect();
        for Run { code, out, err } in children.into_iter().map(finish) {
            match code {
                Some(0) => {
                    let answer: Value = serde_json::from_str(&out).unwrap();
                    got.push(answer["item"]["number"].as_str().unwrap().to_owned());
                }
                Some(3) => {
                    let told: Value = serde_json::from_str(&err).unwrap();
                    assert!(told["error"]["others"].is_array(), "{err}");
                }
                other => panic!("{other:?}: {err}"),
            }
        }
    }
    assert_eq!(got.len(), ITEMS);
    assert_eq!(got.iter().collect::<HashSet<_>>().len(), ITEMS);
}

#[test]
fn the_queue_by_the_read_model_equals_the_one_by_the_log() {
    let desk = Desk::new();
    for number in 1..=6 {
        desk.done(&["add", &format!("item {number}")]);
    }
    desk.done(&["depend", "1", "--on", "2"]);
    desk.done(&["claim", "3", "--actor", "agent:one"]);
    desk.done(&["start", "4"]);
    desk.done(&["prioritise", "6", "high"]);
    let by_log = desk.json(&["ready"]);
    desk.done(&["views", "rebuild", "items"]);
    let by_rows = desk.json(&["ready"]);
    assert_eq!(by_log, by_rows);
    let numbers = |list: &Value| {
        let list = list.as_array().unwrap().iter();
        list.map(|item| item["number"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(&by_rows), ["WORK-006", "WORK-002", "WORK-005"]);
    assert_eq!(desk.json(&["ready", "--read-only"]), by_rows);
    assert_eq!(
        numbers(&desk.json(&["ready", "--limit", "1"])),
        ["WORK-006"]
    );
    assert_eq!(desk.json(&["next"])["number"], "WORK-006");
    assert_eq!(numbers(&desk.json(&["list", "--ready"])), {
        let mut by_number = numbers(&by_rows);
        by_number.sort();
        by_number
    });
    assert_eq!(
        desk.json(&["list", "--ready", "--limit", "1", "--ids"]),
        serde_json::json!(["WORK-002"])
    );
    // The board has the same items and claims at the same position.
    let board = desk.json(&["board"]);
    let pending = &board["columns"][0]["cards"];
    let claimed = pending.as_array().unwrap().iter();
    let claimed = claimed.filter(|card| !card["claim"].is_null());
    assert_eq!(claimed.count(), 1);
    for card in pending.as_array().unwrap() {
        let is_listed = numbers(&by_rows).contains(&card["number"].as_str().unwrap().to_owned());
        assert_eq!(card["ready"], is_listed, "{card}");
    }
    for number in 1..=6 {
        let explained = desk.json(&["ready", "--explain", &number.to_string()]);
        let is_listed = numbers(&by_rows).contains(&format!("WORK-00{number}"));
        assert_eq!(explained["is_ready"], is_listed, "{explained}");
        let reasons = explained["reasons"].as_array().unwrap();
        assert_eq!(reasons.is_empty(), is_listed, "{explained}");
    }
}

#[test]
fn the_text_of_one_who_lost_an_item_is_kept_once() {
    let desk = Desk::new();
    for title in ["one", "two"] {
        desk.done(&["add", title]);
    }
    desk.done(&["claim", "1", "--actor", "agent:two"]);
    let handle = desk.json(&["context", "1"])["handle"].clone();
    desk.done(&["claim", "1", "--actor", "ada"]);
    let keeps = |words: &[&str], code: i32, notes: u64| {
        let more = ["--keep-text", "--actor", "agent:two", "--format", "json"];
        let words = [words, &more].concat();
        let run = desk.run(&words);
        assert_eq!(run.code, Some(code), "{words:?}: {}", run.err);
        assert_eq!(desk.json(&["show", "1"])["notes"], notes, "{words:?}");
        // The note that the text is kept comes first.
        let error: Value = serde_json::from_str(run.err.lines().last().unwrap()).unwrap();
        error["error"].clone()
    };
    let done = ["done", "1", "--resolution", "a", "--key", "k"];
    keeps(&done, 3, 1);
    keeps(&done, 3, 1);
    let old = ["done", "1", "--resolution", "b", "--expect", "2"];
    assert_eq!(keeps(&old, 3, 2)["assignee"], "ada");
    let seen = handle.as_str().unwrap();
    let seen = ["done", "1", "--resolution", "c", "--seen", seen];
    assert_eq!(keeps(&seen, 3, 3)["assignee"], "ada");
    let several = ["cancel", "1", "2", "1", "--reason", "d"];
    keeps(&several, 3, 4);
    let unknown = ["cancel", "99", "1", "--reason", "e"];
    let error = keeps(&unknown, 3, 5);
    assert_eq!(error["refused"].as_array().unwrap().len(), 2);
    // Nothing is kept of an item that was not lost.
    assert_eq!(desk.json(&["show", "2"])["notes"], 0);
    // Several processes with one text, and an item that was finished meanwhile.
    desk.done(&["cancel", "1", "--reason", "over"]);
    for round in 1..=4 {
        let text = format!("round {round}");
        let words = ["done", "1", "--resolution", &text, "--keep-text"];
        let words = [&words[..], &["--actor", "agent:two"]].concat();
        for run in desk.at_once(5, &words) {
            assert_eq!(run.code, Some(3), "{}", run.err);
        }
        assert_eq!(desk.json(&["show", "1"])["notes"], 5 + round);
    }
    // The reason of the actor that has closed it is there already.
    desk.run(&["cancel", "1", "--reason", "over", "--keep-text"]);
    assert_eq!(desk.json(&["show", "1"])["notes"], 9);
}

#[test]
fn an_agent_is_not_told_to_move_an_item_of_another_actor() {
    let desk = Desk::new();
    desk.done(&["add", "x", "--type", "spike"]);
    desk.done(&["start", "1"]);
    let next = |actor: &str| desk.json(&["context", "1", "--actor", actor])["next"].clone();
    assert_eq!(next("tester"), serde_json::json!(["annals done WORK-001"]));
    assert_eq!(
        next("agent:one"),
        serde_json::json!(["annals next --claim"])
    );
    // A conflict does not hide who has it.
    desk.done(&["claim", "1"]);
    let late = ["start", "1", "--expect", "1", "--actor", "agent:one"];
    let (code, error) = desk.refused(&late);
    assert_eq!(
        (code, &error["claimant"]),
        (3, &serde_json::json!("tester"))
    );
}

#[test]
fn a_refusal_names_the_claimant_and_what_to_do_next() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    desk.done(&["start", "1", "--actor", "agent:one"]);
    let (code, error) = desk.refused(&["done", "1", "--actor", "agent:two"]);
    assert_eq!(code, 3);
    assert_eq!(error["claimant"], "agent:one");
    assert!(error["until"].as_str() > error["since"].as_str(), "{error}");
    assert!(error["hint"].is_string(), "{error}");
    let (code, error) = desk.refused(&["next", "--claim", "--actor", "agent:two"]);
    let claimed = serde_json::json!([{ "kind": "claimed", "count": 1 }]);
    assert_eq!((code, &error["others"]), (3, &claimed));
    assert_eq!(error["kind"], "refused");
    let (_, error) = desk.refused(&["claim", "1", "--actor", "agent:two"]);
    assert_eq!(error["claimant"], "agent:one");
    assert!(error["until"].as_str() > error["since"].as_str(), "{error}");
    desk.done(&["claim", "1"]);
    let (_, error) = desk.refused(&["retitle", "1", "y", "--actor", "agent:one"]);
    assert_eq!(error["assignee"], "tester");
    assert!(error["lost_at"].is_string(), "{error}");
    desk.done(&["claim", "1", "--actor", "tester"]);
    let show = desk.json(&["show", "1"]);
    assert_eq!(show["claim"]["claimant"], "tester");
    assert_eq!(show["claim"]["term"], 2);
}
