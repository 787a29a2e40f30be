//! The recording of two agents and a person at one store, in `docs/guide/src/two-agents.md`.
//!
//! The script is here. A test runs it and compares the outputs with those of the page, as the
//! tutorial's are compared. `ANNALS_RECORD=1` writes the page again.

use std::fmt::Write;
use std::path::Path;

use crate::program::Desk;
use crate::tutorial::{fits, run};

const PAGE: &str = "docs/guide/src/two-agents.md";

const BEGIN: &str =
    "<!-- recording: begin, written by crates/annals-cli/tests/program/recording.rs -->\n";
const END: &str = "<!-- recording: end -->";

/// The name at the prompt, its actor, and a command; or a sentence between two blocks.
enum Scene {
    Says(&'static str),
    Runs(&'static str, &'static str),
}

use Scene::{Runs, Says};

const SCRIPT: &[Scene] = &[
    Says("Ada plans three items. The last one waits for the other two."),
    Runs("ada", "annals add 'Read the list of pages' --priority high"),
    Runs("ada", "annals add 'Draw the cover'"),
    Runs("ada", "annals add 'Print the book' --on 1 --on 2"),
    Says("Both agents ask for work. They get different items."),
    Runs("one", "annals next --claim"),
    Runs("two", "annals next --claim"),
    Says(
        "There is no third item that is ready. The second agent also tries the item of the first.",
    ),
    Runs("two", "annals ready --explain 3"),
    Runs("two", "annals start 1"),
    Says("The first agent works, and wants to finish without evidence. The gate refuses it."),
    Runs("one", "annals start 1"),
    Runs("one", "annals done 1"),
    Runs(
        "one",
        "annals test-run 1 --junit tests.xml --lcov lines.info",
    ),
    Runs("one", "annals done 1 --resolution 'twelve pages'"),
    Says(
        "The second agent writes a note with a key, loses the answer, and sends the command again.",
    ),
    Runs("two", "annals note 2 'blue or green?' --key two/1"),
    Runs("two", "annals note 2 'blue or green?' --key two/1"),
    Says("It has no idea and gives the item back. The first agent takes it, and reads the note."),
    Runs("two", "annals release 2"),
    Runs("one", "annals next --claim"),
    Runs("one", "annals context 2"),
    Runs("one", "annals start 2"),
    Runs(
        "one",
        "annals test-run 2 --junit tests.xml --lcov lines.info",
    ),
    Runs("one", "annals done 2 --resolution blue"),
    Says("The last item is ready now. The second agent asks what would happen before it acts."),
    Runs("two", "annals next --claim"),
    Runs("two", "annals what-if start 3"),
    Runs("two", "annals start 3"),
    Says("Ada reads what happened to the first item."),
    Runs("ada", "annals history 1"),
];

/// A run of the script as Markdown: blocks of commands and their outputs.
fn play() -> String {
    let desk = Desk::new();
    desk.write_evidence();
    let store = desk.store().into_os_string().into_string().unwrap();
    let (mut page, mut is_open) = (String::new(), false);
    for scene in SCRIPT {
        match scene {
            Says(sentence) => {
                let end = if is_open { "```\n\n" } else { "\n" };
                write!(page, "{end}{sentence}\n\n```console\n").unwrap();
                is_open = true;
            }
            Runs(who, command) => {
                let actor = match *who {
                    "ada" => "ada".to_owned(),
                    agent => format!("agent:{agent}"),
                };
                let set = [("ANNALS_ACTOR", actor), ("ANNALS_STORE", store.clone())];
                let set = set.map(|(name, value)| (name.to_owned(), value));
                let (_, printed) = run(&desk, command, &set.into());
                writeln!(page, "{who}$ {command}").unwrap();
                let printed = printed.replace(&store, "work.annals");
                for line in printed.replace("after 0s", "after …").lines() {
                    writeln!(page, "{}", line.trim_end()).unwrap();
                }
            }
        }
    }
    page + "```\n\n"
}

#[test]
#[expect(clippy::disallowed_methods, reason = "an author asks for a new page")]
fn two_agents_and_a_person_share_a_store_as_the_guide_shows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(PAGE);
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(BEGIN).unwrap();
    let (shown, tail) = rest.split_once(END).unwrap();
    let played = play();
    if std::env::var_os("ANNALS_RECORD").is_some() {
        std::fs::write(&path, format!("{head}{BEGIN}{played}{END}{tail}")).unwrap();
        return;
    }
    let lines: Vec<_> = played.lines().collect();
    let shown: Vec<_> = shown.lines().collect();
    for (number, (shown, played)) in shown.iter().zip(&lines).enumerate() {
        let line = head.lines().count() + 2 + number;
        assert!(
            fits(shown, played),
            "{PAGE}:{line} shows\n{shown}\nand not\n{played}"
        );
    }
    assert_eq!(
        shown.len(),
        lines.len(),
        "ANNALS_RECORD=1 writes {PAGE} again"
    );
}
