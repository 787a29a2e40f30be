//! Steps: answers in TOON, and converting between TOON and JSON.

use cucumber::gherkin::Step;
use cucumber::{then, when};
use futures_util::TryStreamExt as _;
use serde_json::Value;
use serialization::{event_tables, toon};
use shared_kernel::EventStoreExt as _;
use shared_kernel::store::LogQuery;

use super::answers::asked;
use super::running::split;
use crate::steps::words::text;
use crate::world::AnnalsWorld;

#[when(regex = r"^(\w+) pipes into (annals .+):$")]
async fn pipes_block(world: &mut AnnalsWorld, who: String, words: String, step: &Step) {
    let input = text(step).to_owned();
    pipe(world, &who, &input, &words).await;
}

#[when(regex = r"^(\w+) pipes (\S+) into (annals [^{]+) and that into (annals .+)$")]
async fn pipes_twice(
    world: &mut AnnalsWorld,
    who: String,
    input: String,
    first: String,
    second: String,
) {
    pipe(world, &who, &input, &first).await;
    let between = world.program.last();
    assert_eq!(between.code, 0, "{between:?}");
    let between = between.out.clone();
    pipe(world, &who, &between, &second).await;
}

async fn pipe(world: &mut AnnalsWorld, who: &str, input: &str, words: &str) {
    let words = split(world, words);
    let run = world.desk(who).run_on(input.into(), words).await;
    world.program.runs.push(run);
}

#[then("it has written:")]
fn has_written_block(world: &mut AnnalsWorld, step: &Step) {
    assert_eq!(world.program.last().out, format!("{}\n", text(step)));
}

#[then(regex = r"^it has written (\S+)$")]
fn has_written(world: &mut AnnalsWorld, line: String) {
    assert_eq!(world.program.last().out, format!("{line}\n"));
}

#[then(regex = r"^the TOON says what annals (.+) does in JSON$")]
async fn says_the_same(world: &mut AnnalsWorld, question: String) {
    let told: Value = toon::from_str(&world.program.last().out).expect("one TOON");
    let words: Vec<_> = question.split_whitespace().collect();
    assert_eq!(told, asked(world, &words).await.json());
}

#[then("the events of the store can be restored from it")]
async fn restores_events(world: &mut AnnalsWorld) {
    let restored = event_tables::from_toon(&world.program.last().out).expect("tables of events");
    let stored: Vec<_> = world
        .events()
        .read_log(LogQuery::new())
        .try_collect()
        .await
        .unwrap();
    assert!(!stored.is_empty(), "there is something to restore");
    assert_eq!(restored, stored);
}
