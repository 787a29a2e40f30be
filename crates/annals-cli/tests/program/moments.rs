//! Moments and times on the command line.

use serde_json::Value;

use crate::program::finish;
use crate::why::with_story;

#[test]
fn invalid_moments_are_refused() {
    let desk = with_story();
    for (words, code) in [
        (&["diff", "WORK-1"][..], 2),
        (&["diff", "WORK-1", "--from", "yesterday"], 3),
        (&["diff", "WORK-1", "--from", "tomorrow"], 2),
        (&["diff", "WORK-1", "--from", "2 hours"], 2),
        (&["diff", "WORK-1", "--from", "15000 years ago"], 2),
        (&["diff", "WORK-1", "--from", "1700000000"], 2),
        (&["diff", "WORK-1", "--from", "-1"], 2),
        (&["diff", "WORK-1", "--from", "0"], 3),
        (&["diff", "WORK-1", "--from", "6"], 3),
        (&["diff", "WORK-1", "--from", "1", "--to", "6"], 3),
        (&["diff", "WORK-1", "--from", "2020-01-01"], 3),
        (&["diff", "WORK-7", "--from", "1"], 3),
        (&["why", "WORK-7"], 3),
        (&["why"], 2),
        (&["why", "WORK-1", "--expect", "1"], 2),
    ] {
        assert_eq!(desk.refused(words).0, code, "{words:?}");
    }
}

#[test]
fn people_read_and_write_local_times_with_their_zone() {
    let desk = with_story();
    let at = |zone: &str, words: &[&str]| {
        let mut command = desk.command(words);
        command.env("TZ", zone);
        let run = finish(command.spawn().unwrap());
        assert_eq!(run.code, Some(0), "{words:?}: {}", run.err);
        run.out
    };
    assert!(at("UTC", &["show", "1"]).contains(" UTC\n"));
    assert!(at("Asia/Kolkata", &["show", "1"]).contains(" +05:30\n"));
    let history = at("Asia/Kolkata", &["history", "1"]);
    assert!(history.contains("when (Asia/Kolkata)"), "{history}");
    let events = at("Asia/Kolkata", &["events"]);
    assert!(events.contains(" +05:30  "), "{events}");
    let json = at("Asia/Kolkata", &["show", "1", "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let created = json["created_at"].as_str().unwrap();
    assert!(created.ends_with('Z'), "{json}");

    // The end of the minute of the creation in UTC, read as a time in Kolkata, is hours earlier.
    let created: jiff::Timestamp = created.parse().unwrap();
    let after = created
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .strftime("%Y-%m-%d %H:%M:59.999");
    let words = ["show", "1", "--as-of", &after.to_string()];
    assert!(at("UTC", &words).contains("status"));
    let mut command = desk.command(&words);
    command.env("TZ", "Asia/Kolkata");
    let early = finish(command.spawn().unwrap());
    assert_eq!(early.code, Some(3), "{early:?}");
    assert!(early.err.contains("59 +05:30\n"), "{early:?}");
    for words in [
        &["diff", "1", "--from", "2020-01-01"][..],
        &["diff", "1", "--from", "1", "--to", "2020-01-01"],
        &["context", "1", "--as-of", "2020-01-01"],
    ] {
        let error = desk.run(words).err;
        let expected = "there was no item WORK-001 yet at 2020-01-01 23:59:59 UTC\n";
        assert!(error.contains(expected), "{words:?}: {error}");
    }
}

#[test]
fn a_printed_time_of_an_event_can_be_asked_for() {
    let desk = with_story();
    for zone in ["UTC", "Asia/Kolkata", "CET-1"] {
        let run = |words: &[&str]| {
            let mut command = desk.command(words);
            let run = finish(command.env("TZ", zone).spawn().unwrap());
            assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
            run.out
        };
        let events = run(&["events"]);
        let last = events.lines().last().unwrap();
        let at = last
            .split("  ")
            .find(|part| part.starts_with("20"))
            .unwrap();
        let shown = run(&["show", "1", "--as-of", at]);
        assert!(shown.contains("no figures yet"), "{zone} {at}: {shown}");
    }
}

#[test]
fn a_time_in_the_future_is_told() {
    let desk = with_story();
    for words in [
        &["show", "1", "--as-of", "2999-01-01"][..],
        &["context", "1", "--as-of", "2999-01-01"],
        &["diff", "1", "--from", "1", "--to", "2999-01-01"],
    ] {
        let run = desk.run(words);
        let told = "note: 2999-01-01 23:59:59 UTC is in the future; the answer is about now\n";
        assert_eq!((run.code, run.err.as_str()), (Some(0), told), "{words:?}");
        assert!(run.out.contains("blocked"), "{run:?}");
        let run = desk.run(&[words, &["--format", "json"]].concat());
        let note: Value = serde_json::from_str(&run.err).unwrap();
        assert!(note["note"].as_str().unwrap().contains("future"), "{run:?}");
        serde_json::from_str::<Value>(&run.out).unwrap();
    }
    desk.done(&["show", "1", "--as-of", "today"]);
}

#[test]
fn an_unreadable_time_zone_is_told() {
    let desk = with_story();
    for zone in ["Nowhere/Town", ":/nowhere", "XX"] {
        let mut command = desk.command(&["history", "1"]);
        let run = finish(command.env("TZ", zone).spawn().unwrap());
        let told = format!("note: TZ={zone} is no known time zone; times are in UTC\n");
        assert_eq!((run.code, run.err), (Some(0), told));
        assert!(run.out.contains("when (UTC)"), "{}", run.out);
    }
    let mut command = desk.command(&["history", "1"]);
    let run = finish(command.env("TZ", "").spawn().unwrap());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
}
