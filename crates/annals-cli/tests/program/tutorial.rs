//! The tutorial: each command in `docs/work-items.md` must succeed and print the text below it.
//!
//! In a block marked `console`, a line after `$ ` is a shell command, and lines after `> ` continue
//! it. The lines below are its output, errors included. In the output `…` stands for any text
//! within a line. All times are equal, and so are all ids of more than twelve digits:
//! `2026-01-09T10:00:00Z` matches any other time.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{Desk, finish};

const TUTORIAL: &str = include_str!("../../../../docs/work-items.md");

/// A command and its expected output.
struct Step {
    line: usize,
    command: String,
    prints: Vec<String>,
}

#[test]
fn every_command_of_the_tutorial_prints_the_text_below_it() {
    let desk = Desk::new();
    let mut exported = HashMap::new();
    let steps = steps(TUTORIAL);
    assert!(
        steps.len() > 30,
        "the tutorial has {} commands",
        steps.len()
    );
    for Step {
        line,
        command,
        prints,
    } in steps
    {
        if let Some((name, value)) = export(&command) {
            exported.insert(name.to_owned(), value.to_owned());
            continue;
        }
        let (code, found) = run(&desk, &command, &exported);
        let found: Vec<_> = found.lines().map(str::trim_end).collect();
        let same = found.len() == prints.len()
            && prints
                .iter()
                .zip(&found)
                .all(|(told, found)| fits(told, found));
        assert!(
            same && code == Some(0),
            "line {line}: {command}\nprinted, with exit code {code:?}:\n{}\nand not:\n{}",
            found.join("\n"),
            prints.join("\n")
        );
    }
}

fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_console = false;
    for (index, text) in document.lines().enumerate() {
        if text.starts_with("```") {
            is_console = text == "```console";
        } else if !is_console {
        } else if let Some(command) = text.strip_prefix("$ ") {
            steps.push(Step {
                line: index + 1,
                command: command.to_owned(),
                prints: Vec::new(),
            });
        } else {
            let step = steps.last_mut().unwrap();
            match text.strip_prefix("> ") {
                Some(more) => step.command = format!("{}\n{more}", step.command),
                None => step.prints.push(text.to_owned()),
            }
        }
    }
    steps
}

fn export(command: &str) -> Option<(&str, &str)> {
    command.strip_prefix("export ")?.split_once('=')
}

/// Runs a command in a shell with the program on its path.
#[expect(clippy::disallowed_methods, reason = "the shell keeps its path")]
pub(crate) fn run(
    desk: &Desk,
    command: &str,
    exported: &HashMap<String, String>,
) -> (Option<i32>, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_annals"));
    let mut path = program.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(desk.path(""))
        .env("PATH", path)
        .env("TZ", "UTC")
        .env_remove("ANNALS_LOG")
        .envs(exported)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = finish(shell.spawn().unwrap());
    (run.code, run.out)
}

/// Whether a line matches the expected line.
pub(crate) fn fits(told: &str, found: &str) -> bool {
    let (told, found) = (masked(told), masked(found));
    let mut parts = told.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = found.strip_prefix(first) else {
        return false;
    };
    let mut is_open = false;
    for part in parts {
        let Some(at) = (match part {
            "" => Some(rest.len()),
            _ => rest.find(part),
        }) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        is_open = part.is_empty();
    }
    rest.is_empty() || is_open
}

/// The line with all times and ids replaced by a fixed one.
fn masked(line: &str) -> String {
    let mut masked = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let taken = time(rest).or_else(|| id(rest));
        let end = taken.unwrap_or(first.len_utf8());
        masked.push_str(taken.map_or(&rest[..end], |_| "<changing>"));
        rest = &rest[end..];
    }
    masked
}

/// The length of the time at the beginning of a text.
fn time(text: &str) -> Option<usize> {
    let shape = "dddd-dd-dd?dd:dd:dd";
    let head = text.as_bytes().get(..shape.len())?;
    let fits = head
        .iter()
        .zip(shape.bytes())
        .all(|(found, shape)| match shape {
            b'd' => found.is_ascii_digit(),
            b'?' => matches!(found, b' ' | b'T'),
            _ => *found == shape,
        });
    let tail = &text[if fits { shape.len() } else { return None }..];
    let decimals = |c: char| c == '.' || c.is_ascii_digit();
    let zone = tail.trim_start_matches(decimals);
    let zone_length = usize::from(zone.starts_with('Z'));
    Some(shape.len() + tail.len() - zone.len() + zone_length)
}

/// The length of the id at the beginning of a text.
fn id(text: &str) -> Option<usize> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    (digits > 12).then_some(digits)
}

#[test]
fn only_marked_text_may_differ() {
    assert!(fits(
        "at 2026-01-09 10:00:00 by ada",
        "at 2027-11-30 23:59:59 by ada"
    ));
    assert!(fits("2026-01-09T10:00:00.123Z", "2027-11-30T23:59:59Z"));
    assert!(fits(
        "work_item-383360171960696832: x",
        "work_item-1234567890123: x"
    ));
    assert!(fits("after …: done", "after 1m 2s: done"));
    assert!(fits("after …", "after 1m 2s"));
    assert!(!fits("after …: done", "after 1m 2s: not"));
    assert!(!fits("after …x: done", "after 1m 2s: done"));
    assert!(!fits("by ada", "by ben"));
    assert!(!fits("by ada", "by ada and ben"));
    assert!(!fits("version 12", "version 13"));
    assert!(!fits("2026-01-09 10:00:00", "2026-01-09"));
}
