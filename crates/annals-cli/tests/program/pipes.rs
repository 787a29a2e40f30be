//! Readers that close a pipe early, and followers that run until an interrupt.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use crate::program::{Desk, finish};

#[test]
fn a_reader_that_closes_the_pipe_early_is_no_error() {
    let desk = Desk::new();
    desk.done(&["add", "x", "--description", &"words ".repeat(100)]);
    for number in 0..60 {
        desk.done(&["assign", "WORK-1", &format!("somebody-{number}")]);
    }
    for words in [
        &["events"][..],
        &["events", "--format", "json"],
        &["history", "WORK-1"],
    ] {
        let mut command = desk.command(words);
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        assert_eq!(
            (child.wait().unwrap().code(), err.as_str()),
            (Some(0), ""),
            "{words:?}"
        );
    }
}

#[test]
fn wrong_usage_stays_wrong_usage_if_its_message_cannot_be_written() {
    let desk = Desk::new();
    for words in [&["fly"][..], &["fly", "--format", "json"]] {
        let mut command = desk.command(words);
        let mut child = command.spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(2), "{words:?}");
    }
}

/// A command whose answer goes to a full disk.
#[cfg(target_os = "linux")]
fn on_a_full_disk(desk: &Desk, words: &[&str]) -> (Option<i32>, String) {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let mut command = desk.command(words);
    command.stdout(full.unwrap());
    let run = finish(command.spawn().unwrap());
    (run.code, run.err)
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_an_error_with_a_next_step() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    for words in [
        &["list"][..],
        &["events"],
        &["context", "WORK-1"],
        &["completions", "bash"],
        &["--help"],
        &["list", "--help"],
        &["--version"],
    ] {
        let (code, err) = on_a_full_disk(&desk, words);
        assert_eq!(code, Some(5), "{words:?}: {err}");
        let (message, hint) = err.split_once('\n').unwrap();
        let expected = "error: cannot write the answer to standard output: ";
        assert!(message.starts_with(expected), "{words:?}: {err}");
        assert!(
            hint.starts_with("hint: free some space"),
            "{words:?}: {err}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_change_without_an_answer_is_recorded_and_the_error_says_so() {
    let desk = Desk::new();
    desk.done(&["add", "first"]);
    for words in [&["add", "second"][..], &["start", "WORK-1"]] {
        let (code, err) = on_a_full_disk(&desk, words);
        assert_eq!(code, Some(5), "{words:?}: {err}");
        assert!(err.starts_with("error: the command is done, but"), "{err}");
        assert!(err.contains("\nhint: do not repeat the command"), "{err}");
    }
    assert_eq!(desk.json(&["show", "WORK-1"])["status"], "in_progress");
    assert_eq!(desk.json(&["show", "WORK-2"])["title"], "second");
}

#[test]
fn a_follower_sees_what_other_processes_write_until_it_is_interrupted() {
    let desk = Desk::new();
    desk.done(&["add", "first"]);
    let mut command = desk.command(&["events", "--follow", "--category", "work_item"]);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("first"));
    for title in ["second", "third"] {
        desk.done(&["add", title]);
        assert!(lines.next().unwrap().unwrap().contains(title));
    }
    if cfg!(unix) {
        let interrupt = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(interrupt.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
    } else {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(desk.done(&["check"]).contains("clean"));
}

/// No event comes after the reader has closed the pipe, as `head -1` does.
#[cfg(unix)]
#[test]
fn a_follower_ends_when_its_reader_is_gone() {
    let desk = Desk::new();
    desk.done(&["add", "first"]);
    let mut command = desk.command(&["events", "--follow", "--category", "work_item"]);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("first"));
    drop(lines);
    let ended = finish(child);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn a_filter_that_waits_for_input_can_be_interrupted() {
    let desk = Desk::new();
    let mut command = desk.command(&["toon", "encode"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // More than a pipe holds, so the program reads once all of it is written.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&[b' '; 300_000]).unwrap();
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    // An interrupt before the program handles it ends the program like any other one.
    let code = child.wait().unwrap().code();
    assert!(code == Some(130) || code.is_none(), "{code:?}");
    drop(stdin);
}

#[test]
fn a_follower_with_a_limit_ends_by_itself() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    assert_eq!(
        desk.done(&["events", "--follow", "--limit", "2"])
            .lines()
            .count(),
        2
    );
}
