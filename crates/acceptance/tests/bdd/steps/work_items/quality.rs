//! Steps: test runs, approvals and quality gates.

use std::str::FromStr;

use cucumber::gherkin::Step;
use cucumber::{Parameter, given, then, when};
use work_item::{
    Coverage, EvidenceFile, FileCounts, GateFailure, Sha256, TestKind, TestPatterns, TestRatio,
    TestRun, Transition, Work, WorkItemError,
};
use work_tracking::CommandContext;

use super::{by_ada, metadata_of};
use crate::steps::words::all_rows;
use crate::world::AnnalsWorld;

/// Parses the results of a test run.
#[derive(Debug, Clone, PartialEq, Eq, Parameter)]
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
    let run = TestRun::new().with_ratio(TestRatio::new(6, 3, 1).unwrap());
    proven(run.with_coverage(Coverage::ALL))
}

/// The same run with its results in files.
fn proven(run: TestRun) -> TestRun {
    let file = |name: &str, counts| EvidenceFile {
        name: name.parse().unwrap(),
        size: 99,
        sha256: Sha256::from_bytes([15; 32]),
        counts,
    };
    let tests = FileCounts::Tests {
        positive: run.count(TestKind::Positive),
        negative: run.count(TestKind::Negative),
        edge_case: run.count(TestKind::EdgeCase),
        skipped: 0,
        patterns: TestPatterns::default(),
    };
    let covered = run.coverage.map_or(0.0, Coverage::percent) * 100.0;
    let lines = FileCounts::Lines {
        covered: covered as u64,
        total: 10_000,
    };
    let run = TestRun::new().with_file(file("tests.xml", tests)).unwrap();
    run.with_file(file("lines.info", lines)).unwrap()
}

#[given(expr = "its tests show {evidence}")]
async fn tests_show(world: &mut AnnalsWorld, evidence: Evidence) {
    record(world, evidence.0).await;
}

#[given(expr = "files of its tests show {evidence}")]
async fn files_show(world: &mut AnnalsWorld, evidence: Evidence) {
    record(world, proven(evidence.0)).await;
}

#[given("it passes its tests")]
#[when("it passes its tests")]
async fn passes_its_tests(world: &mut AnnalsWorld) {
    record(world, enough()).await;
}

#[when(expr = "it passes its tests by {word}")]
async fn passes_its_tests_by(world: &mut AnnalsWorld, who: String) {
    record_by(world, enough(), &metadata_of(&who).into()).await;
}

pub(super) async fn record(world: &mut AnnalsWorld, run: TestRun) {
    record_by(world, run, &by_ada()).await;
}

async fn record_by(world: &mut AnnalsWorld, run: TestRun, context: &CommandContext) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let recorded = tracker.record_test_run(it, run, context).await;
    recorded.unwrap();
}

#[given(expr = "{word} approves it")]
#[when(expr = "{word} approves it")]
async fn approves(world: &mut AnnalsWorld, who: String) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let context = metadata_of(&who).into();
    let outcome = tracker.approve(it, &context).await;
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
        "a coverage file" => GateFailure::CoverageClaimed,
        "a test report" => GateFailure::TestsClaimed,
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

#[then(regex = r"^it is refused because (\w+) (started|reopened|tested) it$")]
fn has_worked_on_it(world: &mut AnnalsWorld, who: String, what: String) {
    let WorkItemError::ApproverWorkedOnIt { approver, work, .. } = world.work.refusal() else {
        panic!("{:?}", world.work.refusal())
    };
    let expected = match what.as_str() {
        "started" => Work::Moved(Transition::Start),
        "reopened" => Work::Moved(Transition::Reopen),
        _ => Work::Tested,
    };
    assert_eq!((approver.to_string(), *work), (who, expected));
}
