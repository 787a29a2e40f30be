//! Steps: files with test results, and the hindrances in the program's answers.

use cucumber::gherkin::Step;
use cucumber::{given, then};
use serde_json::{Value, json};

use super::answers::{asked, refusal};
use crate::steps::words::{all_rows, rows, text};
use crate::world::AnnalsWorld;

#[given(regex = r"^a file (\S+) with:$")]
fn file_with(world: &mut AnnalsWorld, name: String, step: &Step) {
    let path = world.program.files().join(name);
    std::fs::write(path, text(step)).unwrap();
}

#[then(
    regex = r"^(WORK-\d+) shows the test run (\d+) %, (\d+) positive, (\d+) negative, (\d+) edge cases$"
)]
async fn shows_test_run(
    world: &mut AnnalsWorld,
    item: String,
    percent: f64,
    positive: u32,
    negative: u32,
    edge_case: u32,
) {
    let found = asked(world, &["show", &item]).await.json()["test_run"].clone();
    let fields = ["coverage_percent", "positive", "negative", "edge_case"];
    let found = fields.map(|field| found[field].clone());
    let expected = [
        json!(percent),
        json!(positive),
        json!(negative),
        json!(edge_case),
    ];
    assert_eq!(found, expected);
}

#[then(regex = r"^the (coverage|tests) of (WORK-\d+) (?:is|are) (claimed|proven)$")]
async fn is_claimed(world: &mut AnnalsWorld, figure: String, item: String, word: String) {
    let found = asked(world, &["show", &item]).await.json()["test_run"].clone();
    let field = format!("{figure}_claimed");
    assert_eq!(found[&field], json!(word == "claimed"));
}

#[then(regex = r"^(WORK-\d+) shows these files:$")]
async fn shows_files(world: &mut AnnalsWorld, item: String, step: &Step) {
    let found = asked(world, &["show", &item]).await.json()["test_run"]["files"].clone();
    let found = found.as_array().expect("a list").iter().map(|file| {
        let hash = file["sha256"].as_str().expect("a hash");
        [file["name"].clone(), file["size"].clone(), json!(hash[..8])]
    });
    let expected = rows(step).map(|row| {
        let size: u64 = row[1].parse().unwrap();
        [json!(row[0]), json!(size), json!(row[2])]
    });
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[given(regex = r"^a file (\S+) of (\d+) MiB$")]
fn huge_file(world: &mut AnnalsWorld, name: String, size: u64) {
    let path = world.program.files().join(name);
    let file = std::fs::File::create(path).unwrap();
    file.set_len(size << 20).unwrap();
}

#[then("why, the refusal and the context name the same hindrances:")]
async fn same_hindrances(world: &mut AnnalsWorld, step: &Step) {
    let expected: Vec<_> = all_rows(step).map(|row| row[0].clone()).collect();
    let told = refusal(world)["failures"].clone();
    assert_eq!(told, json!(expected));
    let why = asked(world, &["why", "WORK-001"]).await.json();
    assert_eq!(why["hindrances"], refusal(world)["hindrances"]);
    let context = asked(world, &["context", "WORK-001"]).await.json();
    let rows = context["hindrances"].as_array().expect("a table").iter();
    let rows: Vec<_> = rows.map(|row| row["what"].clone()).collect();
    assert_eq!(json!(rows), told);
}

#[then("these items are known to depend on it:")]
fn known_dependents(world: &mut AnnalsWorld, step: &Step) {
    let why = world.program.last().json();
    let found = why["dependents"].as_array().expect("a list").iter();
    let found = found.map(|one| [one["number"].clone(), one["kind"].clone()]);
    let expected = rows(step).map(|row| [json!(row[0]), json!(row[1])]);
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[then(regex = r"^it names the failed test (.+)$")]
fn names_the_failed(world: &mut AnnalsWorld, test: String) {
    let refusal = refusal(world);
    let message = refusal["message"].as_str().expect("a message");
    assert!(message.ends_with(&format!("failed: {test}")), "{message}");
}

#[then("it names these kinds of hindrances:")]
fn names_hindrances(world: &mut AnnalsWorld, step: &Step) {
    let refusal = refusal(world);
    let found = refusal["hindrances"].as_array().expect("a list").iter();
    let found: Vec<_> = found.map(|one| one["kind"].clone()).collect();
    let expected = all_rows(step).map(|row| json!(row[0]));
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[then("the chain of why is:")]
fn chain_is(world: &mut AnnalsWorld, step: &Step) {
    let why = world.program.last().json();
    let found = why["chain"].as_array().expect("a list").iter().map(|link| {
        let (version, who) = (&link["version"], &link["actor"]["name"]);
        [version.clone(), who.clone(), link["event_type"].clone()]
    });
    let expected = rows(step).map(|row| {
        let version: u64 = row[0].parse().unwrap();
        [Value::from(version), json!(row[1]), json!(row[2])]
    });
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[then(regex = r"^the hint says: (.+)$")]
fn hint_says(world: &mut AnnalsWorld, says: String) {
    let told = &world.program.last().err;
    let hint = told.split_once("hint:").map(|(_, hint)| hint);
    assert!(hint.is_some_and(|hint| hint.contains(&says)), "{told}");
}

#[then("people are shown:")]
fn people_are_shown(world: &mut AnnalsWorld, step: &Step) {
    let shown = without_colours(&world.program.last().out);
    // Table cells are padded with spaces.
    let shown: Vec<_> = shown.lines().map(str::trim_end).collect();
    assert_eq!(shown, text(step).lines().collect::<Vec<_>>());
}

/// A text without colour codes.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| {
        let (_, rest) = part.split_once('m').expect("an end of the colour");
        shown + rest
    })
}
