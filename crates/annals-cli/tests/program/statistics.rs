//! Statistics: periods, refusals, local days, and the picture.

use std::fs;

use serde_json::{Value, json};

use crate::program::{Desk, finish};

/// One spike is done, one cancelled; a task of tier T2 has two poor test runs.
fn with_work() -> Desk {
    let desk = Desk::new();
    desk.done(&["add", "a", "--type", "spike"]);
    desk.done(&["add", "b", "--type", "spike"]);
    desk.done(&["add", "c", "--risk", "T2"]);
    desk.done(&["start", "1"]);
    desk.done(&["done", "1"]);
    desk.done(&["cancel", "2", "--reason", "no use"]);
    desk.done(&["start", "3"]);
    desk.done(&["test-run", "3", "--positive", "1"]);
    desk.done(&["test-run", "3", "--positive", "1", "--negative", "1"]);
    desk
}

fn last(stats: &Value) -> &Value {
    stats["periods"].as_array().unwrap().last().unwrap()
}

#[test]
fn statistics_have_counts_percentiles_and_unmet_gates() {
    let desk = with_work();
    // The second time, the rows answer.
    for _ in 0..2 {
        for stats in [desk.json(&["stats"]), desk.toon(&["stats"])] {
            assert_eq!(stats["periods"].as_array().unwrap().len(), 14);
            let today = last(&stats);
            for (name, count) in [
                ("created", 3),
                ("completed", 1),
                ("reopened", 0),
                ("cancelled", 1),
                ("scope", 2),
                ("done", 1),
            ] {
                assert_eq!(today[name], count, "{name}");
            }
            assert_eq!(stats["cycle_time_seconds"]["completions"], 1);
            let runs = json!({
                "recorded": 2,
                "gate_not_met": 2,
                "reasons": [
                    { "kind": "coverage", "count": 2 },
                    { "kind": "no_negative_tests", "count": 1 },
                ],
            });
            assert_eq!(stats["test_runs"], runs);
        }
        desk.done(&["search", "a"]);
    }
    let people = desk.done(&["stats", "--by", "week"]);
    assert!(
        people.starts_with(" week (UTC)  created  completed"),
        "{people}"
    );
    assert!(
        people.contains("cycle time of 1 completion(s): p50 "),
        "{people}"
    );
    assert!(people.contains("2 test run(s), 2 of them did not meet the gate"));
    assert!(
        people.contains("\n  - coverage too low or not recorded: 2\n"),
        "{people}"
    );
}

#[test]
fn statistics_without_a_completion_or_before_any_item() {
    let desk = Desk::new();
    assert_eq!(desk.refused(&["stats"]).0, 5);
    desk.done(&["add", "x"]);
    let stats = desk.json(&["stats"]);
    assert_eq!(stats["cycle_time_seconds"], Value::Null);
    assert!(desk.done(&["stats"]).contains("no item was completed"));
    let old = desk.json(&["stats", "--since", "2019-12-30", "--until", "2020-01-05"]);
    let periods = old["periods"].as_array().unwrap();
    assert_eq!(periods.len(), 7);
    assert_eq!(periods[0]["from"], "2019-12-30T00:00:00Z");
    assert_eq!(periods[6]["before"], "2020-01-06T00:00:00Z");
    assert_eq!(
        (&last(&old)["scope"], &last(&old)["created"]),
        (&json!(0), &json!(0))
    );
}

#[test]
fn days_are_local_and_named_with_their_zone() {
    let desk = with_work();
    let run = |words: &[&str]| {
        let mut command = desk.command(words);
        let run = finish(command.env("TZ", "Asia/Kolkata").spawn().unwrap());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
        run.out
    };
    let window = ["stats", "--since", "2019-12-31", "--until", "2020-01-01"];
    let people = run(&window);
    assert!(people.starts_with(" day (Asia/Kolkata)"), "{people}");
    assert!(people.contains("\n 2019-12-31 "), "{people}");
    let json: Value =
        serde_json::from_str(&run(&[&window[..], &["--format", "json"]].concat())).unwrap();
    assert_eq!(json["periods"][0]["from"], "2019-12-30T18:30:00Z");
    assert_eq!(json["periods"].as_array().unwrap().len(), 2);
}

#[test]
fn a_window_must_begin_before_it_ends_and_be_short_enough() {
    let desk = with_work();
    for (words, message) in [
        (
            &["--since", "2026-01-10", "--until", "2026-01-09"][..],
            "the period ends before it begins: it begins at 2026-01-10 00:00:00 UTC and ends at \
             2026-01-09 23:59:59 UTC",
        ),
        (
            &["--since", "1900-01-01"],
            "there are more than 3700 periods from ",
        ),
        (
            &["--since", "2999-01-01"],
            "the period ends before it begins",
        ),
        (&["--since", "7"], "invalid value '7' for '--since <TIME>'"),
        (&["--by", "year"], "invalid value 'year'"),
        (&["--plot", "x.png"], "invalid value 'x.png'"),
    ] {
        let (code, error) = desk.refused(&[&["stats"], words].concat());
        assert_eq!(code, 2, "{words:?}");
        let found = error["message"].as_str().unwrap();
        assert!(found.starts_with(message), "{words:?}: {found}");
    }
    let years = desk.json(&["stats", "--since", "1970-01-01", "--by", "week"]);
    assert!(years["periods"].as_array().unwrap().len() > 2900);
}

#[test]
fn a_picture_is_written_into_a_new_file_only() {
    let desk = with_work();
    let stats = desk.json(&["stats", "--plot", "a.svg"]);
    assert_eq!(stats["plot"], "a.svg");
    let svg = fs::read_to_string(desk.path("a.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("Items by day") && svg.contains("Burn-up"));
    let people = desk.done(&["stats", "--by", "week", "--plot", "b.SVG"]);
    assert!(people.ends_with("\npicture: b.SVG\n"), "{people}");

    let (code, error) = desk.refused(&["stats", "--plot", "a.svg"]);
    assert_eq!(
        (code, &error["message"]),
        (2, &json!("there is a file at a.svg already"))
    );
    assert_eq!(fs::read_to_string(desk.path("a.svg")).unwrap(), svg);
    let (code, error) = desk.refused(&["stats", "--plot", "nowhere/a.svg"]);
    assert_eq!(code, 2);
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("existing directory")
    );
    let (code, _) = desk.refused(&["stats", "--plot", "c.svg", "--read-only"]);
    assert_eq!((code, desk.path("c.svg").exists()), (2, false));
    desk.done(&["stats", "--read-only"]);

    // Without any count there is a picture, too.
    desk.done(&["stats", "--until", "2020-01-01", "--plot", "empty.svg"]);
}
