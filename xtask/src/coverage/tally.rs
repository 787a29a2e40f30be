//! Adds up the lines of each crate, without the code of its tests.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use super::trace::Trace;
use crate::rust_text::RustText;

/// The lines of one crate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) lines: usize,
    pub(crate) run: usize,
    /// Per file, relative to the root: its lines, and whether each was run.
    pub(crate) files: BTreeMap<String, BTreeMap<usize, bool>>,
}

/// Per crate under crates/.
pub(crate) fn tally(root: &Path, trace: &Trace) -> Result<BTreeMap<String, Tally>> {
    let mut crates: BTreeMap<String, Tally> = BTreeMap::new();
    for (path, lines) in trace {
        let Some((name, relative)) = library_source(root, path) else {
            continue;
        };
        let text = std::fs::read_to_string(root.join(&relative))
            .with_context(|| format!("could not read {relative}, which was run"))?;
        let lines = without_tests(&text, lines);
        let tally = crates.entry(name).or_default();
        tally.lines += lines.len();
        tally.run += lines.values().filter(|run| **run).count();
        tally.files.insert(relative, lines);
    }
    Ok(crates)
}

/// The crate and the path from the root, of a file below the `src` of a crate that is no test.
fn library_source(root: &Path, path: &str) -> Option<(String, String)> {
    let relative = Path::new(path)
        .strip_prefix(root)
        .ok()?
        .to_str()?
        .replace('\\', "/");
    let (name, inside) = relative.strip_prefix("crates/")?.split_once('/')?;
    let of_tests = inside
        .split('/')
        .any(|part| part == "tests" || part == "tests.rs");
    (inside.starts_with("src/") && !of_tests).then(|| (name.to_owned(), relative.clone()))
}

fn without_tests(text: &str, lines: &BTreeMap<usize, bool>) -> BTreeMap<usize, bool> {
    let tests: Vec<(usize, usize)> = RustText::new(text).test_lines().collect();
    lines
        .iter()
        .filter(|(line, _)| {
            !tests
                .iter()
                .any(|(first, last)| (first..=last).contains(line))
        })
        .map(|(line, run)| (*line, *run))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sources_of_crates_count() {
        let root = Path::new("nowhere");
        let counted = |path: &str| library_source(root, path).map(|(name, _)| name);
        assert_eq!(counted("nowhere/crates/a/src/b/c.rs").as_deref(), Some("a"));
        assert_eq!(counted("nowhere/crates/a/tests/b.rs"), None);
        assert_eq!(counted("nowhere/crates/a/src/b/tests.rs"), None);
        assert_eq!(counted("nowhere/crates/a/src/tests/b.rs"), None);
        assert_eq!(counted("nowhere/xtask/src/main.rs"), None);
        assert_eq!(counted("elsewhere/crates/a/src/b.rs"), None);
    }

    #[test]
    fn tests_beside_the_code_do_not_count() {
        let text = "fn a() {\n}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        let lines = BTreeMap::from([(1, true), (2, false), (5, true)]);
        assert_eq!(
            without_tests(text, &lines),
            BTreeMap::from([(1, true), (2, false)])
        );
    }

    #[test]
    fn lines_add_up_per_crate() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("crates/a/src");
        std::fs::create_dir_all(&folder).unwrap();
        let mut trace = Trace::new();
        for name in ["b.rs", "c.rs"] {
            std::fs::write(folder.join(name), "fn x() {}\nfn y() {}\n").unwrap();
            let path = folder.join(name).to_str().unwrap().to_owned();
            trace.insert(path, BTreeMap::from([(1, true), (2, name == "c.rs")]));
        }
        let crates = tally(root.path(), &trace).unwrap();
        assert_eq!(
            (crates["a"].lines, crates["a"].run, crates["a"].files.len()),
            (4, 3, 2)
        );
    }

    #[test]
    fn a_source_that_is_gone_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let path = root
            .path()
            .join("crates/a/src/b.rs")
            .to_str()
            .unwrap()
            .to_owned();
        let trace = Trace::from([(path, BTreeMap::from([(1, true)]))]);
        assert!(tally(root.path(), &trace).is_err());
    }
}
