//! Texts from standard input and from files, and how errors quote them.

use serde_json::Value;

use crate::program::{Desk, Run};

fn item(desk: &Desk) -> Value {
    desk.json(&["show", "1"])
}

/// Checks that a run was wrong usage. Returns its error.
fn usage(run: &Run) -> &str {
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
    &run.err
}

#[test]
fn a_dash_reads_standard_input() {
    let desk = Desk::new();
    let run = |words: &[&str], input: &str| {
        let run = desk.piped(words, input.as_bytes());
        assert_eq!(run.code, Some(0), "{run:?}");
    };
    run(&["add", "-"], "Write the report\n\nIt has\ntwo lines.\n");
    assert_eq!(item(&desk)["title"], "Write the report");
    assert_eq!(item(&desk)["description"], "It has\ntwo lines.");
    run(&["describe", "1", "-"], "  indented\n");
    assert_eq!(item(&desk)["description"], "  indented");
    run(&["retitle", "1", "-"], "Read it\r\n");
    assert_eq!(item(&desk)["title"], "Read it");
    run(&["note", "1", "-"], "- 5 % of the costs\nare unknown\n");
    let history = desk.json(&["history", "1"]);
    let note = &history.as_array().unwrap().last().unwrap()["payload"]["text"];
    assert_eq!(note, "- 5 % of the costs\nare unknown");
    run(&["start", "1"], "");
    run(&["block", "1", "--reason", "-"], "no figures");
    assert_eq!(item(&desk)["status_reason"], "no figures");
    run(&["add", "Other", "--description", "-"], "about it\n");
    assert_eq!(desk.json(&["show", "2"])["description"], "about it");
    run(&["add", "-", "--description", "given"], "A title alone\n");
    assert_eq!(desk.json(&["show", "3"])["description"], "given");
}

#[test]
fn a_file_has_the_text_of_a_command() {
    let desk = Desk::new();
    std::fs::write(desk.path("text"), "Title\r\n\r\nDescription\r\n").unwrap();
    desk.done(&["add", "--file", "text", "--type", "spike"]);
    assert_eq!(item(&desk)["title"], "Title");
    assert_eq!(item(&desk)["description"], "Description");
    desk.done(&["describe", "1", "-F", "text"]);
    assert_eq!(item(&desk)["description"], "Title\n\nDescription");
    desk.done(&["note", "1", "--file", "text"]);
    assert_eq!(item(&desk)["notes"], 1);
    let piped = desk.piped(&["describe", "1", "-"], b"a\r\nb\rc\r\n");
    assert_eq!(piped.code, Some(0), "{piped:?}");
    assert_eq!(item(&desk)["description"], "a\nb\rc");
    for words in [
        &["note", "1", "x", "--file", "text"][..],
        &["describe", "1", "--none", "--file", "text"],
        &["add", "x", "--file", "text"],
        &["note", "1", "--file", "nowhere"],
        &["note", "1"],
        &["add"],
    ] {
        usage(&desk.run(words));
    }
    let error = desk.run(&["note", "1"]).err;
    assert!(
        error.contains("no note is given") && error.contains("--file FILE"),
        "{error}"
    );
}

#[test]
fn texts_that_cannot_be_used_are_refused_before_anything_changes() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    for (words, input, says) in [
        (&["note", "1", "-"][..], &b""[..], "it is empty"),
        (&["note", "1", "-"], b"\xff", "not UTF-8"),
        (&["add", "-"], b"", "it is empty"),
        (&["retitle", "1", "-"], b"two\nlines", "one line"),
        (
            &["add", "-", "--description", "x"],
            b"a\n\nb",
            "--description gives another one",
        ),
    ] {
        let run = desk.piped(words, input);
        assert!(usage(&run).contains(says), "{words:?}: {run:?}");
    }
    let run = desk.piped(&["describe", "1", "-"], b"");
    assert!(
        usage(&run).contains("annals describe ITEM --none"),
        "{run:?}"
    );
    assert_eq!(item(&desk)["version"], 1);
    let empty = Desk::new();
    usage(&empty.run(&["add"]));
    usage(&empty.piped(&["add", "-"], b""));
    assert!(!empty.store().exists());
}

#[test]
fn a_refused_text_is_quoted_by_its_beginning() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let long = "word ".repeat(14_000);
    let coverage = "9".repeat(70_000);
    let joined = format!("--status={long}");
    for words in [
        &["add", &long][..],
        &["note", "1", &long],
        &["describe", "1", &long],
        &["show", &long],
        &["list", "--status", &long],
        &["list", &joined],
        &["test-run", "1", "--coverage", &coverage],
        &["show", "1", "--as-of", &long],
        &[&long],
        &["show", "1", &long],
    ] {
        for format in ["human", "json"] {
            let run = desk.run(&[words, &["--format", format]].concat());
            let error = usage(&run);
            assert!(error.len() < 1_000, "{:?}: {} bytes", words[0], error.len());
        }
    }
    let run = desk.piped(&["note", "1", "-"], long.as_bytes());
    let error = usage(&run);
    assert!(
        error.contains("it has 69999 characters, at most 10000"),
        "{error}"
    );
    assert!(
        error.contains(&"word ".repeat(16)) && error.len() < 400,
        "{error}"
    );
}

#[test]
fn advice_never_leads_to_another_refusal() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    for words in [
        &["show", "-1"][..],
        &["start", "-x"],
        &["note", "1", "y", "--expect", "-1"],
        &["list", "-1"],
        &["show", "1", "--as-of", "-x"],
        &["add", "y", "--parent", "-1"],
        &["events", "--limit", "-1"],
    ] {
        let run = desk.run(words);
        assert!(!usage(&run).contains("-- -"), "{words:?}: {}", run.err);
    }
    // Here the advice helps.
    let run = desk.run(&["note", "1", "-x"]);
    assert!(usage(&run).contains("'-- -x'"), "{}", run.err);
    desk.done(&["note", "1", "--", "-x"]);

    let (code, error) = desk.refused(&["note", "1", "y", "--expect", "77"]);
    let hint = error["hint"].as_str().unwrap();
    assert_eq!(code, 4);
    assert!(
        hint.contains("never had version 77: it has 2 event(s)"),
        "{hint}"
    );
    let hint = desk.refused(&["note", "1", "y", "--expect", "1"]).1["hint"].clone();
    assert!(hint.as_str().unwrap().contains("another writer was faster"));

    desk.done(&["cancel", "1", "--reason", "why not"]);
    for words in [
        &["start", "1"][..],
        &["done", "1"],
        &["reopen", "1", "--reason", "y"],
        &["retitle", "1", "y"],
        &["assign", "1", "ben"],
        &["approve", "1"],
        &["test-run", "1", "--positive", "1"],
        &["depend", "1", "--on", "1"],
    ] {
        let (code, error) = desk.refused(words);
        let hint = error["hint"].as_str().unwrap_or_default();
        assert!(
            code == 3 && !hint.contains("annals reopen"),
            "{words:?}: {error}"
        );
    }
}

#[test]
fn a_refused_argument_is_quoted_in_one_visible_line() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let long = "y".repeat(50_000);
    let glued = format!("-x{long}");
    let odd = format!("--{long}={long}");
    let escape = "\u{1b}[31m\u{202e}red\nerror: none";
    let option = format!("--{escape}");
    for words in [
        &["show", escape][..],
        &["list", "--status", escape],
        &["retitle", "1", escape],
        &["list", &option],
        &["add", "y", &option],
        &[escape],
        &["show", "\n"],
        &["assign", "1", escape],
        &["list", &glued],
        &["note", "1", &glued],
        &["list", &odd],
        &["test-run", "1", "--coverage", &long],
    ] {
        let run = desk.run(words);
        let error = usage(&run);
        assert!(error.len() < 700, "{words:.40?}: {} bytes", error.len());
        let is_hidden = |c: char| c == '\u{202e}' || c.is_control() && c != '\n';
        assert!(!error.contains(is_hidden), "{error:?}");
        assert!(!error.contains("\nerror:"), "{error:?}");
        assert!(
            error.ends_with('\n') && error.contains("\n\nFor more"),
            "{error:?}"
        );
        let quotes = ["red\\nerror: none", "…", "'-x' found", "'\\n' for '<ITEM>'"];
        let quoted = quotes.iter().any(|quote| error.contains(quote));
        assert!(quoted, "{error:?}");
    }
}

#[test]
fn a_text_that_begins_with_a_dash_is_a_text() {
    let desk = Desk::new();
    let text = |words: &[&str], field: &str| {
        let answer = desk.json(words);
        answer["item"][field].as_str().unwrap().to_owned()
    };
    assert_eq!(text(&["add", "- x", "--type", "spike"], "title"), "- x");
    let words = ["add", "--risk", "T2", "-5 % of it", "--description", "-- y"];
    assert_eq!(text(&words, "title"), "-5 % of it");
    assert_eq!(desk.json(&["show", "2"])["description"], "-- y");
    assert_eq!(
        text(&["retitle", "1", "-5 %", "--expect", "1"], "title"),
        "-5 %"
    );
    assert_eq!(text(&["retitle", "1", "--x is y"], "title"), "--x is y");
    assert_eq!(text(&["describe", "1", "-\nx"], "description"), "-\nx");
    desk.done(&["note", "1", "--expect", "4", "- a\n- b"]);
    desk.done(&["note", "--", "1", "- c"]);
    desk.done(&["start", "1"]);
    let blocked = text(&["block", "1", "-r", "- no figures"], "status_reason");
    assert_eq!(blocked, "- no figures");
    desk.done(&["unblock", "1"]);
    let blocked = text(&["block", "1", "-rno figures"], "status_reason");
    assert_eq!(blocked, "no figures");
    desk.done(&["unblock", "1"]);
    assert_eq!(
        text(&["done", "1", "--resolution", "-x y"], "status"),
        "done"
    );
    let notes = &desk.json(&["show", "1"])["note_texts"];
    let texts: Vec<_> = notes
        .as_array()
        .unwrap()
        .iter()
        .map(|note| &note["text"])
        .collect();
    assert_eq!(texts, ["- a\n- b", "- c"]);
}

#[test]
fn a_text_with_a_space_wins_over_a_short_option() {
    let desk = Desk::new();
    let title = desk.json(&["add", "-Fix it", "--type", "spike"])["item"]["title"].clone();
    assert_eq!(title, "-Fix it");
    desk.done(&["note", "1", "-Fix it"]);
    desk.done(&["note", "1", "-help me", "--expect", "2"]);
    desk.done(&["describe", "1", "-F is an option"]);
    desk.done(&["start", "1"]);
    desk.done(&["block", "1", "-r", "-rework it"]);
    let item = item(&desk);
    assert_eq!(item["description"], "-F is an option");
    assert_eq!(item["status_reason"], "-rework it");
    let texts = item["note_texts"].as_array().unwrap().iter();
    let texts: Vec<_> = texts.map(|note| note["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["-Fix it", "-help me"]);

    // A file has the text, whether its name is a word of its own or not.
    std::fs::write(desk.path("ix it"), "from the file").unwrap();
    for words in [
        &["note", "1", "-F", "ix it"][..],
        &["note", "1", "-Fix it"],
        &["note", "1", "--file=ix it"],
    ] {
        desk.done(words);
        let notes = desk.json(&["show", "1"])["note_texts"].clone();
        let last = notes.as_array().unwrap().last().unwrap();
        assert_eq!(last["text"], "from the file", "{words:?}");
    }
}

#[test]
fn a_misspelt_option_is_no_text() {
    let desk = Desk::new();
    for (words, says) in [
        (
            &["add", "--titles", "x"][..],
            "unexpected argument '--titles'",
        ),
        (
            &["add", "--titles", "- x"],
            "unexpected argument '--titles'",
        ),
        (
            &["add", "- x", "--titles"],
            "unexpected argument '--titles'",
        ),
        (
            &["add", "- x", "--titles=a b"],
            "unexpected argument '--titles'",
        ),
        (
            &["add", "x", "--description", "--risk", "T2"],
            "a value is required",
        ),
        (&["add", "- x", "- y"], "unexpected argument '- y'"),
        (&["add", "-x"], "'-- -x'"),
        (&["add", "--x"], "'-- --x'"),
        (&["show", "- x"], "unexpected argument '- '"),
        (&["note", "1", "y", "--expect", "-1"], "invalid value '-1'"),
        (&["retitle", "1", "-v"], "'-- -v'"),
        (&["retitle", "1", "-5"], "'-- -5'"),
    ] {
        let run = desk.run(words);
        assert!(usage(&run).contains(says), "{words:?}: {}", run.err);
    }
    assert!(!desk.store().exists());
    desk.done(&["add", "--", "--titles"]);
    assert_eq!(item(&desk)["title"], "--titles");
}
