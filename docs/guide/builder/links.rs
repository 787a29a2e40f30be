//! The links of a page: found, resolved from the root of the workspace, and written for a reader.

/// The beginning of a link that is resolved: the rest is a path from the root of the workspace.
pub(crate) const FROM_ROOT: &str = "workspace:";

/// A relative link, resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// A page of the guide, and an anchor in it or nothing.
    Page(&'a str, &'a str),
    /// Another file of the workspace, and an anchor in it or nothing.
    File(&'a str, &'a str),
}

/// For mdbook, which turns `.md` into `.html` in every link. A file outside of the guide is a
/// Markdown file for the reader too, so its dot is escaped: `../../docs/scale%2Emd`.
pub(crate) fn for_mdbook(target: &Target<'_>) -> String {
    match *target {
        Target::Page(page, anchor) => with_anchor(page, anchor),
        Target::File(path, anchor) => {
            let path = path.replace(".md", "%2Emd");
            with_anchor(&format!("../../{path}"), anchor)
        }
    }
}

/// For one file with all pages, in target/book: a link to a page is an anchor in the same file.
pub(crate) fn for_one_file(target: &Target<'_>) -> String {
    match *target {
        Target::Page(page, "") => format!("#{}", page.trim_end_matches(".md")),
        Target::Page(_, anchor) => format!("#{anchor}"),
        Target::File(path, anchor) => with_anchor(&format!("../../{path}"), anchor),
    }
}

fn with_anchor(path: &str, anchor: &str) -> String {
    let hash = if anchor.is_empty() { "" } else { "#" };
    format!("{path}{hash}{anchor}")
}

/// Resolves the relative links of a text from the folder of its file. Anchors in the same file and
/// addresses stay as they are.
pub(crate) fn from_root(text: &str, folder: &str) -> String {
    rewrite(text, |link| {
        let elsewhere = link.contains(':') || link.starts_with('#');
        (!elsewhere).then(|| format!("{FROM_ROOT}{}", join(folder, link)))
    })
}

/// The path from the root of a path from a folder: `docs/guide/src` and `../../a.md` give
/// `docs/a.md`.
pub(crate) fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// Copies a text, with another link where `change` returns one. Code has no links.
pub(crate) fn rewrite(text: &str, mut change: impl FnMut(&str) -> Option<String>) -> String {
    let (mut copy, mut in_fence) = (String::new(), false);
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        in_fence ^= is_fence;
        let mut rest = line;
        while let Some(at) = rest.find("](").filter(|_| !in_fence && !is_fence) {
            let (before, after) = rest.split_at(at + 2);
            copy += before;
            let so_far = &line[..line.len() - after.len()];
            let in_code = so_far.matches('`').count() % 2 == 1;
            let link = after.split([')', ' ']).next().unwrap_or_default();
            match change(link).filter(|_| !in_code) {
                Some(changed) => copy += &changed,
                None => copy += link,
            }
            rest = &after[link.len()..];
        }
        copy += rest;
        copy.push('\n');
    }
    copy
}

/// All links of a text.
pub(crate) fn all(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    rewrite(text, |link| {
        links.push(link.to_owned());
        None
    });
    links
}

/// Whether a page has a heading of this name, or an element with this id. Every page has the empty
/// anchor.
pub(crate) fn has_anchor(page: &str, anchor: &str) -> bool {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    anchor.is_empty()
        || headings.map(heading_id).any(|id| id == anchor)
        || page.contains(&format!("id=\"{anchor}\""))
}

/// The number of headings of this name.
#[cfg(test)]
pub(crate) fn count_headings(text: &str, id: &str) -> usize {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.filter(|line| heading_id(line) == id).count()
}

/// The id that mdbook gives to a heading: `## Law 12: a *name*` has `law-12-a-name`.
fn heading_id(line: &str) -> String {
    let title = line.trim_start_matches('#').trim();
    let kept = title.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_links_are_resolved_and_others_stay() {
        let text =
            "[a](b.md#c) [d](../e.rs) [f](#g) [h](https://i.org) `[j](k.md)`\n```\n[l](m)\n```\n";
        let resolved = "[a](workspace:x/y/b.md#c) [d](workspace:x/e.rs) [f](#g) [h](https://i.org) \
                        `[j](k.md)`\n```\n[l](m)\n```\n";
        assert_eq!(from_root(text, "x/y"), resolved);
    }

    #[test]
    fn a_link_is_written_for_each_reader() {
        let (page, part) = (Target::Page("a.md", ""), Target::Page("a.md", "b"));
        let file = Target::File("docs/c.md", "d");
        assert_eq!(
            [&page, &part, &file].map(for_mdbook),
            ["a.md", "a.md#b", "../../docs/c%2Emd#d"]
        );
        assert_eq!(
            [&page, &part, &file].map(for_one_file),
            ["#a", "#b", "../../docs/c.md#d"]
        );
    }

    #[test]
    fn anchors_are_headings_and_ids() {
        let page = "# First store\n\n## `Busy`, and more\n\n<a id=\"law-3\"></a>\n";
        for anchor in ["", "first-store", "busy-and-more", "law-3"] {
            assert!(has_anchor(page, anchor), "{anchor}");
        }
        assert!(!has_anchor(page, "law-4"));
    }
}
