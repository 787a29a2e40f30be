//! The directive `{{#laws FILE}}`: the laws of docs/contract.md, each with a heading and its tests.
//!
//! ```text
//! 21. An event can be found by its id.      →  ### Law 21
//!                                              An event can be found by its id.
//!                                              Tests:
//!                                              - `an_event_is_found_by_its_id_…`
//! ```
//!
//! The names come from the lists of the crate `conformance`. A table of tests adds those that stand
//! elsewhere. It is at the end of the file, or in `tests-of-the-laws.md` beside it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};

use crate::book::read;
use crate::links;

/// The number of a law → the lines about its tests.
type Tests = BTreeMap<u8, Vec<String>>;

/// Replaces the directive in a page. Returns the text, and the file of the laws if it has one.
///
/// # Errors
/// The file is missing, a law has no test, or a test has no law.
pub(crate) fn expand(root: &Path, page: &str, text: &str) -> Result<(String, Option<String>)> {
    let directive = text.trim().strip_prefix("{{#laws ");
    let Some(file) = directive.and_then(|rest| rest.strip_suffix("}}")) else {
        return Ok((text.to_owned(), None));
    };
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = links::join(folder, file);
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let contract = links::from_root(&read(root, &path)?, folder);
    let beside = format!("{folder}/tests-of-the-laws.md");
    let beside = if root.join(&beside).exists() {
        links::from_root(&read(root, &beside)?, folder)
    } else {
        String::new()
    };
    let mut tests = conformance_tests();
    for (number, line) in table(&contract).into_iter().chain(table(&beside)) {
        tests.entry(number).or_default().push(line);
    }
    Ok((with_tests(&contract, tests)?, Some(path)))
}

/// The tests of the crate `conformance`, as items of a list.
fn conformance_tests() -> Tests {
    let events = conformance::laws_of_event_stores();
    let snapshots = conformance::laws_of_snapshot_stores();
    let both = conformance::laws_of_snapshotted_event_stores();
    let events = events.iter().map(|law| (law.number(), law.name()));
    let snapshots = snapshots.iter().map(|law| (law.number(), law.name()));
    let both = both.iter().map(|law| (law.number(), law.name()));
    let leases = conformance::laws_of_worker_leases();
    let leases = leases.iter().map(|law| (law.number(), law.name()));
    let named = conformance::laws_of_named_leases();
    let named = named.iter().map(|law| (law.number(), law.name()));
    let leases = leases.chain(named);
    let mut tests = Tests::new();
    for (number, name) in events.chain(snapshots).chain(both).chain(leases) {
        tests.entry(number).or_default().push(format!("- `{name}`"));
    }
    tests
}

/// The rows of the table of tests, but for the row of `conformance`: an item for each law.
fn table(contract: &str) -> Vec<(u8, String)> {
    let mut items = Vec::new();
    for line in contract.lines().filter(|line| line.starts_with("| ")) {
        let mut cells = line.trim_matches('|').splitn(2, " | ");
        let (numbers, tests) = (cells.next(), cells.next());
        let tests = tests
            .map(str::trim)
            .filter(|tests| !tests.contains("[`conformance`]"));
        if let (Some(numbers), Some(tests)) = (numbers, tests) {
            items.extend(ranges(numbers).map(|number| (number, format!("- {tests}"))));
        }
    }
    items
}

/// The numbers in a text such as `11, 25–33`.
fn ranges(text: &str) -> impl Iterator<Item = u8> {
    text.split(',').flat_map(|part| {
        let mut ends = part
            .split('–')
            .map_while(|end| end.trim().parse::<u8>().ok());
        let first = ends.next();
        let last = ends.last().or(first);
        first
            .zip(last)
            .map(|(first, last)| first..=last)
            .into_iter()
            .flatten()
    })
}

/// The text of the laws, with a heading before each law and its tests after it.
fn with_tests(contract: &str, mut tests: Tests) -> Result<String> {
    let (mut text, mut current, mut untested) = (String::new(), None, Vec::new());
    let mut add_tests = |text: &mut String, number| match tests.remove(&number) {
        Some(tests) => {
            text.truncate(text.trim_end().len());
            *text += &format!("\n\nTests:\n\n{}\n\n", tests.join("\n"));
        }
        None => untested.push(number),
    };
    for line in contract.lines().map(without_anchor) {
        let next = law(&line);
        let ends = next.is_some() || !(line.starts_with(' ') || line.is_empty());
        if let Some(number) = current.take_if(|_| ends) {
            add_tests(&mut text, number);
        }
        match next {
            Some((number, first)) => {
                text += &format!("### Law {number}\n\n{first}\n");
                current = Some(number);
            }
            None if current.is_some() => text += &format!("{}\n", line.trim_start()),
            None => text += &format!("{line}\n"),
        }
    }
    if let Some(last) = current {
        add_tests(&mut text, last);
    }
    if untested.is_empty() && tests.is_empty() {
        return Ok(text);
    }
    let unknown: Vec<u8> = tests.into_keys().collect();
    bail!("laws without a test: {untested:?}; tests of laws that are not in the file: {unknown:?}")
}

/// A line without `<a id="law-12"></a>`.
fn without_anchor(line: &str) -> String {
    match line
        .split_once("<a id=\"law-")
        .map(|(before, rest)| (before, rest.split_once("</a>")))
    {
        Some((before, Some((_, after)))) => format!("{before}{}", after.trim_start()),
        _ => line.to_owned(),
    }
}

/// The number of the law that begins in a line, `12. …` or `- **40.** …`, and the rest of the line.
fn law(line: &str) -> Option<(u8, &str)> {
    let bold = line
        .strip_prefix("- **")
        .and_then(|rest| rest.split_once(".** "));
    let (number, rest) = bold.or_else(|| line.split_once(". "))?;
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAWS: &str = "# The laws\n\nThe promises.\n\n## Append\n\n1. It is\n   empty.\n- **40.** \
                        <a id=\"law-40\"></a>Checks bind.\n\n## Reads\n\n2. It counts. For example, 3.\n\n\
                        | laws | tests |\n|---|---|\n| 1, 2–2 | [`conformance`](c) |\n| 2 | [d](e) |\n";

    fn tests(of: &[u8]) -> Tests {
        of.iter()
            .map(|number| (*number, vec![format!("- `test_{number}`")]))
            .collect()
    }

    #[test]
    fn each_law_gets_a_heading_and_its_tests() {
        let mut tests = tests(&[1, 2, 40]);
        for (number, line) in table(LAWS) {
            tests.entry(number).or_default().push(line);
        }
        let text = with_tests(LAWS, tests).unwrap();
        let law_1 =
            "### Law 1\n\nIt is\nempty.\n\nTests:\n\n- `test_1`\n\n### Law 40\n\nChecks bind.\n";
        assert!(text.contains(law_1), "{text}");
        assert!(
            text.contains("For example, 3.\n\nTests:\n\n- `test_2`\n- [d](e)\n\n| laws |"),
            "{text}"
        );
    }

    #[test]
    fn a_law_without_a_test_and_a_test_without_a_law_are_errors() {
        let message = |of: &[u8]| with_tests(LAWS, tests(of)).unwrap_err().to_string();
        assert!(message(&[1, 2]).starts_with("laws without a test: [40];"));
        assert!(message(&[1, 2, 40, 41]).ends_with("not in the file: [41]"));
    }

    #[test]
    fn a_law_at_the_end_of_the_file_gets_its_tests() {
        let text = with_tests("1. It is\n   empty.\n", tests(&[1])).unwrap();
        assert_eq!(
            text,
            "### Law 1\n\nIt is\nempty.\n\nTests:\n\n- `test_1`\n\n"
        );
    }

    #[test]
    fn numbers_are_read_from_lists_and_ranges() {
        assert_eq!(ranges(" 11, 25–27 ").collect::<Vec<_>>(), [11, 25, 26, 27]);
        assert_eq!(ranges("laws").count(), 0);
    }
}
