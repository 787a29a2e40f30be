//! Steps: the description of an item for a language model.

use cucumber::gherkin::Step;
use cucumber::then;
use serde_json::{Value, json};
use serialization::tokens::{O200kBase, TokenCounter as _};
use serialization::toon;

use crate::steps::words::all_rows;
use crate::world::AnnalsWorld;

fn context(world: &AnnalsWorld) -> Value {
    toon::from_str(&world.program.last().out).expect("one TOON")
}

/// The rows of a table in the context, in the columns that the step names.
fn columns(context: &Value, table: &str, names: &[String]) -> Vec<Vec<String>> {
    let cell = |row: &Value, name: &String| match &row[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rows = context[table].as_array().expect("a table").iter();
    rows.map(|row| names.iter().map(|name| cell(row, name)).collect())
        .collect()
}

/// The table of the step; its first row has the names of the columns.
fn expected(step: &Step) -> (Vec<String>, Vec<Vec<String>>) {
    let mut rows = all_rows(step).map(|row| row.to_vec());
    (rows.next().expect("names of columns"), rows.collect())
}

#[then("the context has the state:")]
fn has_state(world: &mut AnnalsWorld, step: &Step) {
    let (names, expected) = expected(step);
    let found = columns(&context(world), "state", &names);
    for row in expected {
        assert!(found.contains(&row), "{row:?} in {found:?}");
    }
}

#[then("the context has the changes:")]
fn has_changes(world: &mut AnnalsWorld, step: &Step) {
    let (names, expected) = expected(step);
    assert_eq!(columns(&context(world), "changes", &names), expected);
}

#[then(expr = "{int} hindrances rest on version {int} of {word}")]
fn hindrances_rest_on(world: &mut AnnalsWorld, count: usize, version: u64, item: String) {
    let context = context(world);
    let hinders = context["hindrances"].as_array().expect("a table");
    let rests = |row: &&Value| (&row["version"], &row["number"]) == (&json!(version), &json!(item));
    assert_eq!(hinders.iter().filter(rests).count(), count, "{hinders:?}");
}

#[then(expr = "the context is of version {int}")]
fn is_of_version(world: &mut AnnalsWorld, version: u64) {
    assert_eq!(context(world)["version"], json!(version));
}

#[then(expr = "the answer has at most {int} tokens")]
fn has_at_most(world: &mut AnnalsWorld, budget: usize) {
    let answer = &world.program.last().out;
    let tokens = O200kBase::new().count(answer);
    assert!(tokens <= budget, "{tokens} tokens: {answer}");
}

#[then("the context says that something was dropped")]
fn something_was_dropped(world: &mut AnnalsWorld) {
    assert!(context(world)["dropped"].is_string());
}

#[then("the context says that nothing was dropped")]
fn nothing_was_dropped(world: &mut AnnalsWorld) {
    assert_eq!(context(world).get("dropped"), None);
}
