//! Rules on what is written: nothing in it is true on one machine only, or only for those who can
//! read one tracker.
//!
//! The paths are put together from parts here, so that this file does not break its own rule.

use super::file::{File, Finding};
use crate::rust_text::{is_word, words};

/// Where people and machines keep what others do not have.
const PRIVATE_FOLDERS: [&str; 4] = ["work", "root", "home", "Users"];
/// Words that a number of a ticket follows.
const TICKET_WORDS: [&str; 5] = ["issue", "issues", "ticket", "tickets", "PR"];

/// No path names a folder of one machine.
pub(crate) fn no_path_of_one_machine(file: &File) -> Vec<Finding> {
    PRIVATE_FOLDERS
        .iter()
        .map(|folder| format!("/{folder}/"))
        .flat_map(|path| {
            file.text
                .match_indices(&path)
                .filter(|(offset, _)| starts_a_path(&file.text[..*offset]))
                .map(|(offset, _)| file.at(offset, format!("`{path}…` is a path of one machine")))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Whether a slash after `before` begins a path, and is no separator within one.
fn starts_a_path(before: &str) -> bool {
    match before.as_bytes().last() {
        None => true,
        Some(byte) => !is_word(*byte) && !b".-~})]*$/%+@>".contains(byte),
    }
}

/// What a number stands for is written out, so that nobody has to look it up.
pub(crate) fn no_ticket_number(file: &File) -> Vec<Finding> {
    // In code, a number after `#` means something else.
    let text = match &file.rust {
        Some(rust) => &rust.comments,
        None if file.name() == "Cargo.lock" => return Vec::new(),
        None => &file.text,
    };
    let hashes = text
        .match_indices('#')
        .map(|(offset, _)| offset)
        .filter(|offset| {
            let before = text.as_bytes()[..*offset].last().copied().unwrap_or(b' ');
            (before.is_ascii_whitespace() || b"([,:".contains(&before))
                && is_ticket_number(&text[offset + 1..])
        });
    let worded = TICKET_WORDS.iter().flat_map(|word| {
        words(text, word).filter(|offset| {
            let after = &text[offset + word.len()..];
            after.starts_with(' ') && is_ticket_number(after[1..].trim_start_matches('#'))
        })
    });
    hashes
        .chain(worded)
        .map(|offset| file.at(offset, "write what it is about, not the number of a ticket"))
        .collect()
}

/// One to five digits, and no word around them: a colour or an anchor is no ticket.
fn is_ticket_number(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let after = text.as_bytes().get(digits).copied().unwrap_or(b' ');
    (1..=5).contains(&digits) && !is_word(after) && after != b'-'
}

#[cfg(test)]
mod tests {
    use super::super::file::{CLEAN, lines};
    use super::*;

    /// Without a path in the source of the test.
    fn below(folder: &str) -> String {
        format!("/{folder}/annals")
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for folder in PRIVATE_FOLDERS {
            let text = format!("one\ncd {} && ls\n", below(folder));
            assert_eq!(
                lines(no_path_of_one_machine, "a.md", &text),
                [2],
                "{folder}"
            );
            let quoted = format!("open(\"{}\");\n", below(folder));
            assert_eq!(
                lines(no_path_of_one_machine, "a.rs", &quoted),
                [1],
                "{folder}"
            );
        }
        assert_eq!(lines(no_path_of_one_machine, "a.md", &below("root")), [1]);
    }

    #[test]
    fn folders_within_a_path_are_fine() {
        for before in [
            "features",
            "..",
            "~",
            "$HOME",
            "https://example.org",
            "{root}",
        ] {
            let text = format!("{before}{}\n", below("work"));
            assert_eq!(
                lines(no_path_of_one_machine, "a.md", &text),
                CLEAN,
                "{text}"
            );
        }
        assert_eq!(
            lines(no_path_of_one_machine, "a.md", "/usr/lib/llvm\n"),
            CLEAN
        );
    }

    #[test]
    fn numbers_of_tickets_are_found() {
        let text = format!("see #{0}\n({1}{0})\nfixes issue {0}\nPR #{0}\n", 12, '#');
        assert_eq!(lines(no_ticket_number, "a.md", &text), [1, 2, 4, 3, 4]);
        assert_eq!(
            lines(no_ticket_number, "a.rs", &format!("//! b\n// see #{}\n", 7)),
            [2]
        );
    }

    #[test]
    fn other_numbers_are_fine() {
        for text in [
            "# 1 heading\n",
            "WORK-001 #a1\n",
            "[x](#1-first)\n",
            "#123456\n",
            "#fff\n",
            "rust#7\n",
        ] {
            assert_eq!(lines(no_ticket_number, "a.md", text), CLEAN, "{text}");
        }
        assert_eq!(
            lines(no_ticket_number, "a.md", "issues are welcome, 12 of them\n"),
            CLEAN
        );
        assert_eq!(
            lines(no_ticket_number, "a.rs", &format!("f(\"#{}\");\n", 7)),
            CLEAN
        );
    }
}
