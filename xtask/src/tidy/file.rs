//! A file as the rules see it, and what a rule finds in it.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::rust_text::{RustText, line_of};

/// One text file of the workspace.
#[derive(Debug)]
pub(crate) struct File {
    root: PathBuf,
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The views of a Rust file; other files have none.
    pub(crate) rust: Option<RustText>,
}

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    pub(crate) line: usize,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path, self.line, self.message)
    }
}

impl File {
    /// Reads a file; one that is no text is none of tidy's business.
    pub(crate) fn read(root: &Path, path: &str) -> Result<Option<Self>> {
        let bytes =
            std::fs::read(root.join(path)).with_context(|| format!("could not read {path}"))?;
        let text = String::from_utf8(bytes)
            .ok()
            .filter(|text| !text.contains('\0'));
        Ok(text.map(|text| Self::new(root, path, text)))
    }

    fn new(root: &Path, path: &str, text: String) -> Self {
        let rust = path.ends_with(".rs").then(|| RustText::new(&text));
        Self {
            root: root.to_path_buf(),
            path: path.to_owned(),
            text,
            rust,
        }
    }

    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether one of the folders above the file has this name.
    pub(crate) fn is_below(&self, folder: &str) -> bool {
        self.path
            .rsplit_once('/')
            .is_some_and(|(above, _)| above.split('/').any(|part| part == folder))
    }

    /// The workspace crate under crates/ whose `src` holds the file.
    pub(crate) fn library(&self) -> Option<&str> {
        let (name, inside) = self.path.strip_prefix("crates/")?.split_once('/')?;
        inside.starts_with("src/").then_some(name)
    }

    /// Whether a relative link in this file leads to something inside the workspace.
    pub(crate) fn leads_somewhere(&self, link: &str) -> bool {
        let mut target: Vec<&str> = self.path.split('/').collect();
        if link.starts_with('/') {
            target.clear(); // from the root of the workspace
        } else {
            target.pop();
        }
        for part in link.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if target.pop().is_none() {
                        return false;
                    }
                }
                name => target.push(name),
            }
        }
        self.root.join(target.join("/")).exists()
    }

    /// A finding at a byte of the text.
    pub(crate) fn at(&self, offset: usize, message: impl Into<String>) -> Finding {
        self.on(line_of(&self.text, offset), message)
    }

    /// A finding on a line.
    pub(crate) fn on(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding {
            path: self.path.clone(),
            line,
            message: message.into(),
        }
    }
}

/// A file for the tests of the rules, at a root that does not exist.
#[cfg(test)]
pub(crate) fn sample(path: &str, text: &str) -> File {
    File::new(Path::new("nowhere"), path, text.to_owned())
}

/// What [`lines`] gives when there is no fault.
#[cfg(test)]
pub(crate) const CLEAN: [usize; 0] = [];

/// The lines that a rule finds fault with.
#[cfg(test)]
pub(crate) fn lines(rule: fn(&File) -> Vec<Finding>, path: &str, text: &str) -> Vec<usize> {
    rule(&sample(path, text))
        .iter()
        .map(|finding| finding.line)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_is_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("text"), "a\n").unwrap();
        std::fs::write(folder.path().join("nul"), "a\0b").unwrap();
        std::fs::write(folder.path().join("latin"), [0xE4, b'\n']).unwrap();
        assert!(File::read(folder.path(), "text").unwrap().is_some());
        assert!(File::read(folder.path(), "nul").unwrap().is_none());
        assert!(File::read(folder.path(), "latin").unwrap().is_none());
        assert!(File::read(folder.path(), "gone").is_err());
    }

    #[test]
    fn a_path_tells_the_library_and_the_folders() {
        let file = sample("crates/a/src/b/c.rs", "");
        assert_eq!((file.library(), file.name()), (Some("a"), "c.rs"));
        assert!(file.is_below("b") && !file.is_below("c.rs"));
        assert_eq!(sample("crates/a/tests/b.rs", "").library(), None);
        assert_eq!(sample("xtask/src/main.rs", "").library(), None);
        assert_eq!(sample("README.md", "").name(), "README.md");
    }

    #[test]
    fn a_finding_shows_where_it_is() {
        let file = sample("a.rs", "one\ntwo\n");
        assert_eq!(file.at(5, "wrong").to_string(), "a.rs:2: wrong");
    }
}
