//! Steps: a log that moves to another store.

use cucumber::{given, then, when};
use serde_json::{Value, json};

use super::Run;
use super::answers::asked;
use super::running::split;
use crate::world::AnnalsWorld;

/// The export of the log by the program.
async fn exported(world: &mut AnnalsWorld, more: &[&str]) -> String {
    let words = ["annals", "export"].iter().chain(more);
    let words = words.map(|word| (*word).to_owned()).collect();
    let run = world.desk("auditor").run(words).await;
    assert_eq!(run.code, 0, "{run:?}");
    run.out
}

async fn import(world: &mut AnnalsWorld, lines: String) -> Run {
    let words = split(world, "annals import - --store {new} --format json");
    world
        .desk("auditor")
        .run_on(lines.into_bytes(), words)
        .await
}

#[given("the log was imported into the new store")]
async fn was_imported(world: &mut AnnalsWorld) {
    let lines = exported(world, &[]).await;
    let run = import(world, lines).await;
    assert_eq!(run.code, 0, "{run:?}");
}

#[when("the log is imported into the new store")]
async fn is_imported(world: &mut AnnalsWorld) {
    let lines = exported(world, &[]).await;
    let run = import(world, lines).await;
    world.program.runs.push(run);
}

#[when(regex = r"^the log after position (\d+) is imported into the new store$")]
async fn rest_is_imported(world: &mut AnnalsWorld, after: String) {
    let lines = exported(world, &["--after", &after]).await;
    let run = import(world, lines).await;
    world.program.runs.push(run);
}

#[when(regex = r"^an export in which `(.+)` became `(.+)` is imported into the new store$")]
async fn changed_is_imported(world: &mut AnnalsWorld, before: String, after: String) {
    let lines = exported(world, &[]).await;
    assert!(lines.contains(&before), "{lines}");
    let run = import(world, lines.replace(&before, &after)).await;
    world.program.runs.push(run);
}

#[when("an export without its last line is imported into the new store")]
async fn cut_is_imported(world: &mut AnnalsWorld) {
    let lines = exported(world, &[]).await;
    let (cut, _) = lines.trim_end().rsplit_once('\n').unwrap();
    let run = import(world, format!("{cut}\n")).await;
    world.program.runs.push(run);
}

#[then("both stores have the same events at the same positions")]
async fn have_the_same_events(world: &mut AnnalsWorld) {
    assert_eq!(new_events(world).await, events(world, &[]).await);
}

#[then("both stores have the same export")]
async fn have_the_same_export(world: &mut AnnalsWorld) {
    let new = world.place().further().display().to_string();
    let own = exported(world, &[]).await;
    assert_eq!(exported(world, &["--store", &new]).await, own);
}

#[then(regex = r"^the new store has (\d+) events$")]
async fn new_store_has(world: &mut AnnalsWorld, count: usize) {
    assert_eq!(new_events(world).await.len(), count);
}

#[then(regex = r"^(\d+) events were imported, and (\d+) were there already$")]
fn were_imported(world: &mut AnnalsWorld, imported: u64, there: u64) {
    let answer = world.program.last().json();
    let found = json!([answer["imported"], answer["already_there"]]);
    assert_eq!(found, json!([imported, there]), "{answer}");
}

#[then(regex = r"^the log ends at position (\d+)$")]
fn log_ends_at(world: &mut AnnalsWorld, position: u64) {
    let answer = world.program.last().json();
    assert_eq!(answer["last_position"], json!(position), "{answer}");
}

#[then(regex = r"^the error says: (.+)$")]
fn error_says(world: &mut AnnalsWorld, says: String) {
    let says = split(world, &says).join(" ");
    let run = world.program.last();
    assert!(run.code != 0 && run.err.contains(&says), "{run:?}");
}

async fn new_events(world: &mut AnnalsWorld) -> Vec<Value> {
    let new = world.place().further().display().to_string();
    events(world, &["--store", &new]).await
}

async fn events(world: &mut AnnalsWorld, more: &[&str]) -> Vec<Value> {
    asked(world, &[&["events"], more].concat())
        .await
        .json_lines()
}
