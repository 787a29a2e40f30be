//! The words that decide the kinds of the tests in a report.

use serde_json::json;

use crate::evidence::{REPORT, recorded, run, with_files, with_files_of};

#[test]
fn options_change_the_words_that_classify_tests() {
    let desk = with_files();
    let junit = ["--junit", "tests.xml"];
    let patterns = [
        "--negative-pattern",
        "refuses",
        "--negative-pattern",
        "more",
    ];
    assert_eq!(
        recorded(&desk, &[&junit[..], &patterns].concat()),
        run(json!(null), [1, 2, 1])
    );
    let none = ["--negative-pattern", "never", "--edge-pattern", "of zero"];
    assert_eq!(
        recorded(&desk, &[&junit[..], &none].concat()),
        run(json!(null), [3, 0, 1])
    );
}

#[test]
fn the_words_that_classified_tests_are_kept() {
    let desk = with_files();
    let junit = ["--junit", "tests.xml"];
    let run = with_files_of(&desk, &junit);
    let counts = json!({"positive": 2, "negative": 1, "edge_case": 1, "skipped": 1});
    assert_eq!(run["files"][0]["counts"], json!({"tests": counts}));
    let shown = desk.done(&["show", "WORK-1"]);
    assert!(!shown.contains("pattern"), "{shown}");

    let words = [
        "--negative-pattern",
        "refuses",
        "--negative-pattern",
        "adds_more",
    ];
    let run = with_files_of(&desk, &[&junit[..], &words].concat());
    let mut counts = json!({"positive": 1, "negative": 2, "edge_case": 1, "skipped": 1});
    counts["patterns"] = json!({"negative": ["refuses", "adds more"]});
    assert_eq!(run["files"][0]["counts"], json!({"tests": counts}));
    let shown = desk.done(&["show", "WORK-1"]);
    let line = "  counted by  --negative-pattern 'refuses' --negative-pattern 'adds more'\n";
    assert!(shown.contains(line), "{shown}");
    // The words that are shown give the same figures.
    let same = [
        "--negative-pattern",
        "refuses",
        "--negative-pattern",
        "adds more",
    ];
    assert_eq!(with_files_of(&desk, &[&junit[..], &same].concat()), run);

    let edge = ["--edge-pattern", "of zero"];
    let run = with_files_of(&desk, &[&junit[..], &edge].concat());
    let patterns = &run["files"][0]["counts"]["tests"]["patterns"];
    assert_eq!(patterns, &json!({"edge_case": ["of zero"]}));
    assert!(
        desk.done(&["show", "WORK-1"])
            .contains("--edge-pattern 'of zero'")
    );

    let long = "x".repeat(300);
    let words = [
        &["test-run", "WORK-1"],
        &junit[..],
        &["--edge-pattern", &long],
    ]
    .concat();
    let (code, error) = desk.refused(&words);
    assert_eq!((code, &error["kind"]), (2, &json!("usage")), "{error}");
}

#[test]
fn a_test_of_two_kinds_is_refused() {
    let desk = with_files();
    let report = REPORT.replace("edge_of_zero", "negative_edge");
    std::fs::write(desk.path("both.xml"), report).unwrap();
    let (code, error) = desk.refused(&["test-run", "WORK-1", "--junit", "both.xml"]);
    assert_eq!(code, 2);
    assert!(
        error["message"].as_str().unwrap().contains("negative_edge"),
        "{error}"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("--negative-pattern"),
        "{error}"
    );
}
