//! A rule on Markdown files: a relative link leads to a file or folder of the workspace.
//!
//! Addresses elsewhere are not asked for: a gate must not depend on the network. What stands in
//! code is no link.

use super::file::{File, Finding};

/// Every relative link leads somewhere.
pub(crate) fn relative_links_lead_somewhere(file: &File) -> Vec<Finding> {
    if !file.path.ends_with(".md") {
        return Vec::new();
    }
    let mut in_fence = false;
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            in_fence = !in_fence;
        }
        if in_fence {
            continue;
        }
        let line = without_code(line);
        for link in inline(&line).chain(definition(&line)) {
            let path = link
                .split(['#', '?'])
                .next()
                .unwrap_or_default()
                .replace("%20", " ");
            if is_relative(link) && !file.leads_somewhere(&path) {
                findings.push(file.on(index + 1, format!("`{link}` leads nowhere")));
            }
        }
    }
    findings
}

/// The line with blanks for what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`')
        .enumerate()
        .map(|(index, part)| if index % 2 == 0 { part } else { " " })
        .collect::<Vec<_>>()
        .join("`")
}

/// The targets of `[text](target)` and `![text](target "title")`.
fn inline(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("](")
        .map(|(offset, opening)| target(&line[offset + opening.len()..]))
}

/// The target of `[label]: target`.
fn definition(line: &str) -> Option<&str> {
    let (label, rest) = line.trim_start().strip_prefix('[')?.split_once("]:")?;
    // `[^1]: text` is a footnote.
    (!label.starts_with('^') && !label.contains(']')).then(|| target(rest.trim_start()))
}

fn target(text: &str) -> &str {
    match text.strip_prefix('<') {
        Some(text) => text.split('>').next().unwrap_or_default(),
        None => text.split([')', ' ']).next().unwrap_or_default(),
    }
}

/// Not an address (`https:`, `mailto:`), not an anchor of the same page.
fn is_relative(link: &str) -> bool {
    let scheme = link.split_once(':').is_some_and(|(scheme, _)| {
        scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    !link.is_empty() && !link.starts_with('#') && !scheme
}

#[cfg(test)]
mod tests {
    use super::super::file::{CLEAN, lines};
    use super::*;

    /// Lines with a bad link in docs/page.md, beside which there are docs/other.md and README.md.
    fn found(text: &str) -> Vec<usize> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("docs")).unwrap();
        for (path, text) in [
            ("README.md", ""),
            ("docs/other.md", ""),
            ("docs/page.md", text),
        ] {
            std::fs::write(folder.path().join(path), text).unwrap();
        }
        let file = File::read(folder.path(), "docs/page.md").unwrap().unwrap();
        relative_links_lead_somewhere(&file)
            .iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn links_to_what_is_there_are_fine() {
        assert_eq!(
            found("[a](other.md) [b](../README.md#top) [c](../docs/) ![d](./other.md \"t\")\n"),
            CLEAN
        );
        assert_eq!(
            found("[a]: other.md\n[b]: <../README.md>\n[^1]: a footnote\n"),
            CLEAN
        );
    }

    #[test]
    fn links_to_nothing_are_found() {
        assert_eq!(
            found("[a](gone.md)\n\n[b](other.md) [c](../gone/x.md#y)\n"),
            [1, 3]
        );
        assert_eq!(found("[a]: gone.md\n"), [1]);
    }

    #[test]
    fn a_link_out_of_the_workspace_leads_nowhere() {
        assert_eq!(found("[a](../../elsewhere.md)\n[b](../..)\n"), [1, 2]);
    }

    #[test]
    fn addresses_anchors_and_code_are_no_relative_links() {
        assert_eq!(
            found("[a](https://example.org/x) [b](#here) [c](mailto:a@example.org)\n"),
            CLEAN
        );
        assert_eq!(
            found("`[a](gone.md)`\n```\n[b](gone.md)\n```\n[c](gone.md)\n"),
            [5]
        );
        assert_eq!(found(""), CLEAN);
    }

    #[test]
    fn other_files_are_not_looked_at() {
        assert_eq!(
            lines(relative_links_lead_somewhere, "a.rs", "// [a](gone.md)\n"),
            CLEAN
        );
    }
}
