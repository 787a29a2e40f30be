//! Steps: the answers of the program, and its effects on the store.

use std::time::Duration;

use cucumber::gherkin::Step;
use cucumber::then;
use serde_json::{Value, json};
use tokio::time::timeout;
use work_item::{Coverage, GateFailure, GateLevel, TestRatio, TestRun};

use super::Run;
use super::running::{decoded, split};
use crate::steps::words::{Numbers, all_rows, rows};
use crate::world::AnnalsWorld;

/// The time limit for a run. It is far longer than any run, so a program that does not end fails
/// the scenario instead of hanging.
const TOO_LONG: Duration = Duration::from_secs(30);

const WRONG_USE: u8 = 2;
const REFUSED: u8 = 3;
const CONFLICT: u8 = 4;
const STORE_FAILED: u8 = 5;

#[then("it succeeds")]
fn succeeds(world: &mut AnnalsWorld) {
    assert_done(world.program.last());
}

#[then("all of them succeed")]
fn all_succeed(world: &mut AnnalsWorld) {
    assert!(world.program.runs.len() > 1);
    world.program.runs.iter().for_each(assert_done);
}

fn assert_done(run: &Run) {
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{run:?}");
}

#[then("each of these is refused as a wrong use:")]
async fn are_wrong_uses(world: &mut AnnalsWorld, step: &Step) {
    for row in all_rows(step) {
        let words = split(world, &row[0]);
        let run = world.desk("ada").run(words).await;
        assert_failed(&run, WRONG_USE);
        assert_eq!(run.out, "", "{row:?}");
    }
}

#[then(regex = r"^it is refused as a wrong use that says: (.+)$")]
fn is_wrong_use(world: &mut AnnalsWorld, says: String) {
    let run = world.program.last();
    assert_failed(run, WRONG_USE);
    assert_eq!(run.out, "");
    assert!(run.err.contains(&says), "{}", run.err);
}

#[then("it is refused by the domain")]
fn is_refused(world: &mut AnnalsWorld) {
    assert_failed(world.program.last(), REFUSED);
}

#[then("it is refused as a conflict")]
fn is_conflict(world: &mut AnnalsWorld) {
    assert_failed(world.program.last(), CONFLICT);
}

#[then("it fails at the store")]
fn fails_at_the_store(world: &mut AnnalsWorld) {
    assert_failed(world.program.last(), STORE_FAILED);
}

fn assert_failed(run: &Run, code: u8) {
    assert_eq!(run.code, code, "{run:?}");
    assert!(!run.err.is_empty(), "a failure says what it is");
}

/// Runs the program again and returns its JSON answer.
pub(super) async fn asked(world: &mut AnnalsWorld, words: &[&str]) -> Run {
    let words = ["annals"].iter().chain(words).chain(&["--format", "json"]);
    let words = words.map(|word| (*word).to_owned()).collect();
    let run = world.desk("auditor").run(words).await;
    assert_done(&run);
    run
}

#[then("there is no store still")]
async fn no_store_still(world: &mut AnnalsWorld) {
    let words = ["annals", "streams"].map(str::to_owned).to_vec();
    let run = world.desk("auditor").run(words).await;
    assert_failed(&run, STORE_FAILED);
}

#[then("the list shows:")]
async fn list_shows(world: &mut AnnalsWorld, step: &Step) {
    let list = asked(world, &["list"]).await.json();
    assert_listed(&list, step);
}

#[then("the answer lists:")]
fn answer_lists(world: &mut AnnalsWorld, step: &Step) {
    assert_listed(&world.program.last().json(), step);
}

/// The items are exactly those of the table.
fn assert_listed(list: &Value, step: &Step) {
    let columns = all_rows(step).next().expect("names of columns");
    let found = list.as_array().expect("a list").iter().map(|item| {
        let values = columns.iter().map(|column| item[column].clone());
        values.collect::<Vec<_>>()
    });
    let expected = rows(step).map(|row| row.iter().map(|text| json!(text)).collect::<Vec<_>>());
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[then(regex = r"^the list shows the numbers WORK-001 to WORK-(\d+)$")]
async fn list_shows_numbers(world: &mut AnnalsWorld, last: u64) {
    let list = asked(world, &["list"]).await.json();
    let found = list.as_array().expect("a list").iter();
    let found: Vec<_> = found.map(|item| item["number"].clone()).collect();
    let expected = (1..=last).map(|number| json!(format!("WORK-{number:03}")));
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[then(expr = "{word} shows:")]
async fn shows(world: &mut AnnalsWorld, item: String, step: &Step) {
    let found = asked(world, &["show", &item]).await.json();
    for row in all_rows(step) {
        assert_eq!(found[&row[0]], json!(decoded(&row[1])), "{}", row[0]);
    }
}

#[then(regex = r"^the answer names the new store (\S+)$")]
fn names_the_new_store(world: &mut AnnalsWorld, store: String) {
    let found = world.program.last().json()["created_store"].clone();
    let path = world.program.files().join(store);
    assert_eq!(found, json!(path.display().to_string()));
}

#[then("the answer names no new store")]
fn names_no_new_store(world: &mut AnnalsWorld) {
    assert_eq!(world.program.last().json()["created_store"], Value::Null);
}

#[then(regex = r"^the answer has the version (\d+) and these changes:$")]
fn has_changes(world: &mut AnnalsWorld, version: u64, step: &Step) {
    let answer = world.program.last().json();
    assert_eq!(answer["item"]["version"], json!(version));
    let found = answer["changes"].as_array().expect("a list").iter();
    let found = found.map(|one| [one["event_type"].clone(), one["what"].clone()]);
    let expected = rows(step).map(|row| [json!(row[0]), json!(row[1])]);
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[then(regex = r"^the answer names the open blockers (WORK-.+)$")]
fn names_open_blockers(world: &mut AnnalsWorld, expected: String) {
    let answer = world.program.last().json();
    let found = answer["open_blockers"].as_array().expect("a list").iter();
    let found: Vec<_> = found.map(|one| one["number"].as_str().unwrap()).collect();
    assert_eq!(found.join(", "), expected);
}

#[then(expr = "the answer says that the status is {word}")]
fn says_the_status(world: &mut AnnalsWorld, status: String) {
    assert_eq!(world.program.last().json()["status"], json!(status));
}

#[then(
    expr = "it names everything that a run with {int} positive tests and a coverage of {float} % lacks for {word}"
)]
fn names_everything(world: &mut AnnalsWorld, positive: u32, percent: f64, level: String) {
    let run = TestRun::new()
        .with_ratio(TestRatio::new(positive, 0, 0).unwrap())
        .with_coverage(Coverage::from_percent(percent).unwrap());
    let level: GateLevel = level.parse().unwrap();
    let missing: Vec<GateFailure> = level.failures(Some(&run));
    assert!(missing.len() > 1, "there is more than one thing to name");
    let told: Vec<_> = missing.iter().map(ToString::to_string).collect();
    assert_eq!(refusal(world)["failures"], json!(told));
}

pub(super) fn refusal(world: &AnnalsWorld) -> Value {
    let answer: Value = serde_json::from_str(&world.program.last().err).expect("one JSON");
    answer["error"].clone()
}

#[then(expr = "the refusal says that it is a refusal with exit code {int}")]
fn says_that_it_is_refused(world: &mut AnnalsWorld, code: u8) {
    let refusal = refusal(world);
    assert_eq!(refusal["kind"], json!("refused"));
    assert_eq!(refusal["exit_code"], json!(code));
    assert_eq!(world.program.last().out, "");
}

#[then("the history is:")]
fn history_is(world: &mut AnnalsWorld, step: &Step) {
    let history = world.program.last().json();
    let found = history.as_array().expect("a list").iter().map(|one| {
        let (version, who) = (&one["version"], &one["actor"]["name"]);
        [version.clone(), who.clone(), one["event_type"].clone()]
    });
    let expected = rows(step).map(|row| {
        let version: u64 = row[0].parse().unwrap();
        [json!(version), json!(row[1]), json!(row[2])]
    });
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[then(expr = "the streams listed are at the versions {numbers}")]
fn streams_are_at(world: &mut AnnalsWorld, versions: Numbers) {
    let streams = world.program.last().json_lines();
    let found = streams.iter().map(|one| one["version"].as_u64().unwrap());
    assert_eq!(found.collect::<Vec<_>>(), versions.0);
}

#[then("the events told are:")]
fn events_are(world: &mut AnnalsWorld, step: &Step) {
    let events = world.program.last().json_lines();
    let found = events.iter().map(|one| one["event_type"].clone());
    let expected = rows(step).map(|row| json!(row[0]));
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[then(expr = "{word} has been told of {int} events")]
async fn has_been_told(world: &mut AnnalsWorld, who: String, count: usize) {
    let follower = world.program.followers.remove(&who).expect("a follower");
    let run = timeout(TOO_LONG, follower.finish()).await;
    let run = run.expect("it ends in time");
    assert_done(&run);
    assert_eq!(run.json_lines().len(), count);
}

#[then(regex = r"^the answer contains: (.+)$")]
fn contains(world: &mut AnnalsWorld, words: String) {
    let answer = &world.program.last().out;
    assert!(answer.contains(&decoded(&words)), "{answer}");
}

#[then(regex = r"^the refusal says: (.+)$")]
fn refusal_says(world: &mut AnnalsWorld, words: String) {
    let error = &world.program.last().err;
    assert!(error.contains(&words), "{error}");
}

#[then(regex = r"^the answer has no (U\+\S+)$")]
fn has_no(world: &mut AnnalsWorld, character: String) {
    let answer = &world.program.last().out;
    let character = decoded(&format!("{{{character}}}"));
    assert!(!answer.contains(&character), "{answer}");
}

#[then(expr = "{int} line(s) of the answer begin(s) with {string}")]
fn lines_begin(world: &mut AnnalsWorld, count: usize, start: String) {
    let styles = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m"];
    let answer = world.program.last().out.clone();
    let answer = styles
        .iter()
        .fold(answer, |answer, style| answer.replace(style, ""));
    let lines = answer.lines().filter(|line| line.starts_with(&start));
    assert_eq!(lines.count(), count, "{answer}");
}

#[then("the answer is for people")]
fn is_for_people(world: &mut AnnalsWorld) {
    let answer = &world.program.last().out;
    assert!(answer.lines().count() > 1, "{answer}");
    assert!(serde_json::from_str::<Value>(answer).is_err(), "{answer}");
}

#[then(expr = "the check names the event at position {int} as far ahead")]
fn check_names_far_ahead(world: &mut AnnalsWorld, position: u64) {
    let far_ahead = &world.program.last().json()["far_ahead"][0];
    let expected = json!({
        "first": position,
        "last": position,
        "recorded_at": "2050-01-01T00:00:00Z",
        "next": "2026-01-05T11:00:00Z",
    });
    assert_eq!(*far_ahead, expected);
}

#[then(expr = "the check has found {int} events and nothing wrong")]
fn check_is_clean(world: &mut AnnalsWorld, events: u64) {
    let report = world.program.last().json();
    let expected = (json!(true), json!(events), json!([]));
    let found = (
        report["clean"].clone(),
        report["events"].clone(),
        report["problems"].clone(),
    );
    assert_eq!(found, expected);
}
