//! `cargo xtask files`: links in Markdown, the length of files, and text that must not appear.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::failure::Failure;
use crate::workspace;

/// The most lines of a source file without its tests.
const MOST_LINES: usize = 400;
/// The source files, without files and folders of tests.
const SOURCES: [&str; 3] = ["*/src/*.rs", ":!*/tests.rs", ":!*/tests/*"];

/// A pattern of `git grep`, the files to look at, and the reason.
#[rustfmt::skip]
const FORBIDDEN: [(&str, &str, &str); 4] = [
    (r"(^|[^])}[:alnum:]_.~*$/%+@>-])/(work|root|home|Users)/", ":!Cargo.lock",
        "a path of one machine"),
    (r"\b([Ii]ssues?|[Tt]ickets?|PR) #?[0-9]{1,5}\b", ":!Cargo.lock",
        "the number of a ticket: write its subject"),
    (r"^\s*pub use .*\*", "*.rs", "re-export by name"),
    (r"\b(async|await)\b", "crates/work-item/src", "the domain is synchronous"),
];

pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let mut problems = Vec::new();
    for (pattern, files, reason) in FORBIDDEN {
        let lines = found(&root, pattern, files)?;
        problems.extend(lines.lines().map(|line| format!("{line}\n  {reason}")));
    }
    for path in workspace::files(&root, &SOURCES)? {
        let lines = own_lines(&workspace::read(&root, &path)?);
        if lines > MOST_LINES {
            problems.push(format!("{path}: {lines} lines, at most {MOST_LINES}"));
        }
    }
    for path in workspace::files(&root, &["*.md"])? {
        let page = root.join(&path);
        for (line, link) in links(&workspace::read(&root, &path)?) {
            let target = link.split('#').next().unwrap_or_default();
            if !page.with_file_name("").join(target).exists() {
                problems.push(format!("{path}:{line}: the link `{link}` leads nowhere"));
            }
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let next = "correct the lines above, then run `cargo xtask files`";
    Err(Failure::new(problems.join("\n"), next).into())
}

/// The lines that match, with their places.
fn found(root: &Path, pattern: &str, files: &str) -> Result<String> {
    let mut git = Command::new("git");
    git.args(["grep", "-nIE", "--untracked", "-e", pattern, "--", files]);
    let output = git.current_dir(root).output();
    let output = output.context("could not start git")?;
    // The exit code is 1 if no line matches, and higher after an error.
    if output.status.code().is_none_or(|code| code > 1) {
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::new(problem, "run `git status`").into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The number of lines outside of unit tests. A test module ends with `;`, as in `mod tests;`, or
/// with a `}` in the first column.
fn own_lines(text: &str) -> usize {
    let mut own = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            own += 1;
            continue;
        }
        let declaration = lines.find(|line| line.ends_with([';', '{']));
        if declaration.is_some_and(|line| line.ends_with('{')) {
            lines.find(|line| *line == "}");
        }
    }
    own
}

/// The relative links of a Markdown text, each with its line. Code holds no links.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut in_fence = false;
    let mut links = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let is_fence = text.trim_start().starts_with("```");
        in_fence ^= is_fence;
        if in_fence || is_fence {
            continue;
        }
        for (at, opening) in text.match_indices("](") {
            let rest = &text[at + opening.len()..];
            let link = rest.split([')', ' ']).next().unwrap_or_default();
            let in_code = text[..at].matches('`').count() % 2 == 1;
            let elsewhere = link.contains(':') || link.starts_with('#');
            if !in_code && !elsewhere {
                links.push((line, link));
            }
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process;

    #[test]
    fn relative_links_are_found_with_their_lines() {
        let text = "[a](b.md) ![c](../d.png \"t\")\n\n[`code`](e.md#part)\n";
        assert_eq!(
            links(text),
            [(1, "b.md"), (1, "../d.png"), (3, "e.md#part")]
        );
    }

    #[test]
    fn addresses_anchors_and_code_are_no_relative_links() {
        assert_eq!(
            links("[a](https://example.org/x) [b](#here) [c](mailto:a@example.org)\n"),
            []
        );
        assert_eq!(
            links("`[a](b.md)` and `x[0](y)`\n```\n[c](d.md)\n```\n[e](f.md)\n"),
            [(5, "f.md")]
        );
    }

    #[test]
    fn the_lines_of_tests_do_not_count() {
        for (text, lines) in [
            ("//! A file.\nfn a() {}\n", 2),
            ("fn a() {}\n#[cfg(test)]\nmod tests;\nfn b() {}\n", 2),
            (
                "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn t() {\n    }\n}\nfn b() {}\n",
                2,
            ),
            (
                "#[cfg(test)]\n#[expect(\n    missing_docs\n)]\nmod tests {\n}\nfn a() {}\n",
                1,
            ),
        ] {
            assert_eq!(own_lines(text), lines, "{text}");
        }
    }

    #[test]
    fn only_files_and_folders_of_tests_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let git = ["init", "--quiet"];
        process::capture(Command::new("git").args(git).current_dir(folder.path())).unwrap();
        for path in [
            "a/src/contests.rs",
            "a/src/tests.rs",
            "a/src/tests/b.rs",
            "a/tests/c.rs",
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.with_file_name("")).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let sources = workspace::files(folder.path(), &SOURCES).unwrap();
        assert_eq!(sources, ["a/src/contests.rs"]);
    }

    #[test]
    fn forbidden_text_is_found_in_every_form() {
        let folder = tempfile::tempdir().unwrap();
        let git = ["init", "--quiet"];
        process::capture(Command::new("git").args(git).current_dir(folder.path())).unwrap();
        std::fs::create_dir_all(folder.path().join("crates/work-item/src")).unwrap();
        // Put together here, so that this file passes its own gate.
        let (home, ticket) = (["see /ho", "me/a\n"].concat(), ["issue", " 7\n"].concat());
        for (path, text) in [
            ("a.md", home.as_str()),
            ("b.md", ticket.as_str()),
            ("c.rs", concat!("pub", " use d::*;\n")),
            ("crates/work-item/src/e.rs", "async fn f() {}\n"),
            (
                "good.rs",
                "pub use g::H;\nasync fn i() {} // docs/home/j, tickets\n",
            ),
        ] {
            std::fs::write(folder.path().join(path), text).unwrap();
        }
        for ((pattern, files, reason), path) in
            FORBIDDEN
                .iter()
                .zip(["a.md", "b.md", "c.rs", "crates/work-item/src/e.rs"])
        {
            let lines = found(folder.path(), pattern, files).unwrap();
            assert_eq!(lines.lines().count(), 1, "{reason}: {lines}");
            assert!(lines.starts_with(&format!("{path}:1:")), "{lines}");
        }
    }
}
