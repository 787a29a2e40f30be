//! Counting the tests in a JUnit report.
//!
//! Words in the name or class name of a test decide whether it is negative or an edge case; all
//! others are positive. Skipped tests are not counted. A report with a failed test is refused. A
//! flaky test, which failed first and then passed, counts as passed.

use quick_junit::{Report, TestCase, TestCaseStatus};
use work_item::{FileCounts, TestKind, TestPatterns};

use super::Words;
use super::error::{EvidenceError, text};

/// The words that mark negative tests and edge case tests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patterns<'a> {
    pub(crate) negative: &'a [Words],
    pub(crate) edge: &'a [Words],
}

/// The number of tests of each kind in a report, at least one, with the patterns that are kept.
pub(crate) fn counts(
    bytes: &[u8],
    patterns: Patterns<'_>,
    unusual: TestPatterns,
) -> Result<FileCounts, EvidenceError> {
    let text = text(bytes)?;
    let report = parse(text)?;
    let cases = || {
        report
            .test_suites
            .iter()
            .flat_map(|suite| &suite.test_cases)
    };
    let declared = report.test_suites.iter().map(|suite| suite.tests).sum();
    let (found, read) = (test_cases_in(text).max(declared), cases().count());
    if found != read {
        return Err(EvidenceError::Unread { found, read });
    }
    refuse_failures(&report)?;

    let (mut positive, mut negative, mut edge, mut skipped) = (0, 0, 0, 0);
    for case in cases() {
        let count: &mut u32 = match case.status {
            TestCaseStatus::Skipped { .. } => &mut skipped,
            _ => match patterns.kind(case)? {
                TestKind::Positive => &mut positive,
                TestKind::Negative => &mut negative,
                TestKind::EdgeCase => &mut edge,
            },
        };
        *count = count.checked_add(1).ok_or(EvidenceError::TooMany)?;
    }
    let counts = FileCounts::Tests {
        positive,
        negative,
        edge_case: edge,
        skipped,
        patterns: unusual,
    };
    match counts.ratio() {
        Some(_) => Ok(counts),
        None => Err(EvidenceError::NothingRun),
    }
}

impl Patterns<'_> {
    fn kind(self, case: &TestCase) -> Result<TestKind, EvidenceError> {
        let class = case.classname.as_ref().map(|name| Words::of(name.as_str()));
        let name = Words::of(case.name.as_str());
        let has = |patterns: &[Words]| {
            patterns.iter().any(|words| {
                words.are_in(&name) || class.as_ref().is_some_and(|class| words.are_in(class))
            })
        };
        match (has(self.negative), has(self.edge)) {
            (false, false) => Ok(TestKind::Positive),
            (true, false) => Ok(TestKind::Negative),
            (false, true) => Ok(TestKind::EdgeCase),
            (true, true) => Err(EvidenceError::Ambiguous {
                test: full_name(case),
            }),
        }
    }
}

/// Parses a report. Tools that run one suite may omit the outermost element, `<testsuites>`.
fn parse(text: &str) -> Result<Report, EvidenceError> {
    let markup = markup(text);
    let read = match tags(&markup, "testsuites") {
        0 if tags(&markup, "testsuite") > 0 => {
            Report::deserialize_from_str(&format!("<testsuites>{text}</testsuites>"))
        }
        _ => Report::deserialize_from_str(text),
    };
    read.map_err(|error| EvidenceError::NotJunit {
        problem: with_causes(&error),
    })
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Refuses a report with failures or errors, even if only the counts of a suite mention them.
fn refuse_failures(report: &Report) -> Result<(), EvidenceError> {
    let suites = || report.test_suites.iter();
    let failed = |case: &&TestCase| matches!(case.status, TestCaseStatus::NonSuccess { .. });
    let cases = suites().flat_map(|suite| &suite.test_cases);
    let tests: Vec<_> = cases.filter(failed).map(full_name).collect();

    let of_suites = suites()
        .map(|suite| suite.failures.saturating_add(suite.errors))
        .fold(0, usize::saturating_add);
    let of_all = report.failures.saturating_add(report.errors);
    let count = tests.len().max(of_suites).max(of_all);
    match count {
        0 => Ok(()),
        _ => Err(EvidenceError::Failed { count, tests }),
    }
}

fn full_name(case: &TestCase) -> String {
    let name = case.name.as_str();
    match &case.classname {
        Some(class) => format!("{}::{name}", class.as_str()),
        None => name.to_owned(),
    }
}

/// The number of test cases anywhere in a report. The parser skips elements that it does not
/// expect, so a difference to the parsed test cases shows that some were skipped.
fn test_cases_in(text: &str) -> usize {
    tags(&markup(text), "testcase")
}

/// The number of elements with this name.
fn tags(markup: &str, name: &str) -> usize {
    let starts = markup.split('<').skip(1);
    let ends = |after: &str| after.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/');
    starts
        .filter_map(|tag| tag.strip_prefix(name))
        .filter(|after| ends(after))
        .count()
}

/// A document without its comments and CDATA sections.
fn markup(text: &str) -> String {
    let mut rest = text;
    let mut markup = String::new();
    while let Some((at, end)) = next_quoted(rest) {
        markup.push_str(&rest[..at]);
        let quoted = &rest[at..];
        // The parser refuses a comment or CDATA section without an end.
        rest = quoted
            .find(end)
            .map_or("", |found| &quoted[found + end.len()..]);
    }
    markup.push_str(rest);
    markup
}

/// The offset of the next comment or CDATA section, and its end mark.
fn next_quoted(text: &str) -> Option<(usize, &'static str)> {
    let pairs = [("<!--", "-->"), ("<![CDATA[", "]]>")];
    let found = pairs
        .into_iter()
        .filter_map(|(start, end)| Some((text.find(start)?, end)));
    found.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<[u32; 3], EvidenceError> {
        let (negative, edge) = ([Words::of("negative")], [Words::of("edge")]);
        let patterns = Patterns {
            negative: &negative,
            edge: &edge,
        };
        let ratio = counts(text.as_bytes(), patterns, TestPatterns::default())?
            .ratio()
            .unwrap();
        Ok(TestKind::ALL.map(|kind| ratio.count(kind)))
    }

    fn suite(cases: &str) -> String {
        format!("<testsuites><testsuite name=\"s\">{cases}</testsuite></testsuites>")
    }

    #[test]
    fn tests_are_classified_by_words_in_their_names() {
        let report = suite(
            "<testcase name=\"adds\" classname=\"sums\"/>\
             <testcase name=\"refuses\" classname=\"sums.negative\"/>\
             <testcase name=\"the_edge_of_zero\"/>\
             <testcase name=\"knowledge\"></testcase>\
             <testcase name=\"later_negative\"><skipped/></testcase>",
        );
        assert_eq!(read(&report).unwrap(), [2, 1, 1]);
    }

    #[test]
    fn the_outermost_element_may_be_missing() {
        let report = "<?xml version=\"1.0\"?>\n<testsuite name=\"s\" tests=\"1\">\
                      <testcase name=\"a\"/></testsuite>";
        assert_eq!(read(report).unwrap(), [1, 0, 0]);
    }

    #[test]
    fn a_test_that_passes_on_a_rerun_has_passed() {
        let report = suite("<testcase name=\"a\"><flakyFailure/></testcase>");
        assert_eq!(read(&report).unwrap(), [1, 0, 0]);
    }

    #[test]
    fn test_elements_in_quoted_text_do_not_count() {
        let report = suite(
            "<!-- <testcase name=\"b\"/> --><testcase name=\"a\">\
             <system-out><![CDATA[<testcase name=\"c\"/> <!-- ]]></system-out></testcase>",
        );
        assert_eq!(read(&report).unwrap(), [1, 0, 0]);
    }

    #[test]
    fn a_failing_suite_is_no_evidence() {
        let report = suite(
            "<testcase name=\"a\" classname=\"c\"><failure/></testcase>\
             <testcase name=\"b\"><error message=\"m\"/></testcase><testcase name=\"d\"/>",
        );
        let Err(EvidenceError::Failed { count, tests }) = read(&report) else {
            panic!("it is refused")
        };
        assert_eq!((count, tests), (2, vec!["c::a".into(), "b".into()]));
        let counted = "<testsuites errors=\"1\"><testsuite name=\"s\"><testcase name=\"a\"/>\
                       </testsuite></testsuites>";
        assert!(matches!(
            read(counted),
            Err(EvidenceError::Failed { count: 1, tests }) if tests.is_empty()
        ));
        let many: String = (0..9)
            .map(|n| format!("<testcase name=\"t{n}\"><failure/></testcase>"))
            .collect();
        let told = read(&suite(&many)).unwrap_err().to_string();
        assert!(told.ends_with("t0, t1, t2, t3, t4 and 4 more"), "{told}");
    }

    #[test]
    fn a_truncated_report_is_refused() {
        let nested = "<testsuites><testsuite name=\"o\"><testcase name=\"a\"/>\
                      <testsuite name=\"i\"><testcase name=\"b\"/></testsuite></testsuite></testsuites>";
        assert!(matches!(
            read(nested),
            Err(EvidenceError::Unread { found: 2, read: 1 })
        ));
        let behind = format!(
            "{}{}",
            suite("<testcase name=\"a\"/>"),
            suite("<testcase name=\"b\"/>")
        );
        assert!(matches!(
            read(&behind),
            Err(EvidenceError::Unread { found: 2, read: 1 })
        ));
        for text in [
            "",
            "hello",
            "<html/>",
            "<testsuites>",
            "<testsuites><testsuite name=\"s\"><testcase name=\"a\"/>",
            "<testsuite name=\"s\"><testcase name=\"a\"/>",
            "<testsuites><testsuite><testcase name=\"a\"/></testsuite></testsuites>",
            "<testsuites><testsuite name=\"s\"><testcase/></testsuite></testsuites>",
            "<testsuites tests=\"x\"/>",
            "<testsuites><testsuite name=\"s\"></testcase></testsuite></testsuites>",
        ] {
            let found = read(text);
            assert!(
                matches!(found, Err(EvidenceError::NotJunit { .. })),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn a_suite_with_fewer_tests_than_it_declares_is_refused() {
        let report = "<testsuites><testsuite name=\"s\" tests=\"50\"><testcase name=\"a\"/>\
                      </testsuite></testsuites>";
        assert!(matches!(
            read(report),
            Err(EvidenceError::Unread { found: 50, read: 1 })
        ));
    }

    #[test]
    fn a_report_without_tests_is_no_evidence() {
        for cases in ["", "<testcase name=\"a\"><skipped/></testcase>"] {
            assert!(
                matches!(read(&suite(cases)), Err(EvidenceError::NothingRun)),
                "{cases}"
            );
        }
    }

    #[test]
    fn a_test_of_two_kinds_is_an_error() {
        let report = suite("<testcase name=\"negative_edge\" classname=\"c\"/>");
        let Err(EvidenceError::Ambiguous { test }) = read(&report) else {
            panic!("it is refused")
        };
        assert_eq!(test, "c::negative_edge");
    }
}
