//! The board: its columns on terminals and in pipes, its past, and its changes.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command};

use serde_json::{Value, json};

use crate::program::{Desk, finish};
use crate::screens::on_terminal;

/// Thirteen items: 1 is done, 2 is cancelled, 3 is in progress, 4 is critical.
fn with_items() -> Desk {
    let desk = Desk::new();
    for number in 1..=13 {
        let title = format!("Write chapter {number} of the annual report of the harbour");
        let (kind, priority) = match number {
            1..=3 => ("spike", "medium"),
            4 => ("task", "critical"),
            _ => ("task", "medium"),
        };
        desk.done(&["add", &title, "--type", kind, "--priority", priority]);
    }
    desk.done(&["start", "1"]);
    desk.done(&["done", "1"]);
    desk.done(&["cancel", "2", "--reason", "no use"]);
    desk.done(&["start", "3", "--actor", "agent:builder"]);
    desk
}

fn column<'a>(board: &'a Value, status: &str) -> &'a Value {
    let mut columns = board["columns"].as_array().unwrap().iter();
    columns.find(|column| column["status"] == status).unwrap()
}

/// The numbers on the cards of a column, and its count.
fn cards(board: &Value, status: &str) -> (Vec<String>, u64) {
    let column = column(board, status);
    let cards = column["cards"].as_array().unwrap().iter();
    let numbers = cards.map(|card| card["number"].as_str().unwrap().to_owned());
    (numbers.collect(), column["count"].as_u64().unwrap())
}

#[test]
fn a_board_has_counts_and_the_first_ten_cards_of_each_column() {
    let desk = with_items();
    // The second time, the rows answer.
    for _ in 0..2 {
        for board in [desk.json(&["board"]), desk.toon(&["board"])] {
            let statuses: Vec<_> = board["columns"].as_array().unwrap().iter().collect();
            let statuses: Vec<_> = statuses.iter().map(|column| &column["status"]).collect();
            let expected = ["pending", "in_progress", "blocked", "done", "cancelled"];
            assert_eq!(statuses, expected);
            let (numbers, count) = cards(&board, "pending");
            assert_eq!((numbers.len(), count), (10, 10));
            assert_eq!(numbers[..2], ["WORK-004", "WORK-005"]);
            assert_eq!(cards(&board, "blocked"), (vec![], 0));
            let card = &column(&board, "in_progress")["cards"][0];
            let expected = json!({
                "id": desk.json(&["show", "3"])["id"],
                "number": "WORK-003",
                "title": "Write chapter 3 of the annual report of the harbour",
                "type": "spike",
                "priority": "medium",
                "assignee": "agent:builder",
                "claim": desk.json(&["show", "3"])["claim"],
                "version": 3,
            });
            assert_eq!(card, &expected);
            assert_eq!(board.get("position"), None);
        }
        desk.done(&["search", "report"]);
    }
    desk.done(&["add", "One more"]);
    let board = desk.json(&["board"]);
    let (numbers, count) = cards(&board, "pending");
    assert_eq!((numbers.len(), count), (10, 11));
    for (words, expected) in [
        (&["--assignee", "builder"][..], 1),
        (&["--assignee", "agent:builder"], 1),
        (&["--assignee", "person:builder"], 0),
        (&["--type", "spike,story"], 3),
        (&["--parent", "1"], 0),
    ] {
        let board = desk.json(&[&["board"], words].concat());
        let columns = board["columns"].as_array().unwrap().iter();
        let count: u64 = columns
            .map(|column| column["count"].as_u64().unwrap())
            .sum();
        assert_eq!(count, expected, "{words:?}");
    }
    assert_eq!(desk.done(&["board", "--parent", "1"]), "no work items\n");
    assert_eq!(desk.refused(&["board", "--parent", "99"]).0, 3);
}

#[tokio::test]
async fn columns_stand_side_by_side_as_far_as_they_fit() {
    let desk = with_items();
    desk.done(&["add", &"x".repeat(150)]);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    for (width, heading) in [
        (24, "pending (11)"),
        (50, "pending (11) in_progress (1)"),
        (80, "pending (11) in_progress (1) blocked (0)"),
        (
            110,
            "pending (11) in_progress (1) blocked (0) done (1) cancelled (1)",
        ),
    ] {
        let board = on_terminal(&desk, width, &["board"]).await;
        assert_eq!((board.code, board.err.as_str()), (Some(0), ""), "{width}");
        let first = words(board.out.lines().next().unwrap());
        assert_eq!(first, heading, "{width}\n{}", board.out);
        for line in board.out.lines() {
            assert!(
                line.chars().count() <= width.into(),
                "{width}\n{}",
                board.out
            );
        }
        assert!(board.out.contains("and 1 more"), "{}", board.out);
        // Each word is whole, or `…` marks the cut.
        let whole =
            "Write chapter of the annual report harbour and more critical agent:builder tester";
        let is_whole = |word: &str| {
            let is_word = whole.split(' ').any(|known| known == word);
            is_word || word.starts_with("WORK-0") || word.parse::<u8>().is_ok()
        };
        for word in board.out.lines().skip(1).flat_map(str::split_whitespace) {
            let is_heading = word.starts_with('(') || board.out.contains(&format!("{word} ("));
            assert!(
                word.ends_with('…') || is_heading || is_whole(word),
                "{word}\n{}",
                board.out
            );
        }
    }
}

#[test]
fn a_pipe_gets_whole_titles_and_may_be_closed_early() {
    let desk = with_items();
    let board = desk.done(&["board"]);
    assert!(board.contains("Write chapter 13 of the annual report of the harbour\n"));
    assert!(
        board.starts_with("pending (10)\nWORK-004 critical\n"),
        "{board}"
    );
    assert!(board.contains("WORK-003 agent:builder"), "{board}");
    assert!(!board.contains('\u{1b}'));
    let mut command = desk.command(&["board"]);
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let run = finish(child);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
}

#[test]
fn a_board_needs_a_store_and_shows_titles_of_any_script() {
    let desk = Desk::new();
    let board = desk.run(&["board"]);
    assert_eq!(board.code, Some(5), "{board:?}");
    desk.done(&["add", "e\u{301}te\u{301} 漢字 🎉"]);
    assert!(desk.done(&["board"]).contains("e\u{301}te\u{301} 漢字 🎉"));
}

#[test]
fn a_board_of_the_past_is_the_log_up_to_a_position_or_time() {
    let desk = with_items();
    let past = desk.json(&["board", "--as-of", "3"]);
    assert_eq!(past["position"], 3);
    let (numbers, _) = cards(&past, "pending");
    assert_eq!(
        numbers,
        ["WORK-001", "WORK-002"],
        "the register has one event"
    );
    let nothing = desk.done(&["board", "--as-of", "0"]);
    assert_eq!(nothing, "as of position 0\n\nno work items\n");
    let old = desk.done(&["board", "--as-of", "2020-01-01"]);
    let expected = "as of 2020-01-01 23:59:59 UTC (position 0)\n\nno work items\n";
    assert_eq!(old, expected);
    let now = desk.json(&["board", "--as-of", "now"]);
    // Only the present has claims that are renewed, and a queue.
    let mut present = desk.json(&["board"]);
    for column in present["columns"].as_array_mut().unwrap() {
        let is_pending = column["status"] == "pending";
        for card in column["cards"].as_array_mut().unwrap() {
            let ready = card.as_object_mut().unwrap().remove("ready");
            assert_eq!(ready, is_pending.then_some(json!(true)));
        }
    }
    assert_eq!(now["columns"], present["columns"]);

    let (code, error) = desk.refused(&["board", "--as-of", "999"]);
    let message = error["message"].as_str().unwrap();
    assert_eq!(code, 3);
    assert!(
        message.starts_with("the log has no position 999"),
        "{message}"
    );
    let future = desk.run(&["board", "--as-of", "2999-01-01"]);
    assert!(future.err.contains("is in the future"), "{future:?}");
    for words in [
        &["board", "--as-of", "tomorrow"][..],
        &["board", "--as-of", "1", "--watch"],
        &["board", "--type", "nothing"],
    ] {
        assert_eq!(desk.refused(words).0, 2, "{words:?}");
    }
}

#[test]
fn a_board_writes_nothing_under_read_only() {
    let desk = with_items();
    let board = desk.json(&["board", "--read-only"]);
    assert_eq!(cards(&board, "pending").1, 10);
    assert!(!desk.path("work.annals-views").exists());
    desk.done(&["search", "report"]);
    desk.done(&["start", "5"]);
    let behind = desk.json(&["board", "--read-only"]);
    assert_eq!(cards(&behind, "pending").1, 9);
}

#[test]
fn trouble_with_the_rows_is_told_once_and_the_log_answers() {
    let desk = with_items();
    fs::write(desk.path("work.annals-views"), "a file").unwrap();
    for words in [["board"], ["stats"]] {
        let run = desk.run(&words);
        assert_eq!(run.code, Some(0), "{run:?}");
        let notes: Vec<_> = run
            .err
            .lines()
            .filter(|line| line.starts_with("note: "))
            .collect();
        assert_eq!(notes.len(), 1, "{run:?}");
        assert!(notes[0].starts_with("note: the read model is passed over: "));
    }
}

/// A watched board, as lines of JSON.
struct Watched {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watched {
    fn begin(desk: &Desk, words: &[&str]) -> Self {
        let words = [&["board", "--watch", "--format", "json"], words].concat();
        let mut child = desk.command(&words).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn next(&mut self) -> Value {
        let line = self.lines.next().unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Ends it as Ctrl-C does.
    fn interrupt(self) -> Option<i32> {
        let mut child = self.child;
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.unwrap().success());
        child.wait().unwrap().code()
    }
}

#[cfg(unix)]
#[test]
fn a_watched_board_has_each_change_of_other_processes_until_it_is_interrupted() {
    let desk = with_items();
    for has_rows in [false, true] {
        if has_rows {
            desk.done(&["search", "report"]);
        }
        let mut all = Watched::begin(&desk, &[]);
        let mut spikes = Watched::begin(&desk, &["--type", "spike"]);
        let before = cards(&all.next(), "pending").1;
        assert_eq!(cards(&spikes.next(), "pending").1, 0);
        desk.done(&["add", "A task"]);
        assert_eq!(cards(&all.next(), "pending").1, before + 1);
        // The task has changed nothing on this board.
        desk.done(&["add", "A spike", "--type", "spike"]);
        assert_eq!(cards(&spikes.next(), "pending").1, 1);
        assert_eq!(spikes.interrupt(), Some(130));
        assert_eq!(all.interrupt(), Some(130));
        let number = desk.json(&["list", "--type", "spike", "--status", "pending"]);
        let number = number[0]["number"].as_str().unwrap().to_owned();
        desk.done(&["cancel", &number, "--reason", "x"]);
    }
    assert!(desk.done(&["check"]).contains("clean"));
}

#[cfg(unix)]
#[test]
fn a_watched_board_ends_when_its_reader_is_gone() {
    let desk = with_items();
    let mut watched = Watched::begin(&desk, &[]);
    watched.next();
    drop(watched.lines);
    let ended = finish(watched.child);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}

#[test]
fn a_board_cannot_be_watched_in_toon() {
    let desk = with_items();
    let run = desk.run(&["board", "--watch", "--format", "toon"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    assert!(run.err.contains("use --format json"), "{}", run.err);
}
