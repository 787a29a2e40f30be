//! The program on a terminal: wrapped text, an editor, and help in a pipe.

use crate::inside::Inside;
use crate::program::{Desk, Run};

/// Runs a command line as if on a terminal with these columns.
pub(crate) async fn on_terminal(desk: &Desk, width: u16, words: &[&str]) -> Run {
    Inside::on_terminal(desk, width, "", words).await
}

const EPIC: &str = "A year of reports with a title that needs more than one line on a terminal";
const STORY: &str = "The report of January, whose title is a long one too, for the sake of it";
const NOTE: &str = "The colours of last year were so hard to tell apart that no one could read the \
                    charts, and the printer had only two of them.";

fn with_long_texts() -> Desk {
    let desk = Desk::new();
    desk.done(&["add", EPIC, "--type", "epic"]);
    desk.done(&["add", STORY, "--type", "story", "--parent", "1"]);
    desk.done(&[
        "add",
        "Draw the charts",
        "--parent",
        "2",
        "--description",
        NOTE,
    ]);
    desk.done(&["note", "2", NOTE]);
    desk
}

/// Whether all words of a text are whole in an answer.
fn has_words(answer: &str, text: &str) -> bool {
    let words = answer.split_whitespace();
    let words: Vec<_> = words.map(|word| word.trim_end_matches(':')).collect();
    text.split_whitespace().all(|word| words.contains(&word))
}

#[tokio::test]
async fn answers_are_wrapped_between_words() {
    let desk = with_long_texts();
    for width in [40, 80, 200] {
        for (words, text) in [
            (&["tree"][..], EPIC),
            (&["tree", "1"], STORY),
            (&["show", "3"], NOTE),
            (&["history", "2"], NOTE),
            (&["show", "2"], STORY),
            (&["list"], EPIC),
            (&["why", "2"], STORY),
            (&["diff", "2", "--from", "1"], STORY),
            (&["prioritise", "2", "medium"], STORY),
        ] {
            let run = on_terminal(&desk, width, words).await;
            assert_eq!(run.code, Some(0), "{run:?}");
            if (words[0], width) == ("list", 40) {
                continue;
            }
            assert!(has_words(&run.out, text), "{words:?} {width}\n{}", run.out);
            let longest = run.out.lines().map(|line| line.chars().count()).max();
            assert!(
                longest <= Some(width.into()),
                "{words:?} {width}\n{}",
                run.out
            );
        }
    }
}

#[tokio::test]
async fn errors_hints_and_events_are_wrapped_between_words() {
    let desk = with_long_texts();
    let typo = ["list", "--status", STORY];
    for width in [40, 80] {
        for (words, text) in [
            (&typo[..], STORY),
            (&["add", "x", "--titles", "y"], "unexpected argument"),
            (&["cancel", "1"], "the following required arguments"),
            (&["done", "3"], "start it first with"),
            (&["note", "3", "--file", "x", "y"], "cannot be used with"),
            (&["events"], NOTE),
        ] {
            let run = on_terminal(&desk, width, words).await;
            let told = format!("{}{}", run.out, run.err);
            let plain = told.replace(['\'', '"'], " ");
            assert!(has_words(&plain, text), "{words:?} {width}\n{told}");
            let longest = told.lines().map(|line| line.chars().count()).max();
            assert!(longest <= Some(width.into()), "{words:?} {width}\n{told}");
        }
    }
}

#[tokio::test]
async fn a_tree_of_long_titles_keeps_its_branches() {
    let desk = with_long_texts();
    desk.done(&["add", "Second story", "--type", "story", "--parent", "1"]);
    let tree = on_terminal(&desk, 50, &["tree"]).await.out;
    let expected = "\
WORK-001 A year of reports with a title that
  needs more than one line on a terminal
  (epic, pending)
├─ WORK-002 The report of January, whose title
│    is a long one too, for the sake of it
│    (story, pending)
│  └─ WORK-003 Draw the charts (task, pending)
└─ WORK-004 Second story (story, pending)
";
    assert_eq!(tree, expected);
}

#[tokio::test]
async fn a_history_gives_its_text_half_of_the_width() {
    let desk = with_long_texts();
    for width in [80, 100, 160] {
        let history = on_terminal(&desk, width, &["history", "2"]).await.out;
        let line = history.lines().find(|line| line.contains("The colours"));
        let (before, _) = line.unwrap().split_once("The colours").unwrap();
        let column = before.chars().count();
        assert!(column <= usize::from(width) / 2, "{width}\n{history}");
    }
    let wide = on_terminal(&desk, 160, &["history", "2"]).await.out;
    assert_eq!(wide.lines().count(), 6, "{wide}");
}

#[test]
fn help_for_missing_arguments_can_be_read_in_a_pipe() {
    let desk = Desk::new();
    for words in [&[][..], &["toon"]] {
        let run = desk.run(words);
        assert_eq!((run.code, run.err.as_str()), (Some(2), ""), "{words:?}");
        assert!(run.out.contains("Usage: annals"), "{}", run.out);
    }
    let (code, error) = desk.refused(&[]);
    assert_eq!((code, &error["kind"]), (2, &"usage".into()));
}

#[test]
fn the_own_options_of_a_command_come_first_and_the_global_ones_last() {
    let desk = Desk::new();
    for (command, options) in [
        (
            "depend",
            &["--on", "--kind", "--expect", "--help", "--store"][..],
        ),
        ("done", &["--resolution", "--expect", "--help", "--store"]),
        (
            "test-run",
            &[
                "--coverage",
                "--edge-pattern",
                "--expect",
                "--help",
                "--store",
            ],
        ),
        (
            "add",
            &[
                "--type",
                "--parent",
                "--priority",
                "--risk",
                "--help",
                "--store",
            ],
        ),
    ] {
        let help = desk.done(&[command, "-h"]);
        let (_, help) = help.split_once("\nOptions:").unwrap();
        let places: Vec<_> = options.iter().map(|option| help.find(option)).collect();
        assert!(places.iter().all(Option::is_some), "{command}: {help}");
        assert!(places.is_sorted(), "{command}: {help}");
    }
}
