//! Steps: the board and the statistics that the program answers.

use cucumber::gherkin::Step;
use cucumber::then;
use serde_json::{Value, json};

use crate::steps::words::{all_rows, rows};
use crate::world::AnnalsWorld;

#[then("the board has these columns:")]
fn board_has(world: &mut AnnalsWorld, step: &Step) {
    let board = world.program.last().json();
    let columns = board["columns"].as_array().expect("a list").iter();
    let found = columns.map(|column| {
        let cards = column["cards"].as_array().expect("a list").iter();
        let numbers: Vec<_> = cards.map(|card| card["number"].as_str().unwrap()).collect();
        let status = column["status"].as_str().unwrap().to_owned();
        [status, column["count"].to_string(), numbers.join(", ")]
    });
    let expected = rows(step).map(|row| [row[0].clone(), row[1].clone(), row[2].clone()]);
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[then("the last period of the statistics has:")]
fn last_period_has(world: &mut AnnalsWorld, step: &Step) {
    let stats = world.program.last().json();
    let last = stats["periods"].as_array().unwrap().last().unwrap();
    for row in all_rows(step) {
        assert_eq!(last[&row[0]].to_string(), row[1], "{}: {last}", row[0]);
    }
}

#[then(expr = "half of the completions took at most {int} hours")]
fn half_took(world: &mut AnnalsWorld, hours: u32) {
    let times = &world.program.last().json()["cycle_time_seconds"];
    assert_eq!(times["p50"], json!(f64::from(hours) * 3600.0));
}

#[then(regex = r"^(\d+) of (\d+) test runs did not meet its gate, because of: (.+)$")]
fn missed_gates(world: &mut AnnalsWorld, missed: u64, all: u64, kinds: String) {
    let runs = &world.program.last().json()["test_runs"];
    assert_eq!(
        (&runs["recorded"], &runs["gate_not_met"]),
        (&json!(all), &json!(missed))
    );
    let kind = |reason: &Value| reason["kind"].as_str().unwrap().to_owned();
    let found: Vec<_> = runs["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(kind)
        .collect();
    assert_eq!(found.join(", "), kinds);
}
