//! The pages of the guide, in the order of SUMMARY.md, and the checks of their links.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::links::{self, Target};
use crate::{include, laws};

/// The folder of the pages, as a path from the root of the workspace.
pub(crate) const FOLDER: &str = "docs/guide/src";

/// All pages, checked.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) pages: Vec<Page>,
    /// A file of the workspace → the page that shows it.
    shown_by: BTreeMap<String, String>,
}

/// A page with its includes resolved. Its relative links are paths from the root of the workspace,
/// after [`links::FROM_ROOT`].
#[derive(Debug)]
pub(crate) struct Page {
    /// The title in SUMMARY.md.
    pub(crate) title: String,
    /// The name of its file, for example `first-store.md`.
    pub(crate) name: String,
    /// The part of SUMMARY.md, for example `Reference`; empty before the first part.
    pub(crate) part: String,
    text: String,
}

impl Book {
    /// Reads and checks the whole guide.
    ///
    /// # Errors
    /// One line for each missing file, anchor, link or chapter.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut problems = Vec::new();
        let mut book = Self {
            pages: Vec::new(),
            shown_by: BTreeMap::new(),
        };
        for chapter in summary(&read(root, &format!("{FOLDER}/SUMMARY.md"))?) {
            match book.page(root, chapter) {
                Ok(page) => book.pages.push(page),
                Err(error) => problems.push(format!("{error:#}")),
            }
        }
        let listed: BTreeSet<&str> = book.pages.iter().map(|page| page.name.as_str()).collect();
        for file in fs::read_dir(root.join(FOLDER))? {
            let name = file?.file_name().to_string_lossy().into_owned();
            if name != "SUMMARY.md" && !listed.contains(name.as_str()) && problems.is_empty() {
                problems.push(format!(
                    "{FOLDER}/{name}: SUMMARY.md does not list this page"
                ));
            }
        }
        for page in &book.pages {
            problems.extend(book.dead_links(root, page));
        }
        if problems.is_empty() {
            return Ok(book);
        }
        bail!(problems.join("\n"))
    }

    /// The text of a page, each link as `shown` writes it.
    pub(crate) fn with_links(&self, page: &Page, shown: fn(&Target<'_>) -> String) -> String {
        links::rewrite(&page.text, |link| {
            let path = link.strip_prefix(links::FROM_ROOT)?;
            Some(shown(&self.target(path)))
        })
    }

    fn page(&mut self, root: &Path, (part, title, name): Chapter) -> Result<Page> {
        let path = format!("{FOLDER}/{name}");
        let text = links::from_root(&read(root, &path)?, FOLDER);
        let (text, whole) = include::expand(root, &path, &text)?;
        let (text, contract) = laws::expand(root, &path, &text)?;
        let shown = whole.into_iter().chain(contract).chain([path]);
        self.shown_by.extend(shown.map(|file| (file, name.clone())));
        Ok(Page {
            title,
            name,
            part,
            text,
        })
    }

    fn target<'a>(&'a self, link: &'a str) -> Target<'a> {
        let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
        match self.shown_by.get(path) {
            Some(page) => Target::Page(page, anchor),
            None => Target::File(path, anchor),
        }
    }

    fn dead_links(&self, root: &Path, page: &Page) -> Vec<String> {
        let is_dead = |link: &&str| match self.target(link) {
            Target::Page(name, anchor) => {
                let page = self.pages.iter().find(|page| page.name == name);
                !page.is_some_and(|page| links::has_anchor(&page.text, anchor))
            }
            Target::File(path, _) => !root.join(path).exists(),
        };
        let dead = links::all(&page.text).into_iter().filter_map(|link| {
            let path = link.strip_prefix(links::FROM_ROOT)?;
            is_dead(&path).then(|| format!("{}: the link `{path}` leads nowhere", page.name))
        });
        dead.collect()
    }
}

/// The part, the title and the file name of a page.
type Chapter = (String, String, String);

/// The chapters that SUMMARY.md lists.
fn summary(text: &str) -> Vec<Chapter> {
    let (mut part, mut chapters) = (String::new(), Vec::new());
    for line in text.lines().skip(1) {
        if let Some(title) = line.strip_prefix("# ") {
            title.clone_into(&mut part);
        }
        let link = line
            .split_once('[')
            .and_then(|(_, rest)| rest.split_once("]("));
        if let Some((title, rest)) = link {
            let name = rest.trim_end().trim_end_matches(')');
            chapters.push((part.clone(), title.to_owned(), name.to_owned()));
        }
    }
    chapters
}

/// The text of a file, given by its path from the root.
pub(crate) fn read(root: &Path, path: &str) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("could not read {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace with one page, a file of code and a page of docs.
    fn problems(summary: &str, page: &str) -> String {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(FOLDER);
        fs::create_dir_all(&folder).unwrap();
        for (path, text) in [
            ("docs/guide/src/SUMMARY.md", summary),
            ("docs/guide/src/a.md", page),
            (
                "docs/words.md",
                "# Words\n\n## One word\n\n[a](guide/src/a.md)\n",
            ),
            (
                "code.rs",
                "// ANCHOR: here\nfn f() {}\n// ANCHOR_END: here\n",
            ),
        ] {
            fs::write(root.path().join(path), text).unwrap();
        }
        match Book::read(root.path()) {
            Ok(_) => String::new(),
            Err(error) => format!("{error:#}"),
        }
    }

    const SUMMARY: &str = "# Summary\n\n- [A](a.md)\n";

    #[test]
    fn a_sound_page_has_no_problem() {
        let page = "# A\n\n[w](../../words.md) [c](../../../code.rs) [self](a.md#a)\n\n```rust\n\
                    {{#include ../../../code.rs:here}}\n```\n\n{{#include ../../words.md}}\n\n\
                    [word](#one-word) [again](../../words.md#one-word)\n";
        assert_eq!(problems(SUMMARY, page), "");
    }

    #[test]
    fn each_kind_of_mistake_is_named() {
        for (page, problem) in [
            ("[b](b.md)", "the link `docs/guide/src/b.md` leads nowhere"),
            (
                "[a](a.md#b)",
                "the link `docs/guide/src/a.md#b` leads nowhere",
            ),
            (
                "{{#include ../../../code.rs:gone}}",
                "code.rs has no anchor `gone`",
            ),
            ("{{#include ../../../gone.rs}}", "could not read gone.rs"),
        ] {
            let found = problems(SUMMARY, &format!("# A\n\n{page}\n"));
            assert!(found.contains(problem), "{page}: {found}");
        }
    }

    #[test]
    fn a_page_without_a_chapter_and_a_chapter_without_a_page_are_named() {
        let orphan = problems("# Summary\n", "# A\n");
        assert!(
            orphan.contains("a.md: SUMMARY.md does not list this page"),
            "{orphan}"
        );
        let missing = problems("# Summary\n\n- [A](a.md)\n- [B](b.md)\n", "# A\n");
        assert!(
            missing.contains("could not read docs/guide/src/b.md"),
            "{missing}"
        );
    }

    #[test]
    fn chapters_know_their_part() {
        let chapters = summary("# Summary\n\n[Intro](i.md)\n\n# Reference\n\n- [Laws](laws.md)\n");
        let names: Vec<_> = chapters
            .iter()
            .map(|(part, title, _)| (&part[..], &title[..]))
            .collect();
        assert_eq!(names, [("", "Intro"), ("Reference", "Laws")]);
    }
}
