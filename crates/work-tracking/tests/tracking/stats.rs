//! Statistics: throughput, burn-up, cycle times, and test runs that missed their gate.

use std::time::Duration;

use jiff::SignedDuration;
use work_item::{Coverage, RiskTier, TestRatio, TestRun, WorkItemType};
use work_tracking::{CycleTimes, GateReason, PeriodStats, Stats, StatsQuery};

use crate::fixture::{Fixture, ada, anonymous, fixture, minutes_after_ten, number, reason, task};

async fn stats(fixture: &Fixture, minutes: &[i64]) -> Stats {
    let bounds = minutes.iter().map(|minutes| minutes_after_ten(*minutes));
    let bounds = bounds.collect();
    let stats = fixture.tracker.stats(&StatsQuery { bounds }, |_| {}).await;
    stats.unwrap()
}

async fn create(fixture: &Fixture, tier: RiskTier, kind: WorkItemType) {
    let new = task("x").with_risk_tier(tier).with_type(kind);
    fixture.tracker.create(new, None, ada()).await.unwrap();
}

/// Starts an item, waits some minutes and completes it.
async fn work(fixture: &Fixture, item: u64, minutes: u64) {
    let tracker = &fixture.tracker;
    tracker.start(number(item), &anonymous()).await.unwrap();
    fixture.clock.advance(Duration::from_secs(60 * minutes));
    let done = tracker.complete(number(item), None, &anonymous()).await;
    done.unwrap();
}

#[tokio::test]
async fn periods_count_their_own_events_and_sum_up_all_earlier_ones() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    for _ in 0..4 {
        create(&fixture, RiskTier::T1, WorkItemType::Spike).await;
    }
    work(&fixture, 1, 10).await; // done at 10:10
    work(&fixture, 2, 10).await; // done at 10:20
    tracker
        .cancel(number(4), reason("no use"), &anonymous())
        .await
        .unwrap();
    fixture.clock.advance(Duration::from_secs(600));
    tracker
        .reopen(number(1), reason("broken"), &anonymous())
        .await
        .unwrap(); // at 10:30
    tracker
        .complete(number(1), None, &anonymous())
        .await
        .unwrap();

    let found = stats(&fixture, &[5, 20, 30, 31]).await;
    let expected = [
        PeriodStats {
            completed: 1,
            scope: 4,
            done: 1,
            ..PeriodStats::default()
        },
        // A bound belongs to the period that it begins.
        PeriodStats {
            completed: 1,
            cancelled: 1,
            closed_elsewhere: 0,
            scope: 3,
            done: 2,
            ..PeriodStats::default()
        },
        PeriodStats {
            completed: 1,
            reopened: 1,
            scope: 3,
            done: 2,
            ..PeriodStats::default()
        },
    ];
    assert_eq!(found.periods, expected);
    let times = found.cycle_times.unwrap();
    assert_eq!((times.count, times.p50), (3, SignedDuration::from_mins(10)));
    // From its first start on.
    assert_eq!(times.p95, SignedDuration::from_mins(30));
    let before = stats(&fixture, &[-9, 0, 10]).await;
    assert_eq!((before.periods[0].scope, before.cycle_times), (0, None));
    assert_eq!(before.periods[1].created, 4);
    for no_period in [&[][..], &[5]] {
        assert_eq!(stats(&fixture, no_period).await.periods, []);
    }
}

#[tokio::test]
async fn a_test_run_counts_once_and_each_reason_for_itself() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    create(&fixture, RiskTier::T2, WorkItemType::Task).await;
    create(&fixture, RiskTier::T2, WorkItemType::Spike).await;
    let run = |positive, negative, percent| {
        let coverage = Coverage::from_percent(percent).unwrap();
        let mut run = TestRun::new().with_coverage(coverage);
        run.ratio = TestRatio::new(positive, negative, 0).ok();
        run
    };
    for (item, run) in [
        (1, run(1, 0, 50.0)),
        (1, run(1, 1, 79.9)),
        (1, run(1, 1, 80.0)),
        (2, run(0, 0, 1.0)),
    ] {
        let context = anonymous();
        let run = tracker.record_test_run(number(item), run, &context);
        run.await.unwrap();
    }
    let found = stats(&fixture, &[0, 1]).await;
    assert_eq!((found.test_runs, found.gate_not_met), (4, 2));
    let reason = |kind: &str, count| GateReason {
        kind: kind.to_owned(),
        count,
    };
    let expected = [reason("coverage", 2), reason("no_negative_tests", 1)];
    assert_eq!(found.reasons, expected);
    let later = stats(&fixture, &[1, 2]).await;
    assert_eq!((later.test_runs, later.reasons), (0, vec![]));
}

#[test]
fn a_percentile_is_the_shortest_time_that_covers_its_share() {
    for (count, places) in [
        (1, [0, 0, 0]),
        (2, [0, 1, 1]),
        (4, [1, 3, 3]),
        (20, [9, 16, 18]),
        (100, [49, 84, 94]),
    ] {
        assert_eq!(CycleTimes::places(count), places, "{count}");
    }
}

#[tokio::test]
async fn a_new_store_has_no_statistics() {
    let found = stats(&fixture(), &[0, 1, 2]).await;
    assert_eq!(found.periods, [PeriodStats::default(); 2]);
    assert_eq!((found.cycle_times, found.test_runs), (None, 0));
}
