//! Counting the tests in a JUnit report, element by element.
//!
//! Words in the name or class name of a test decide whether it is negative or an edge case; all
//! others are positive. Skipped tests are not counted. A report with a failed test is refused. A
//! flaky test, which failed first and then passed, counts as passed.
//!
//! Some tools name the result of a test in an attribute and not in an element. For example,
//! GoogleTest writes `status="notrun" result="suppressed"` for a disabled test.

use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use work_item::{FileCounts, TestKind, TestPatterns};

use super::Words;
use super::error::{EvidenceError, NAMED, in_one_line};
use super::file::Pieces;

/// The largest number of elements within one another.
const DEEPEST: usize = 64;
/// The largest size of the tag of a suite or a test, in bytes.
const LARGEST_TAG: usize = 64 << 10;

/// The values of `status` and `result` of a test that was not run.
const NOT_RUN: [&str; 7] = [
    "notrun",
    "disabled",
    "suppressed",
    "skipped",
    "ignored",
    "untested",
    "pending",
];
/// The values of `status` and `result` of a test that failed.
const FAILED: [&str; 5] = ["fail", "failed", "failure", "error", "timeout"];

/// The words that mark negative tests and edge case tests.
#[derive(Debug, Clone)]
pub(crate) struct Patterns {
    pub(crate) negative: Vec<Words>,
    pub(crate) edge: Vec<Words>,
}

/// The number of tests of each kind in a report, at least one, with the patterns that are kept.
pub(crate) fn counts(
    pieces: &mut Pieces<'_>,
    patterns: &Patterns,
    unusual: TestPatterns,
) -> Result<FileCounts, EvidenceError> {
    let mut report = Report::new(patterns);
    let mut reader = Reader::from_reader(pieces);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        reader.get_mut().begin_piece();
        match reader.read_event_into(&mut buffer)? {
            Event::Start(tag) => report.open(&tag)?,
            Event::Empty(tag) => {
                report.open(&tag)?;
                report.close()?;
            }
            Event::End(_) => report.close()?,
            Event::Text(text) if report.open.is_empty() && !text.trim_ascii().is_empty() => {
                return Err(not_junit(match report.whole {
                    None => "it begins with text, not with <testsuites> or <testsuite>",
                    Some(_) => "it has text after the end of its outermost element",
                }));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    report.finish(unusual)
}

/// The elements that are open, and the tests so far.
struct Report<'a> {
    patterns: &'a Patterns,
    open: Vec<Element>,
    /// The counts of the outermost element, once it is closed.
    whole: Option<Suite>,
    positive: u32,
    negative: u32,
    edge_case: u32,
    skipped: u32,
    /// The names of the first failed tests.
    failed: Vec<String>,
    /// The first test with the words of two kinds.
    ambiguous: Option<String>,
}

/// An open element.
enum Element {
    /// `<testsuites>` or `<testsuite>`.
    Suite(Suite),
    /// `<testcase>`.
    Test(Test),
    Other,
}

/// The tests in a suite and in the suites within it.
#[derive(Default)]
struct Suite {
    declared: usize,
    declared_failures: usize,
    tests: usize,
    failures: usize,
}

struct Test {
    name: String,
    class: Option<String>,
    has_failed: bool,
    is_skipped: bool,
}

impl<'a> Report<'a> {
    fn new(patterns: &'a Patterns) -> Self {
        Self {
            patterns,
            open: Vec::new(),
            whole: None,
            positive: 0,
            negative: 0,
            edge_case: 0,
            skipped: 0,
            failed: Vec::new(),
            ambiguous: None,
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), EvidenceError> {
        if self.whole.is_some() {
            return Err(not_junit(
                "it goes on after the end of its outermost element",
            ));
        }
        if self.open.len() == DEEPEST {
            let problem = format!("it has more than {DEEPEST} elements within one another");
            return Err(not_junit(problem));
        }
        let element = match (tag.name().as_ref(), self.open.last_mut()) {
            (b"testsuites", None) | (b"testsuite", None | Some(Element::Suite(_))) => {
                Element::Suite(Suite::of(tag)?)
            }
            (b"testcase", Some(Element::Suite(_))) => Element::Test(Test::of(tag)?),
            (b"testsuites" | b"testsuite" | b"testcase", Some(_)) => {
                return Err(not_junit(format!(
                    "<{}> is in the wrong place",
                    name_of(tag)
                )));
            }
            (_, None) => {
                let problem = "it begins with <{}>, not with <testsuites> or <testsuite>";
                return Err(not_junit(problem.replace("{}", &name_of(tag))));
            }
            (b"skipped", Some(Element::Test(test))) => {
                test.is_skipped = true;
                Element::Other
            }
            (b"failure" | b"error", Some(_)) => {
                self.fail();
                Element::Other
            }
            _ => Element::Other,
        };
        self.open.push(element);
        Ok(())
    }

    /// Takes a failure of the test or, outside of tests, of the suite that is open.
    fn fail(&mut self) {
        for element in self.open.iter_mut().rev() {
            match element {
                Element::Test(test) => test.has_failed = true,
                Element::Suite(suite) => suite.failures += 1,
                Element::Other => continue,
            }
            return;
        }
    }

    fn close(&mut self) -> Result<(), EvidenceError> {
        match self.open.pop() {
            Some(Element::Test(test)) => {
                if let Some(Element::Suite(suite)) = self.open.last_mut() {
                    suite.tests += 1;
                    suite.failures += usize::from(test.has_failed);
                }
                self.count(&test)
            }
            Some(Element::Suite(mut suite)) => {
                let (found, read) = (suite.declared, suite.tests);
                if found > read {
                    return Err(EvidenceError::Unread { found, read });
                }
                suite.failures = suite.failures.max(suite.declared_failures);
                match self.open.last_mut() {
                    Some(Element::Suite(outer)) => {
                        outer.tests += suite.tests;
                        outer.failures = outer.failures.saturating_add(suite.failures);
                    }
                    _ => self.whole = Some(suite),
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, test: &Test) -> Result<(), EvidenceError> {
        if test.has_failed {
            if self.failed.len() < NAMED {
                self.failed.push(test.full_name());
            }
            return Ok(());
        }
        let kind = match test.is_skipped {
            true => None,
            false => match self.patterns.kind(test) {
                Some(kind) => Some(kind),
                None => {
                    self.ambiguous.get_or_insert_with(|| test.full_name());
                    return Ok(());
                }
            },
        };
        let count = match kind {
            None => &mut self.skipped,
            Some(TestKind::Positive) => &mut self.positive,
            Some(TestKind::Negative) => &mut self.negative,
            Some(TestKind::EdgeCase) => &mut self.edge_case,
        };
        *count = count.checked_add(1).ok_or(EvidenceError::TooMany)?;
        Ok(())
    }

    fn finish(self, patterns: TestPatterns) -> Result<FileCounts, EvidenceError> {
        let whole = match (self.whole, self.open.is_empty()) {
            (Some(whole), _) => whole,
            (None, true) => return Err(not_junit("it has no <testsuites> and no <testsuite>")),
            (None, false) => return Err(not_junit("it ends before its outermost element")),
        };
        if whole.failures > 0 {
            return Err(EvidenceError::Failed {
                count: whole.failures,
                tests: self.failed,
            });
        }
        if let Some(test) = self.ambiguous {
            return Err(EvidenceError::Ambiguous { test });
        }
        let counts = FileCounts::Tests {
            positive: self.positive,
            negative: self.negative,
            edge_case: self.edge_case,
            skipped: self.skipped,
            patterns,
        };
        match counts.ratio() {
            Some(_) => Ok(counts),
            None => Err(EvidenceError::NothingRun),
        }
    }
}

impl Suite {
    fn of(tag: &BytesStart<'_>) -> Result<Self, EvidenceError> {
        let [declared, failures, errors] = attributes(tag, ["tests", "failures", "errors"])?;
        let number = |text: Option<String>| match text {
            None => Ok(0),
            Some(text) => text.parse::<usize>().map_err(|_| {
                let problem = format!("<{}> has the count {text:.20?}", name_of(tag));
                not_junit(problem)
            }),
        };
        Ok(Self {
            declared: number(declared)?,
            declared_failures: number(failures)?.saturating_add(number(errors)?),
            ..Self::default()
        })
    }
}

impl Test {
    fn of(tag: &BytesStart<'_>) -> Result<Self, EvidenceError> {
        let [name, class, results @ ..] =
            attributes(tag, ["name", "classname", "status", "result"])?;
        let name = name.ok_or_else(|| not_junit("a <testcase> has no name"))?;
        let is_one_of = |words: &[&str]| {
            let mut found = results.iter().flatten();
            found.any(|found| words.iter().any(|word| found.eq_ignore_ascii_case(word)))
        };
        Ok(Self {
            name,
            class,
            has_failed: is_one_of(&FAILED),
            is_skipped: is_one_of(&NOT_RUN),
        })
    }

    fn full_name(&self) -> String {
        in_one_line(&match &self.class {
            Some(class) => format!("{class}::{}", self.name),
            None => self.name.clone(),
        })
    }
}

impl Patterns {
    /// The kind of a test; `None` if it has the words of two kinds.
    fn kind(&self, test: &Test) -> Option<TestKind> {
        let class = test.class.as_deref().map(Words::of);
        let name = Words::of(&test.name);
        let has = |patterns: &[Words]| {
            patterns.iter().any(|words| {
                words.are_in(&name) || class.as_ref().is_some_and(|class| words.are_in(class))
            })
        };
        match (has(&self.negative), has(&self.edge)) {
            (false, false) => Some(TestKind::Positive),
            (true, false) => Some(TestKind::Negative),
            (false, true) => Some(TestKind::EdgeCase),
            (true, true) => None,
        }
    }
}

/// The values of these attributes of a tag.
fn attributes<const N: usize>(
    tag: &BytesStart<'_>,
    names: [&str; N],
) -> Result<[Option<String>; N], EvidenceError> {
    if tag.len() > LARGEST_TAG {
        let kib = LARGEST_TAG >> 10;
        return Err(not_junit(format!(
            "a tag of <{}> has more than {kib} KiB",
            name_of(tag)
        )));
    }
    let mut values = [const { None }; N];
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(quick_xml::Error::from)?;
        let named = |name: &&str| name.as_bytes() == attribute.key.as_ref();
        if let Some(at) = names.iter().position(named) {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
            values[at] = Some(value.into_owned());
        }
    }
    Ok(values)
}

fn name_of(tag: &BytesStart<'_>) -> String {
    in_one_line(&String::from_utf8_lossy(tag.name().as_ref()))
}

fn not_junit(problem: impl Into<String>) -> EvidenceError {
    let problem = problem.into();
    EvidenceError::NotJunit { problem }
}

impl From<quick_xml::Error> for EvidenceError {
    fn from(error: quick_xml::Error) -> Self {
        match error {
            quick_xml::Error::Io(error) => {
                let shared = |error: Arc<std::io::Error>| error.kind().into();
                Arc::try_unwrap(error).unwrap_or_else(shared).into()
            }
            other => not_junit(in_one_line(&other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<[u32; 3], EvidenceError> {
        let patterns = Patterns {
            negative: vec![Words::of("negative")],
            edge: vec![Words::of("edge")],
        };
        let mut bytes = text.as_bytes();
        let mut pieces = Pieces::new(&mut bytes, u64::MAX);
        let found = counts(&mut pieces, &patterns, TestPatterns::default())?;
        let ratio = found.ratio().unwrap();
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
    fn a_result_in_an_attribute_counts_like_an_element() {
        let report = suite(
            "<testcase name=\"a\" status=\"run\" result=\"completed\"/>\
             <testcase name=\"b\" status=\"notrun\" result=\"suppressed\"/>\
             <testcase name=\"c\" status=\"run\" result=\"skipped\"/>\
             <testcase name=\"d\" status=\"Disabled\"/>\
             <testcase name=\"e\" status=\"passed\"/>",
        );
        assert_eq!(read(&report).unwrap(), [2, 0, 0]);
        let failed = suite("<testcase name=\"a\"/><testcase name=\"b\" status=\"failed\"/>");
        assert!(matches!(
            read(&failed),
            Err(EvidenceError::Failed { count: 1, tests }) if tests == ["b"]
        ));
    }

    #[test]
    fn text_around_the_report_is_refused_and_a_byte_order_mark_is_not() {
        let report = suite("<testcase name=\"a\"/>");
        assert_eq!(read(&format!("\u{feff}{report}\n")).unwrap(), [1, 0, 0]);
        let declared = format!("\u{feff}<?xml version=\"1.0\"?>\n{report}");
        assert_eq!(read(&declared).unwrap(), [1, 0, 0]);
        for (text, says) in [
            (format!("> npm test\n{report}"), "it begins with text"),
            (format!("{report}\nDone."), "it has text after the end"),
        ] {
            let refused = read(&text).unwrap_err().to_string();
            assert!(refused.contains(says), "{refused}");
        }
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
        let behind = format!(
            "{}{}",
            suite("<testcase name=\"a\"/>"),
            suite("<testcase name=\"b\"/>")
        );
        for text in [
            &behind,
            "",
            "hello",
            "<html/>",
            "<testsuites>",
            "<testsuites><testsuite name=\"s\"><testcase name=\"a\"/>",
            "<testsuite name=\"s\"><testcase name=\"a\"/>",
            "<testcase name=\"a\"/>",
            "<testsuite><testcase name=\"a\"><testcase name=\"b\"/></testcase></testsuite>",
            "<testsuite><properties><testcase name=\"a\"/></properties></testsuite>",
            "<testsuite tests=\"-1\"><testcase name=\"a\"/></testsuite>",
            "<testsuite><testcase name=\"a\" name=\"b\"/></testsuite>",
            "<testsuite><testcase name=\"&entity;\"/></testsuite>",
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
    fn suites_within_suites_are_counted_once() {
        let report = "<testsuites tests=\"3\"><testsuite tests=\"3\"><testcase name=\"a\"/>\
                      <testsuite tests=\"2\"><testcase name=\"negative\"/>\
                      <testcase name=\"c\"/></testsuite></testsuite></testsuites>";
        assert_eq!(read(report).unwrap(), [2, 1, 0]);
        let failing = report.replace("\"c\"/>", "\"c\"><failure/></testcase>");
        let failing = failing.replace("tests=\"2\"", "failures=\"1\"");
        let found = read(&failing).unwrap_err();
        assert!(matches!(&found, EvidenceError::Failed { count: 1, tests } if tests == &["c"]));
        let fewer = report.replace("<testcase name=\"c\"/>", "");
        let found = read(&fewer);
        assert!(matches!(
            found,
            Err(EvidenceError::Unread { found: 2, read: 1 })
        ));
        let deep = "<testsuite>".repeat(65);
        assert!(
            read(&deep)
                .unwrap_err()
                .to_string()
                .contains("more than 64")
        );
    }

    #[test]
    fn an_error_of_a_suite_is_a_failure() {
        let report = "<testsuite><error>no database</error><testcase name=\"a\"/></testsuite>";
        let found = read(report).unwrap_err();
        assert!(matches!(found, EvidenceError::Failed { count: 1, .. }));
    }

    #[test]
    fn a_large_tag_of_a_test_is_refused() {
        let name = |length: usize| suite(&format!("<testcase name=\"{}\"/>", "n".repeat(length)));
        assert_eq!(read(&name(60_000)).unwrap(), [1, 0, 0]);
        let found = read(&name(LARGEST_TAG)).unwrap_err().to_string();
        assert!(
            found.ends_with("a tag of <testcase> has more than 64 KiB"),
            "{found}"
        );
        // The message of a failure may be longer.
        let message = "m".repeat(LARGEST_TAG);
        let failure = format!("<testcase name=\"a\"><failure message=\"{message}\"/></testcase>");
        assert!(matches!(
            read(&suite(&failure)),
            Err(EvidenceError::Failed { .. })
        ));
    }

    #[test]
    fn names_have_no_line_breaks_and_no_controls() {
        let report = suite("<testcase name=\"a&#10;b&#27;[1m\"><error/></testcase>");
        let found = read(&report).unwrap_err().to_string();
        assert_eq!(found, "1 test(s) failed: a\\nb\\u{1b}[1m");
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
