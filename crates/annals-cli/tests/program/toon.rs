//! The filter between TOON and JSON.

use std::io::{BufRead, BufReader, Read};

use serde_json::{Value, json};
use serialization::toon;

use crate::program::{Desk, Run};

pub(crate) fn encode(desk: &Desk, json: &str) -> String {
    let run = desk.piped(&["toon", "encode"], json.as_bytes());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{json}");
    run.out
}

pub(crate) fn decode(desk: &Desk, toon: &str) -> String {
    let run = desk.piped(&["toon", "decode"], toon.as_bytes());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{toon}");
    run.out
}

/// Runs a command that must be wrong usage. Returns the error.
fn refused(run: &Run) -> &str {
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
    assert!(run.err.contains("error:"), "{run:?}");
    &run.err
}

#[test]
fn json_round_trips_through_the_filter() {
    let desk = Desk::new();
    for json in [
        r#"{"z":[{"b":1,"a":"x,y"},{"b":2,"a":"z"}],"a":{"y":null,"x":[true,"5",5.5,[]]},"":{}}"#,
        r#"[{"id":18446744073709551616,"n":-170141183460469231731687303715884105728}]"#,
        r#"{"text":"line\nline\ttab \"quoted\" \\ 🦀 א","empty":"","true":"true"}"#,
        "[]",
        "{}",
        "null",
        "\"text\"",
        "{\"a\":\"x\u{7f}y\",\"b\":[{\"c\":\"\u{7f}\"},{\"c\":\"\u{9b}\"}]}",
        "-1.5e-7",
        "340282366920938463463374607431768211455",
    ] {
        let back = decode(&desk, &encode(&desk, json));
        assert_eq!(back, format!("{json}\n"));
    }
    assert!(!desk.store().exists(), "the filter makes no store");
}

#[test]
fn the_filter_reads_the_nesting_that_it_writes() {
    let desk = Desk::new();
    let nested = |levels: usize| {
        let (open, close) = ("{\"a\":[".repeat(levels), "]}".repeat(levels));
        format!("{open}1{close}")
    };
    for levels in [1, 30, 60, 64] {
        let json = nested(levels);
        assert_eq!(decode(&desk, &encode(&desk, &json)), format!("{json}\n"));
    }
    let deep = desk.piped(&["toon", "encode"], nested(65).as_bytes());
    assert!(refused(&deep).contains("128 levels"), "{deep:?}");
    let deep = format!("a:{}", "\n- [1]:".repeat(200));
    refused(&desk.piped(&["toon", "decode"], deep.as_bytes()));
}

#[test]
fn the_options_set_the_output_of_the_filter() {
    let desk = Desk::new();
    let json = br#"{"rows":[{"b":1,"a":2},{"b":3,"a":4}],"o":{"k":[1,2]}}"#;
    let words = ["toon", "encode", "--delimiter", "pipe", "--indent", "4"];
    let run = desk.piped(&words, json);
    let expected = "rows[2|]{b|a}:\n    1|2\n    3|4\no:\n    k[2|]: 1|2\n";
    assert_eq!(run.out, expected);
    let run = desk.piped(
        &["toon", "decode", "--indent", "4", "--pretty"],
        run.out.as_bytes(),
    );
    assert!(
        run.out
            .starts_with("{\n  \"rows\": [\n    {\n      \"b\": 1,"),
        "{}",
        run.out
    );
    let run = desk.piped(&["toon", "encode", "--delimiter", "tab"], b"[1,2]");
    assert_eq!(run.out, "[2\t]: 1\t2\n");
}

#[test]
fn numbers_keep_all_their_digits() {
    let desk = Desk::new();
    let json = "[9007199254740993.0,0.10000000000000001,1.7976931348623157e+308,1E-400]";
    let digits = "9007199254740993,0.1,1.7976931348623157e+308,1e-400";
    let toon = encode(&desk, json);
    assert_eq!(toon, format!("[4]: {digits}\n"));
    assert_eq!(decode(&desk, &toon), format!("[{digits}]\n"));
}

#[test]
fn the_name_of_a_file_decides_the_direction() {
    let desk = Desk::new();
    std::fs::write(desk.path("x.json"), "{\"a\": 1}").unwrap();
    assert_eq!(desk.done(&["toon", "x.json"]), "a: 1\n");
    assert_eq!(desk.done(&["toon", "x.json", "-o", "y.toon"]), "");
    assert_eq!(desk.done(&["toon", "y.toon"]), "{\"a\":1}\n");
    desk.done(&["toon", "decode", "y.toon", "--output", "y.json"]);
    let written = std::fs::read_to_string(desk.path("y.json")).unwrap();
    assert_eq!(written, "{\"a\":1}\n");
    std::fs::copy(desk.path("x.json"), desk.path("x.txt")).unwrap();
    for (words, says) in [
        (&["toon", "x.txt"][..], "toon encode FILE"),
        (
            &["toon", "encode", "x.json", "-o", "nowhere/x"],
            "nowhere/x",
        ),
    ] {
        let run = desk.run(words);
        assert!(refused(&run).contains(says), "{run:?}");
    }
    std::fs::write(desk.path("torn.json"), "{").unwrap();
    refused(&desk.run(&["toon", "torn.json", "-o", "y.toon"]));
    let kept = std::fs::read_to_string(desk.path("y.toon")).unwrap();
    assert_eq!(kept, "a: 1\n", "a refused document replaces no file");
}

#[test]
fn a_dash_is_standard_input_and_signs_are_delimiters() {
    let desk = Desk::new();
    let run = desk.piped(&["toon", "encode", "-", "--delimiter", "|"], b"[1,2]");
    assert_eq!(run.out, "[2|]: 1|2\n", "{run:?}");
    let run = desk.piped(&["toon", "encode", "--delimiter", "\t"], b"[1,2]");
    assert_eq!(run.out, "[2\t]: 1\t2\n", "{run:?}");
    let run = desk.piped(&["toon", "decode", "-"], b"[2|]: 1|2");
    assert_eq!(run.out, "[1,2]\n", "{run:?}");
}

#[test]
fn a_wrong_length_is_named_as_it_is_written() {
    let desk = Desk::new();
    let run = desk.piped(&["toon", "decode"], b"a[300000000000000000000]: 1");
    assert!(
        refused(&run).contains("declares 300000000000000000000,"),
        "{run:?}"
    );
}

#[test]
fn the_filter_reads_files() {
    let desk = Desk::new();
    std::fs::write(desk.path("x.json"), "\u{feff}{\"a\": 1}\n").unwrap();
    assert_eq!(desk.done(&["toon", "encode", "x.json"]), "a: 1\n");
    std::fs::write(desk.path("x.toon"), "a: 1\n").unwrap();
    assert_eq!(desk.done(&["toon", "decode", "x.toon"]), "{\"a\":1}\n");
}

#[test]
fn invalid_json_is_refused_with_its_position() {
    let desk = Desk::new();
    let encoded = |json: &[u8]| desk.piped(&["toon", "encode"], json);
    for (json, says) in [
        (&b"{\"a\": 1,\n \"b\": }"[..], "line 2 column 7"),
        (b"{\"a\": 1} x", "line 1 column 10"),
        (b"{\"a\": 1, \"a\": 2}", "\"a\" occurs twice"),
        (b"{\"a\": 1,\n \"a\": 2}", "line 2 column 2"),
        (b"[1e9223372036854775808]", "1e9223372036854775808"),
        (b"[\"\xff\"]", "not UTF-8 at line 1 column 3"),
        (b"", "the input is empty"),
        (b" \n", "the input is empty"),
        (b"\x7fELF\x02\x00", "line 1 column 1"),
    ] {
        let run = encoded(json);
        let told = refused(&run);
        assert!(told.contains(says), "{says} in {told}");
        assert!(told.contains("hint:"), "{told}");
    }
    let deep = encoded("[".repeat(100_000).as_bytes());
    assert!(
        refused(&deep).contains("deeper than 128 levels"),
        "{}",
        deep.err
    );
}

#[test]
fn invalid_toon_is_refused_with_its_position() {
    let desk = Desk::new();
    let decoded = |toon: &[u8]| desk.piped(&["toon", "decode"], toon);
    for (toon, says) in [
        (&b"a: 1\nb[3]: 1,2"[..], "line 2"),
        (b"a: 1\na: 2", "line 2"),
        (b"a: \"x", "line 1"),
        (b"a: 1\nb: \xff", "not UTF-8 at line 2 column 4"),
        (b"a: 1e9223372036854775808", "line 1 column 4"),
    ] {
        let run = decoded(toon);
        let told = refused(&run);
        assert!(
            told.contains(says) && told.contains("--lenient"),
            "{says} in {told}"
        );
    }
    let lenient = desk.piped(&["toon", "decode", "--lenient"], b"a: 1\nb[3]: 1,2\na: 2");
    assert_eq!(lenient.code, Some(0), "{}", lenient.err);
    let lenient: Value = serde_json::from_str(&lenient.out).unwrap();
    assert_eq!(lenient, json!({"a": 2, "b": [1, 2]}));
    assert_eq!(decode(&desk, ""), "{}\n");
}

#[test]
fn failures_of_the_filter_have_the_requested_format() {
    let desk = Desk::new();
    let run = desk.piped(&["toon", "encode", "--format", "json"], b"{");
    let told: Value = serde_json::from_str(&run.err).unwrap();
    assert_eq!(told["error"]["exit_code"], 2);
    let run = desk.piped(&["toon", "encode", "--format", "toon"], b"{");
    let told: Value = toon::from_str(&run.err).unwrap();
    assert_eq!(told["error"]["kind"], "usage");
}

#[test]
fn wrong_toon_options_are_wrong_usage() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    for words in [
        &["toon", "fly"][..],
        &["toon", "encode", "nowhere.json"],
        &["toon", "decode", "."],
        &["toon", "encode", "--indent", "0"],
        &["toon", "encode", "--indent", "65"],
        &["toon", "encode", "--indent", "two"],
        &["toon", "encode", "--delimiter", "semicolon"],
        &["toon", "encode", "--lenient"],
        &["toon", "decode", "--delimiter", "tab"],
        &["events", "--follow", "--format", "toon"],
        &["tour", "--format", "toon"],
    ] {
        let run = desk.run(words);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{words:?}");
        assert!(!run.err.is_empty(), "{words:?}");
    }
    let run = desk.run(&["events", "--follow", "--format", "toon"]);
    let told: Value = toon::from_str(&run.err).unwrap();
    let hint = told["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("--format json"), "{hint}");
}

#[test]
fn a_reader_that_closes_the_pipe_of_the_filter_is_no_error() {
    let desk = Desk::new();
    let rows: Vec<_> = (0..20_000)
        .map(|n| json!({"n": n, "text": "words"}))
        .collect();
    std::fs::write(desk.path("x.json"), json!(rows).to_string()).unwrap();
    let mut command = desk.command(&["toon", "encode", "x.json"]);
    let mut child = command.spawn().unwrap();
    let mut head = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut head).unwrap();
    drop(out);
    assert_eq!(head, "[20000]{n,text}:\n");
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}
