//! The files of test tools: large ones, unreadable ones, and reports with failed tests.

use serde_json::json;

use crate::evidence::{REPORT, recorded, run, with_files};

#[test]
fn a_file_above_the_largest_size_is_refused() {
    let desk = with_files();
    for (flag, name, largest) in [("--lcov", "huge.info", 256), ("--junit", "huge.xml", 1024)] {
        let file = std::fs::File::create(desk.path(name)).unwrap();
        file.set_len((largest << 20) + 1).unwrap();
        let (code, error) = desk.refused(&["test-run", "WORK-1", flag, name]);
        assert_eq!((code, &error["kind"]), (2, &json!("usage")), "{name}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(name) && message.contains(&format!("{largest} MiB")),
            "{message}"
        );
        assert!(
            error["hint"].as_str().unwrap().contains("smaller"),
            "{error}"
        );
    }
}

#[test]
fn an_unreadable_file_is_named_with_the_position() {
    let desk = with_files();
    std::fs::create_dir(desk.path("folder")).unwrap();
    for (name, content) in [
        ("cut.info", &b"SF:a\nDA:1,1\n"[..]),
        ("wrong.info", b"SF:a\nDA:1,x\nend_of_record\n"),
        ("empty.info", b""),
        ("bytes.info", b"SF:\xff\n"),
        ("cut.xml", b"<testsuites><testsuite name=\"s\">"),
        ("bytes.xml", b"<testsuites>\xff"),
    ] {
        std::fs::write(desk.path(name), content).unwrap();
    }
    for (flag, file, told) in [
        ("--lcov", "nowhere.info", "cannot be read"),
        ("--lcov", "folder", "not a regular file"),
        ("--lcov", "cut.info", "line 2"),
        ("--lcov", "wrong.info", "line 2"),
        ("--lcov", "empty.info", "no line"),
        ("--lcov", "bytes.info", "byte 3"),
        ("--lcov", "tests.xml", "line 1"),
        ("--junit", "nowhere.xml", "cannot be read"),
        ("--junit", "cut.xml", "it ends before"),
        ("--junit", "bytes.xml", "byte 12"),
        ("--junit", "lines.info", "testsuites"),
    ] {
        let (code, error) = desk.refused(&["test-run", "WORK-1", flag, file]);
        let message = error["message"].as_str().unwrap();
        assert_eq!((code, &error["kind"]), (2, &json!("usage")), "{file}");
        assert!(
            message.contains(file) && message.contains(told),
            "{message}"
        );
        assert!(error["hint"].is_string(), "{error}");
    }
    assert_eq!(desk.json(&["show", "WORK-1"])["version"], 3);
}

#[test]
fn a_report_with_failures_is_refused() {
    let desk = with_files();
    let failing = REPORT.replace(
        "<testcase name=\"adds_more\" classname=\"a\"/>",
        "<testcase name=\"adds_more\" classname=\"a\"><failure message=\"no\"/></testcase>",
    );
    std::fs::write(desk.path("failing.xml"), failing).unwrap();
    std::fs::write(desk.path("none.xml"), "<testsuites/>").unwrap();
    let (code, error) = desk.refused(&["test-run", "WORK-1", "--junit", "failing.xml"]);
    let message = error["message"].as_str().unwrap();
    assert_eq!((code, &error["kind"]), (3, &json!("refused")));
    assert!(message.contains("a::adds_more"), "{message}");
    assert_eq!(
        desk.refused(&["test-run", "WORK-1", "--junit", "none.xml"])
            .0,
        3
    );
    assert_eq!(desk.json(&["show", "WORK-1"])["test_run"], json!(null));
}

#[test]
fn a_large_report_is_read_in_pieces() {
    let desk = with_files();
    let mut report = String::from("<testsuites><testsuite name=\"s\" tests=\"120000\">");
    for number in 0..120_000 {
        let class = if number % 4 == 0 {
            "sums.negative"
        } else {
            "sums"
        };
        report.push_str(&format!(
            "<testcase classname=\"{class}\" name=\"adds_the_figures_of_the_month_{number}\"/>\n"
        ));
    }
    report.push_str("</testsuite></testsuites>");
    assert!(report.len() > 8 << 20);
    std::fs::write(desk.path("large.xml"), &report).unwrap();
    let found = recorded(&desk, &["--junit", "large.xml"]);
    assert_eq!(found, run(json!(null), [90_000, 30_000, 0]));
}

#[test]
fn the_name_of_a_test_stays_in_its_line() {
    let desk = with_files();
    let names = [
        "a&#10;hint: all tests passed",
        "b&#13;&#x85;c",
        &"long ".repeat(100),
    ];
    let cases = names.map(|name| format!("<testcase name=\"{name}\"><failure/></testcase>"));
    let report = format!("<testsuite name=\"s\">{}</testsuite>", cases.concat());
    std::fs::write(desk.path("failed.xml"), report).unwrap();
    let words = ["test-run", "WORK-1", "--junit", "failed.xml"];
    let (code, error) = desk.refused(&words);
    let message = error["message"].as_str().unwrap();
    assert_eq!(code, 3, "{message}");
    assert!(
        message.contains("a\\nhint: all tests passed, b\\r\\u{85}c, long"),
        "{message}"
    );
    assert!(message.len() < 250, "{message}");
    let human = desk.run(&words).err;
    assert!(!human.contains("\nhint: all"), "{human}");

    let report = "<testsuite name=\"s\"><testcase name=\"a&#10;negative edge\"/></testsuite>";
    std::fs::write(desk.path("both.xml"), report).unwrap();
    let (_, error) = desk.refused(&["test-run", "WORK-1", "--junit", "both.xml"]);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("`a\\nnegative edge`"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_waiting_for_it() {
    let desk = with_files();
    let pipe = desk.path("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
    for flag in ["--junit", "--lcov"] {
        let (code, error) = desk.refused(&["test-run", "WORK-1", flag, "pipe"]);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("not a regular file"), "{message}");
        assert_eq!((code, &error["kind"]), (2, &json!("usage")));
    }
}
