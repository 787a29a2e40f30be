//! The directive `{{#include FILE}}` or `{{#include FILE:ANCHOR}}`, as mdbook has it.
//!
//! An anchor is the lines between `// ANCHOR: name` and `// ANCHOR_END: name`, moved to the left
//! edge. In Markdown, the marks stand in `<!-- … -->`.

use std::path::Path;

use anyhow::{Context, Result};

use crate::book::read;
use crate::links;

const BEGIN: &str = "{{#include ";

/// Replaces the includes of a page. Returns the text, and the Markdown files that it shows whole.
///
/// # Errors
/// A file or an anchor is missing.
pub(crate) fn expand(root: &Path, page: &str, text: &str) -> Result<(String, Vec<String>)> {
    let (mut expanded, mut whole) = (String::new(), Vec::new());
    for line in text.lines() {
        let directive = line
            .strip_prefix(BEGIN)
            .and_then(|rest| rest.strip_suffix("}}"));
        let Some(directive) = directive else {
            expanded += line;
            expanded.push('\n');
            continue;
        };
        let (file, anchor) = directive.split_once(':').unwrap_or((directive, ""));
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = links::join(folder, file);
        let included = read(root, &path).with_context(|| format!("in {page}"))?;
        if anchor.is_empty() && path.ends_with(".md") {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            expanded += &links::from_root(&included, folder);
            whole.push(path);
        } else {
            let part = part_of(&included, anchor);
            expanded +=
                &part.with_context(|| format!("in {page}: {path} has no anchor `{anchor}`"))?;
        }
    }
    Ok((expanded, whole))
}

/// The lines of an anchor, or all lines if its name is empty. Lines with a mark are left out.
fn part_of(code: &str, anchor: &str) -> Option<String> {
    let is = |line: &str, mark: &str| {
        let line = line.trim_start();
        let comment = line
            .strip_prefix("// ")
            .or_else(|| line.strip_prefix("<!-- "))?;
        Some(comment.strip_prefix(mark)?.trim_end_matches(" -->") == anchor)
    };
    let mut lines = Vec::new();
    let (mut inside, mut found) = (anchor.is_empty(), anchor.is_empty());
    for line in code.lines() {
        match (is(line, "ANCHOR: "), is(line, "ANCHOR_END: ")) {
            (Some(true), _) => (inside, found) = (true, true),
            (_, Some(true)) => inside = false,
            (None, None) if inside => lines.push(line),
            _ => {}
        }
    }
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let indent = filled
        .map(|line| line.len() - line.trim_start().len())
        .min();
    let shifted = lines
        .iter()
        .map(|line| line.get(indent.unwrap_or(0)..).unwrap_or(""));
    let text: String = shifted.flat_map(|line| [line, "\n"]).collect();
    found.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "fn f() {\n    // ANCHOR: a\n    one(|| {\n        // ANCHOR: b\n        \
                        two()\n        // ANCHOR_END: b\n    });\n\n    // ANCHOR_END: a\n    // \
                        ANCHOR: a\n    three()\n    // ANCHOR_END: a\n}\n";

    #[test]
    fn an_anchor_moves_to_the_left_and_may_hold_another() {
        assert_eq!(part_of(CODE, "b").unwrap(), "two()\n");
        assert_eq!(
            part_of(CODE, "a").unwrap(),
            "one(|| {\n    two()\n});\n\nthree()\n"
        );
    }

    #[test]
    fn a_whole_file_has_no_marks_and_an_unknown_anchor_is_none() {
        assert!(!part_of(CODE, "").unwrap().contains("ANCHOR"));
        assert_eq!(part_of(CODE, "c"), None);
    }
}
