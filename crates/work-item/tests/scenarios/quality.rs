//! Scenarios: completion with gates, approvals and spikes.

use work_item::{
    EvidenceInvalid, FileCounts, GateFailure, GateLevel, NewWorkItem, RiskTier, Status,
    TestPatterns, TestRatio, TestRun, WorkItemError, WorkItemType,
};

use crate::given::{
    Item, alone, at, coverage, enough, file, from_files, item_that_is, nobody, reason, task, who,
};

fn in_progress(tier: RiskTier) -> Item {
    item_that_is(Status::InProgress, task().with_risk_tier(tier))
}

fn spike(tier: RiskTier) -> NewWorkItem {
    task().with_type(WorkItemType::Spike).with_risk_tier(tier)
}

fn run(percent: f64, positive: u32, negative: u32, edge_case: u32) -> TestRun {
    TestRun::new()
        .with_coverage(coverage(percent))
        .with_ratio(TestRatio::new(positive, negative, edge_case).unwrap())
}

fn completion(item: &Item) -> Result<usize, WorkItemError> {
    item.state
        .complete(None, &alone(), &nobody(), at(7200))
        .map(|events| events.len())
}

fn refused<T>(level: GateLevel, failures: Vec<GateFailure>) -> Result<T, WorkItemError> {
    Err(WorkItemError::QualityGateNotMet { level, failures })
}

#[test]
fn each_risk_tier_is_completed_with_the_evidence_of_its_gate() {
    for (tier, run) in [
        (RiskTier::T1, run(0.0, 1, 0, 0)),
        (RiskTier::T2, run(80.0, 1, 1, 0)),
        (RiskTier::T3, from_files((9, 10), [1, 1, 1])),
    ] {
        let item = in_progress(tier).after(|item| item.record_test_run(run.clone()));
        assert_eq!(completion(&item), Ok(2), "{tier}");
    }
}

#[test]
fn each_risk_tier_is_refused_with_all_missing_evidence() {
    let little = TestRun::new().with_ratio(TestRatio::new(0, 0, 1).unwrap());
    for (tier, level, approval) in [
        (RiskTier::T1, GateLevel::L0, false),
        (RiskTier::T2, GateLevel::L1, false),
        (RiskTier::T3, GateLevel::L2, false),
        (RiskTier::T4, GateLevel::L2, true),
    ] {
        let no_approval = approval.then_some(GateFailure::NoApproval);
        for run in [None, Some(little.clone())] {
            let mut item = in_progress(tier);
            if let Some(run) = run.clone() {
                item = item.after(|item| item.record_test_run(run));
            }
            let mut failures = level.failures(run.as_ref());
            failures.extend(no_approval.clone());
            assert_eq!(completion(&item), refused(level, failures), "{tier}");
        }
    }
}

#[test]
fn a_refused_completion_succeeds_with_more_evidence() {
    let item = in_progress(RiskTier::T2);
    let missing = GateFailure::NoTestRun;
    let Err(WorkItemError::QualityGateNotMet { failures, .. }) = completion(&item) else {
        panic!("without tests it is not done");
    };
    assert!(failures.contains(&missing));
    let item = item.after(|item| item.record_test_run(run(80.0, 1, 1, 0)));
    assert_eq!(completion(&item), Ok(2));
}

#[test]
fn only_the_latest_test_run_counts() {
    let (good, bad) = (run(80.0, 1, 1, 0), run(79.99, 1, 1, 0));
    let item = in_progress(RiskTier::T2)
        .after(|item| item.record_test_run(good.clone()))
        .after(|item| item.record_test_run(bad.clone()));
    assert_eq!(item.state.latest_test_run(), Some(&bad));
    let too_low = GateFailure::CoverageTooLow {
        required: coverage(80.0),
        found: coverage(79.99),
    };
    assert_eq!(completion(&item), refused(GateLevel::L1, vec![too_low]));
    let item = item.after(|item| item.record_test_run(good));
    assert_eq!(completion(&item), Ok(2));
}

#[test]
fn a_test_run_from_before_the_work_was_blocked_still_counts() {
    let item = in_progress(RiskTier::T1)
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.block(reason("waits"), at(4000)))
        .after(|item| item.unblock(at(5000)));
    assert_eq!(completion(&item), Ok(2));
}

#[test]
fn reopened_work_needs_a_new_test_run_and_a_new_approval() {
    let item = in_progress(RiskTier::T4)
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.approve(who("grace"), &nobody()))
        .after(|item| item.complete(None, &alone(), &nobody(), at(7200)))
        .after(|item| item.reopen(reason("it broke"), &alone(), at(7300)));
    assert_eq!(item.state.latest_test_run(), None);
    let mut failures = GateLevel::L2.failures(None);
    failures.push(GateFailure::NoApproval);
    assert_eq!(completion(&item), refused(GateLevel::L2, failures));

    let item = item
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.approve(who("grace"), &nobody()));
    assert_eq!(completion(&item), Ok(2));
}

#[test]
fn a_spike_is_completed_without_tests() {
    for &tier in &[RiskTier::T1, RiskTier::T2, RiskTier::T3] {
        let item = item_that_is(Status::InProgress, spike(tier));
        assert_eq!(completion(&item), Ok(2), "{tier}");
    }
}

#[test]
fn a_critical_spike_still_needs_an_approval() {
    let item = item_that_is(Status::InProgress, spike(RiskTier::T4));
    let missing = vec![GateFailure::NoApproval];
    assert_eq!(completion(&item), refused(GateLevel::L2, missing));
    let item = item.after(|item| item.approve(who("grace"), &nobody()));
    assert_eq!(completion(&item), Ok(2));
}

#[test]
fn a_run_is_measured_by_the_gate_of_its_item_without_approvals() {
    let poor = run(50.0, 1, 0, 0);
    for (tier, expected) in [
        (RiskTier::T1, GateLevel::L0),
        (RiskTier::T2, GateLevel::L1),
        (RiskTier::T4, GateLevel::L2),
    ] {
        let item = in_progress(tier).state;
        assert_eq!(item.unmet_by(Some(&poor)), expected.failures(Some(&poor)));
        let spike = item_that_is(Status::InProgress, spike(tier)).state;
        assert_eq!(spike.unmet_by(Some(&poor)), []);
    }
}

#[test]
fn every_other_kind_needs_tests() {
    for &kind in WorkItemType::ALL {
        let item = item_that_is(Status::InProgress, task().with_type(kind));
        assert_eq!(
            completion(&item).is_ok(),
            kind == WorkItemType::Spike,
            "{kind}"
        );
    }
}

#[test]
fn high_risk_needs_results_from_files() {
    let claimed = run(99.0, 9, 9, 9);
    let lines = FileCounts::Lines {
        covered: 9,
        total: 10,
    };
    let tests = FileCounts::Tests {
        positive: 1,
        negative: 1,
        edge_case: 1,
        skipped: 0,
        patterns: TestPatterns::default(),
    };
    let with = |name, counts| claimed.clone().with_file(file(name, counts)).unwrap();
    let no_tests = || GateFailure::TestsClaimed;
    let no_lines = || GateFailure::CoverageClaimed;
    for (run, failures) in [
        (claimed.clone(), vec![no_tests(), no_lines()]),
        (with("lines.info", lines), vec![no_tests()]),
        (with("tests.xml", tests), vec![no_lines()]),
    ] {
        let item = in_progress(RiskTier::T3).after(|item| item.record_test_run(run.clone()));
        assert_eq!(completion(&item), refused(GateLevel::L2, failures));
        let item = in_progress(RiskTier::T2).after(|item| item.record_test_run(run));
        assert_eq!(completion(&item), Ok(2));
    }
}

#[test]
fn a_file_with_other_results_proves_nothing() {
    let mut run = from_files((1, 10), [1, 1, 1]);
    assert!(run.coverage_is_proven() && run.ratio_is_proven());
    run.coverage = Some(coverage(99.0));
    run.ratio = TestRatio::new(9, 9, 9).ok();
    let claimed = [GateFailure::TestsClaimed, GateFailure::CoverageClaimed];
    assert_eq!(GateLevel::L2.failures(Some(&run)), claimed);
    let item = in_progress(RiskTier::T1).state;
    let refused = Err(WorkItemError::ContradictoryEvidence);
    assert_eq!(item.record_test_run(run), refused);
}

#[test]
fn a_run_has_one_file_of_each_kind_with_results() {
    let lines = FileCounts::Lines {
        covered: 1,
        total: 1,
    };
    let skipped = FileCounts::Tests {
        positive: 0,
        negative: 0,
        edge_case: 0,
        skipped: 9,
        patterns: TestPatterns::default(),
    };
    let run = TestRun::new()
        .with_file(file("a.info", lines.clone()))
        .unwrap();
    let second = run.clone().with_file(file("b.info", lines));
    assert_eq!(second, Err(EvidenceInvalid::SecondFile));
    let empty = run.with_file(file("tests.xml", skipped));
    assert_eq!(empty, Err(EvidenceInvalid::NoResults));
}

#[test]
fn a_missing_result_is_not_reported_as_claimed_too() {
    let nothing = TestRun::new();
    for run in [None, Some(&nothing)] {
        let failures = GateLevel::L2.failures(run);
        for claimed in [GateFailure::TestsClaimed, GateFailure::CoverageClaimed] {
            assert!(!failures.contains(&claimed), "{failures:?}");
        }
    }
}

#[test]
fn an_empty_test_run_is_refused() {
    let item = in_progress(RiskTier::T1).state;
    let answer = item.record_test_run(TestRun::new());
    assert_eq!(answer, Err(WorkItemError::EmptyTestRun));
    let only_coverage = TestRun::new().with_coverage(coverage(0.0));
    assert!(item.record_test_run(only_coverage).is_ok());
}

#[test]
fn unmeasured_values_stay_unknown() {
    let only_coverage = TestRun::new().with_coverage(coverage(50.0));
    let only_ratio = TestRun::new().with_ratio(TestRatio::new(0, 0, 1).unwrap());
    for run in [only_coverage, only_ratio] {
        let item = in_progress(RiskTier::T1).after(|item| item.record_test_run(run.clone()));
        assert_eq!(item.state.latest_test_run(), Some(&run));
    }
}
