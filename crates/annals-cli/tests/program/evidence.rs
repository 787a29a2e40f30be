//! Evidence from the files that test tools write.

use serde_json::{Value, json};

use crate::program::Desk;

const TRACE: &str = "TN:\nSF:a.rs\nDA:1,1\nDA:2,0\nDA:3,9\nDA:4,1\nend_of_record\n";

pub(crate) const REPORT: &str = "<testsuites><testsuite name=\"s\">\
    <testcase name=\"adds\" classname=\"a\"/><testcase name=\"adds_more\" classname=\"a\"/>\
    <testcase name=\"refuses\" classname=\"a::negative\"/><testcase name=\"edge_of_zero\"/>\
    <testcase name=\"later\"><skipped/></testcase></testsuite></testsuites>";

pub(crate) fn with_files() -> Desk {
    let desk = Desk::new();
    desk.done(&["add", "x", "--risk", "T3"]);
    desk.done(&["start", "WORK-1"]);
    std::fs::write(desk.path("lines.info"), TRACE).unwrap();
    std::fs::write(desk.path("tests.xml"), REPORT).unwrap();
    desk
}

/// The recorded values of a test run, without the files and their marks.
pub(crate) fn recorded(desk: &Desk, words: &[&str]) -> Value {
    let mut run = with_files_of(desk, words);
    let run = run.as_object_mut().unwrap();
    for field in ["coverage_claimed", "tests_claimed", "files"] {
        run.remove(field).unwrap();
    }
    json!(run)
}

pub(crate) fn with_files_of(desk: &Desk, words: &[&str]) -> Value {
    desk.json(&[&["test-run", "WORK-1"], words].concat())["item"]["test_run"].clone()
}

pub(crate) fn run(coverage: Value, [positive, negative, edge]: [u32; 3]) -> Value {
    json!({
        "coverage_percent": coverage,
        "positive": positive, "negative": negative, "edge_case": edge,
    })
}

#[test]
fn a_run_consists_of_both_files() {
    let desk = with_files();
    let found = recorded(&desk, &["--lcov", "lines.info", "--junit", "tests.xml"]);
    assert_eq!(found, run(json!(75.0), [2, 1, 1]));
    let (_, error) = desk.refused(&["done", "WORK-1"]);
    assert_eq!(error["failures"].as_array().unwrap().len(), 1, "{error}");
    std::fs::write(desk.path("better.info"), TRACE.replace("DA:2,0", "DA:2,1")).unwrap();
    recorded(&desk, &["--lcov", "better.info", "--junit", "tests.xml"]);
    assert_eq!(desk.json(&["done", "WORK-1"])["item"]["status"], "done");
}

#[test]
fn each_file_goes_with_figures_for_the_other() {
    let desk = with_files();
    let found = recorded(
        &desk,
        &["--lcov", "lines.info", "--positive", "7", "--edge", "1"],
    );
    assert_eq!(found, run(json!(75.0), [7, 0, 1]));
    let found = recorded(&desk, &["--junit", "tests.xml", "--coverage", "91.5"]);
    assert_eq!(found, run(json!(91.5), [2, 1, 1]));
    assert_eq!(
        recorded(&desk, &["--junit", "tests.xml"]),
        run(json!(null), [2, 1, 1])
    );
    assert_eq!(
        recorded(&desk, &["--lcov", "lines.info"]),
        run(json!(75.0), [0, 0, 0])
    );
}

#[test]
fn files_are_kept_with_name_size_hash_and_counts() {
    let desk = with_files();
    std::fs::create_dir(desk.path("out")).unwrap();
    std::fs::write(desk.path("out/abc.info"), TRACE).unwrap();
    let run = with_files_of(&desk, &["--lcov", "out/abc.info", "--junit", "tests.xml"]);
    assert_eq!(
        (&run["coverage_claimed"], &run["tests_claimed"]),
        (&json!(false), &json!(false))
    );
    let [lines, tests] = &run["files"].as_array().unwrap()[..] else {
        panic!("{run}")
    };
    assert_eq!(
        (&lines["name"], &lines["size"]),
        (&json!("abc.info"), &json!(TRACE.len()))
    );
    assert_eq!(
        lines["counts"],
        json!({"lines": {"covered": 3, "total": 4}})
    );
    let hash = lines["sha256"].as_str().unwrap();
    let counts = json!({"positive": 2, "negative": 1, "edge_case": 1, "skipped": 1});
    assert_eq!(tests["counts"], json!({"tests": counts}));
    let shown = desk.done(&["show", "WORK-1"]);
    let line = format!(
        "file        abc.info ({} bytes, SHA-256 {}…)",
        TRACE.len(),
        &hash[..12]
    );
    assert!(shown.contains(&line), "{shown}");
    assert!(!shown.contains("claimed"), "{shown}");
}

#[test]
fn figures_are_claimed_and_not_enough_for_high_risk() {
    let desk = with_files();
    let claims = [
        "--positive",
        "99999",
        "--negative",
        "9",
        "--edge",
        "9",
        "--coverage",
        "100",
    ];
    let run = with_files_of(&desk, &claims);
    assert_eq!(
        (&run["coverage_claimed"], &run["tests_claimed"]),
        (&json!(true), &json!(true))
    );
    let shown = desk.done(&["show", "WORK-1"]);
    let words = "coverage 100.00 % (claimed); 99999 positive, 9 negative, 9 edge case (claimed)";
    assert!(shown.contains(words), "{shown}");
    let (code, error) = desk.refused(&["done", "WORK-1"]);
    let claimed = ["tests_claimed", "coverage_claimed"];
    let expected = claimed.map(|kind| json!({"kind": kind, "gate": "L2"}));
    assert_eq!((code, &error["hindrances"]), (3, &json!(expected)));
    let part = with_files_of(&desk, &["--lcov", "lines.info", "--positive", "1"]);
    assert_eq!(
        (&part["coverage_claimed"], &part["tests_claimed"]),
        (&json!(false), &json!(true))
    );
    let only = with_files_of(&desk, &["--junit", "tests.xml"]);
    assert_eq!(
        (&only["coverage_claimed"], &only["tests_claimed"]),
        (&json!(null), &json!(false))
    );
}

#[test]
fn every_answer_marks_claimed_figures_and_names_the_files() {
    let desk = with_files();
    let part = ["--lcov", "lines.info", "--positive", "7"];
    with_files_of(&desk, &part);
    let context = desk.json(&["context", "WORK-1"]);
    let value = |field: &str| {
        let rows = context["state"].as_array().unwrap();
        rows.iter().find(|row| row["field"] == field).unwrap()["value"].clone()
    };
    assert_eq!(value("coverage_percent"), json!("75.00 %"));
    assert_eq!(value("positive"), json!("7 (claimed)"));
    let from = ["diff", "WORK-1", "--from", "3"];
    let human = desk.done(&from);
    let rows: Vec<_> = human.lines().map(|line| line.split_whitespace()).collect();
    let row = |field: &str| {
        let mut rows = rows.iter().cloned();
        let found = rows.find(|row| row.clone().next() == Some(field));
        found.unwrap().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row("positive"), "positive – 7 (claimed)");
    assert_eq!(row("coverage_percent"), "coverage_percent – 75.00 %");
    let run = |from: &str| {
        let changes = desk.json(&["diff", "WORK-1", "--from", from])["changes"].clone();
        let mut changes = changes.as_array().unwrap().iter();
        changes
            .find(|one| one["field"] == "test_run")
            .unwrap()
            .clone()
    };
    let first = run("3");
    assert_eq!(first["from"], json!(null));
    assert_eq!(
        (&first["to"]["positive"], &first["to"]["tests_claimed"]),
        (&json!(7), &json!(true))
    );
    assert_eq!(first["to"]["coverage_claimed"], json!(false));

    with_files_of(&desk, &["--lcov", "lines.info", "--junit", "tests.xml"]);
    let proven = run("4");
    assert_eq!(proven["from"], first["to"]);
    assert_eq!(
        (&proven["to"]["positive"], &proven["to"]["tests_claimed"]),
        (&json!(2), &json!(false))
    );
    for command in ["history", "why"] {
        let human = desk.done(&[command, "WORK-1"]);
        assert!(human.contains("from lines.info, tests.xml"), "{human}");
    }
    assert!(
        desk.done(&["history", "WORK-1"])
            .contains("(claimed), from lines.info")
    );
}

#[test]
fn figures_and_a_file_for_the_same_are_wrong_usage() {
    let desk = with_files();
    for words in [
        &["--lcov", "lines.info", "--coverage", "90"][..],
        &["--junit", "tests.xml", "--positive", "1"],
        &["--junit", "tests.xml", "--negative", "0"],
        &["--junit", "tests.xml", "--edge", "1"],
        &["--negative-pattern", "no", "--positive", "1"],
        &["--edge-pattern", "edge", "--lcov", "lines.info"],
        &["--junit", "tests.xml", "--edge-pattern", ""],
        &["--junit", "tests.xml", "--negative-pattern", "::"],
        &["--lcov"],
        &["--negative-pattern", "no"],
    ] {
        let (code, error) = desk.refused(&[&["test-run", "WORK-1"], words].concat());
        assert_eq!((code, &error["kind"]), (2, &json!("usage")), "{words:?}");
    }
    assert_eq!(desk.json(&["show", "WORK-1"])["version"], 3);
}

#[test]
fn the_help_explains_the_counting_of_evidence() {
    let help = Desk::new().done(&["test-run", "--help"]);
    for words in [
        "LCOV",
        "JUnit",
        "Skipped tests are not counted",
        "exit code 3",
    ] {
        assert!(help.contains(words), "{words} in {help}");
    }
}
