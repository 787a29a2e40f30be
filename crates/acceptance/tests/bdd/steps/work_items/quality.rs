//! Steps: test runs, approvals and quality gates.

use std::str::FromStr;

use cucumber::gherkin::Step;
use cucumber::{Parameter, given, then, when};
use work_item::{Coverage, GateFailure, TestRatio, TestRun, WorkItemError};

use super::by_ada;
use crate::steps::words::all_rows;
use crate::world::AnnalsWorld;

/// Parses the results of a test run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(
    name = "evidence",
    regex = r"\d+ positive, \d+ negative, \d+ edge cases(?: and a coverage of [\d.]+ %)?"
)]
struct Evidence(TestRun);

impl FromStr for Evidence {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (counts, percent) = match text.split_once(" and a coverage of ") {
            Some((counts, percent)) => (counts, Some(percent)),
            None => (text, None),
        };
        let counts: Result<Vec<u32>, _> = counts
            .split(", ")
            .map(|one| one.split(' ').next().unwrap_or_default().parse())
            .collect();
        let [positive, negative, edge] = counts?[..] else {
            panic!("three counts, not {text}")
        };
        let run = TestRun::new().with_ratio(TestRatio::new(positive, negative, edge).unwrap());
        Ok(Self(match percent {
            Some(percent) => run.with_coverage(percent.parse().unwrap()),
            None => run,
        }))
    }
}

/// A test run that passes every gate.
pub(super) fn enough() -> TestRun {
    TestRun::new()
        .with_coverage(Coverage::ALL)
        .with_ratio(TestRatio::new(6, 3, 1).unwrap())
}

#[given(expr = "its tests show {evidence}")]
async fn tests_show(world: &mut AnnalsWorld, evidence: Evidence) {
    record(world, evidence.0).await;
}

#[given("it passes its tests")]
#[when("it passes its tests")]
async fn passes_its_tests(world: &mut AnnalsWorld) {
    record(world, enough()).await;
}

pub(super) async fn record(world: &mut AnnalsWorld, run: TestRun) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let recorded = tracker.record_test_run(it, run, &by_ada()).await;
    recorded.unwrap();
}

#[when(expr = "{word} approves it")]
async fn approves(world: &mut AnnalsWorld, who: String) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let outcome = tracker.approve(it, who.parse().unwrap(), &by_ada()).await;
    world.work.note(outcome);
}

#[then(expr = "gate {word} is not met, and these are missing:")]
fn is_not_met(world: &mut AnnalsWorld, level: String, step: &Step) {
    let expected = WorkItemError::QualityGateNotMet {
        level: level.parse().unwrap(),
        failures: all_rows(step).map(|row| failure(&row[0])).collect(),
    };
    assert_eq!(*world.work.refusal(), expected);
}

fn failure(text: &str) -> GateFailure {
    match text {
        "a test run" => GateFailure::NoTestRun,
        "positive tests" => GateFailure::NoPositiveTests,
        "negative tests" => GateFailure::NoNegativeTests,
        "edge cases" => GateFailure::NoEdgeCaseTests,
        "approval" => GateFailure::NoApproval,
        _ => {
            let percents = text.strip_prefix("coverage of ").expect("a coverage");
            let (required, found) = percents.split_once(", not ").expect("two percentages");
            GateFailure::CoverageTooLow {
                required: required.parse().unwrap(),
                found: found.parse().unwrap(),
            }
        }
    }
}

#[then(expr = "it is refused because {word} is the assignee")]
fn is_the_assignee(world: &mut AnnalsWorld, who: String) {
    let assignee = who.parse().unwrap();
    let expected = WorkItemError::ApprovedByAssignee { assignee };
    assert_eq!(*world.work.refusal(), expected);
}
