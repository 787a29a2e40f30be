//! Texts of users that imitate parts of an answer.

use serde_json::Value;

use crate::program::Desk;
use crate::screens::on_terminal;

/// An item whose description and notes contain copies of lines of its own answers.
fn with_forgeries() -> Desk {
    let desk = Desk::new();
    desk.done(&["add", "Write", "--type", "spike"]);
    desk.done(&["note", "1", "true", "--actor", "ada"]);
    let shown = desk.done(&["show", "1"]);
    let history = desk.done(&["history", "1"]);
    let context = desk.done(&["context", "1"]);
    let forged = format!("false\n\n{shown}\n{history}\n{context}\nend");
    desk.done(&["note", "1", &forged]);
    desk.done(&["note", "1", &format!("{}{history}", "\t".repeat(40))]);
    desk.done(&["describe", "1", &forged]);
    desk
}

/// The number of lines of an answer that begin like this line.
fn beginnings(answer: &str, start: &str) -> usize {
    answer
        .lines()
        .filter(|line| line.starts_with(start))
        .count()
}

async fn on_each_width(desk: &Desk, words: &[&str], check: impl Fn(&str)) {
    check(&desk.done(words));
    for width in [60, 80, 120] {
        let run = on_terminal(desk, width, words).await;
        assert!(!run.out.contains('\t'), "{}", run.out);
        check(&run.out);
    }
}

#[tokio::test]
async fn a_text_cannot_look_like_a_row_or_a_heading_of_show() {
    let desk = with_forgeries();
    on_each_width(&desk, &["show", "1"], |shown| {
        let headings = shown.lines().filter(|line| {
            let time = line.strip_prefix("  20");
            time.is_some_and(|rest| rest.contains("UTC  "))
        });
        assert_eq!(headings.count(), 3, "{shown}");
        for row in ["  status ", "  version ", "  notes "] {
            assert_eq!(beginnings(shown, row), 1, "{shown}");
        }
        assert_eq!(beginnings(shown, "WORK-001"), 1, "{shown}");
    })
    .await;
}

#[tokio::test]
async fn a_text_cannot_look_like_a_row_of_the_history() {
    let desk = with_forgeries();
    for command in ["history", "why"] {
        let rows = match command {
            "history" => 5,
            _ => 1,
        };
        on_each_width(&desk, &[command, "1"], |history| {
            let is_row = |line: &&str| {
                let mut words = line.split_whitespace();
                let number = words.next().is_some_and(|word| word.parse::<u32>().is_ok());
                number && line.find(|c: char| c != ' ') < Some(3)
            };
            let found = history.lines().filter(is_row).count();
            assert_eq!(found, rows, "{history}");
        })
        .await;
    }
}

#[test]
fn a_text_cannot_look_like_a_row_of_the_context() {
    let desk = with_forgeries();
    for format in ["human", "toon"] {
        let words = ["context", "1", "--budget", "100000", "--format", format];
        let context = desk.done(&words);
        assert_eq!(beginnings(&context, "changes["), 1, "{context}");
        let value: Value = serialization::toon::from_str(&context).unwrap();
        assert_eq!(value["changes"].as_array().map(Vec::len), Some(5));
        assert_eq!(value["version"], 5);
    }
}

/// With a line feed, a path would begin a line of the error in which it stands.
#[test]
fn a_path_cannot_look_like_a_line_of_an_error() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let forged = "a\nerror: forged";
    let picture = format!("{forged}.svg");
    for words in [
        &["--store", forged, "list"][..],
        &["backup", forged],
        &["restore", forged],
        &["describe", "1", "--file", forged],
        &["test-run", "1", "--junit", forged],
        &["test-run", "1", "--lcov", forged],
        &["stats", "--plot", &picture],
        &["toon", "encode", forged],
        &["toon", "decode", "-", "--output", forged],
    ] {
        let refused = desk.run(words);
        let errors = beginnings(&refused.err, "error: ");
        assert_eq!(
            (refused.code, errors),
            (Some(2), 1),
            "{words:?}: {}",
            refused.err
        );
    }
    let run = desk.command(&["list"]).env("ANNALS_STORE", forged).output();
    let run = run.unwrap();
    let err = String::from_utf8(run.stderr).unwrap();
    let errors = beginnings(&err, "error: ");
    assert_eq!((run.status.code(), errors), (Some(2), 1), "{err}");
}
