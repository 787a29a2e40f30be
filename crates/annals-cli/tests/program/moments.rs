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
