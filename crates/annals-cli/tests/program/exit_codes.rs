//! The exit codes: 0 done, 2 wrong usage, 3 refused, 4 conflict, 5 the store failed.

use crate::program::{Desk, finish};

#[test]
fn help_and_version_succeed() {
    let desk = Desk::new();
    for words in [
        &["--help"][..],
        &["--version"],
        &["help", "add"],
        &["add", "--help"],
    ] {
        assert!(!desk.done(words).is_empty(), "{words:?}");
    }
}

#[test]
fn every_help_fits_a_terminal_of_80_columns() {
    let desk = Desk::new();
    let help = |words: &[&str]| {
        let mut command = desk.command(words);
        command.env("COLUMNS", "80");
        let run = finish(command.spawn().unwrap());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{words:?}");
        for line in run.out.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
        }
        run.out
    };
    let top = help(&["--help"]);
    let commands = top.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<_> = commands
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 25, "{commands:?}");
    for command in commands.into_iter().filter(|name| *name != "help") {
        help(&[command, "--help"]);
        help(&[command, "-h"]);
    }
    help(&["toon", "encode", "--help"]);
    help(&["toon", "decode", "--help"]);
}

#[test]
fn a_budget_that_is_too_small_names_the_smallest_one() {
    let desk = Desk::new();
    for (budget, reason) in [
        ("49", "the smallest budget is 50 tokens"),
        ("many", "a budget is a number of tokens, at least 50"),
    ] {
        let run = desk.run(&["context", "WORK-1", "--budget", budget]);
        assert!(run.err.contains(reason), "{}", run.err);
    }
}

#[test]
fn wrong_arguments_are_wrong_usage() {
    let desk = Desk::new();
    for words in [
        &["fly"][..],
        &["add"],
        &["add", ""],
        &["add", "two\nlines"],
        &["add", "x", "--priority", "urgent"],
        &["add", "x", "--type", "saga"],
        &["add", "x", "--risk", "T5"],
        &["start", "TASK1"],
        &["start", "WORK-000"],
        &["block", "WORK-1"],
        &["assign", "WORK-1"],
        &["assign", "WORK-1", "ada", "--nobody"],
        &["test-run", "WORK-1", "--coverage", "101"],
        &["test-run", "WORK-1", "--positive", "-1"],
        &["test-run", "WORK-1"],
        &["add", "x", "--expect", "1"],
        &["list", "--expect", "1"],
        &["show", "WORK-1", "--as-of", "tomorrow"],
        &["list", "--status", "gone"],
        &["streams", "--category", "a-b"],
        &["list", "--format", "xml"],
        &["list", "--actor", ""],
        &["completions", "klingon"],
    ] {
        let run = desk.run(words);
        assert_eq!(run.code, Some(2), "{words:?}: {}", run.err);
        assert!(run.out.is_empty() && !run.err.is_empty(), "{words:?}");
    }
    assert!(!desk.store().exists(), "wrong usage makes no store");
}

#[test]
fn numbers_out_of_range_are_wrong_usage() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let too_large = u64::MAX.to_string();
    for words in [
        &["events", "--after", &too_large][..],
        &["start", "WORK-1", "--expect", &too_large],
    ] {
        assert_eq!(desk.refused(words).0, 2, "{words:?}");
    }
    assert_eq!(desk.done(&["events", "--after", &i64::MAX.to_string()]), "");
}

#[test]
fn wrong_usage_has_a_json_answer() {
    let desk = Desk::new();
    for words in [&["fly"][..], &["add"], &["start", "TASK1"]] {
        let (code, error) = desk.refused(words);
        assert_eq!(
            (code, &error["kind"], &error["exit_code"]),
            (2, &"usage".into(), &2.into())
        );
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
}

#[test]
fn a_refusal_prints_every_reason() {
    let desk = Desk::new();
    desk.done(&["add", "x", "--risk", "T4"]);
    let (code, error) = desk.refused(&["done", "WORK-1"]);
    assert_eq!((code, &error["kind"]), (3, &"refused".into()));
    desk.done(&["start", "WORK-1"]);
    let (code, error) = desk.refused(&["done", "WORK-1"]);
    assert_eq!(code, 3);
    assert_eq!(error["failures"].as_array().unwrap().len(), 6, "{error}");
    let human = desk.run(&["done", "WORK-1"]);
    assert_eq!(human.code, Some(3));
    assert_eq!(
        human
            .err
            .lines()
            .filter(|line| line.starts_with("  - "))
            .count(),
        6
    );
    assert_eq!(desk.refused(&["show", "WORK-2"]).0, 3);
    assert_eq!(desk.refused(&["show", "WORK-1", "--as-of", "0"]).0, 3);
    assert_eq!(
        desk.refused(&["show", "WORK-1", "--as-of", "4"]).0,
        3,
        "it has three events"
    );
    assert_eq!(desk.json(&["show", "WORK-1", "--as-of", "2"])["version"], 2);
    assert_eq!(desk.refused(&["add", "y", "--parent", "WORK-7"]).0, 3);
    assert_eq!(desk.refused(&["add", "y", "--parent", "WORK-1"]).0, 3);
}

#[test]
fn an_item_that_does_not_exist_is_refused_in_every_format() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    for command in ["show", "history", "why", "tree", "context"] {
        for item in ["WORK-2", "7"] {
            for format in ["human", "json", "toon"] {
                let run = desk.run(&[command, item, "--format", format]);
                assert_eq!(run.code, Some(3), "{command} {item} {format}: {run:?}");
                assert_eq!(run.out, "", "{command} {item} {format}");
            }
        }
    }
}

#[test]
fn a_writer_with_an_old_version_has_a_conflict() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    desk.done(&["start", "WORK-1", "--expect", "1"]);
    let (code, error) = desk.refused(&["block", "WORK-1", "--reason", "r", "--expect", "1"]);
    assert_eq!((code, &error["kind"]), (4, &"conflict".into()));
    assert_eq!(desk.json(&["show", "WORK-1"])["version"], 3);
}

#[test]
fn an_unusable_store_is_a_store_failure() {
    let desk = Desk::new();
    assert_eq!(desk.refused(&["list"]).0, 5);
    assert!(!desk.store().exists(), "reading makes no store");
    std::fs::write(desk.store(), "not a store").unwrap();
    for words in [&["list"][..], &["add", "x"], &["check"], &["events"]] {
        let (code, error) = desk.refused(words);
        assert_eq!((code, &error["kind"]), (5, &"store".into()), "{words:?}");
    }
    assert_eq!(std::fs::read(desk.store()).unwrap(), b"not a store");
    assert_eq!(desk.refused(&["--store", "nowhere/store", "add", "x"]).0, 5);
}

#[test]
fn a_damaged_store_fails_its_check() {
    let desk = Desk::new();
    for number in 0..40 {
        desk.done(&[
            "add",
            &format!("item {number}"),
            "--description",
            &"words ".repeat(200),
        ]);
    }
    let mut bytes = std::fs::read(desk.store()).unwrap();
    let page = bytes.len() / 4096 / 2 * 4096;
    bytes[page..page + 4096].fill(0x5a);
    std::fs::write(desk.store(), bytes).unwrap();
    let run = desk.run(&["check"]);
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(!run.err.is_empty());
}
