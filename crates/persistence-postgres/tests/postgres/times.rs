//! Law 18 in SQL: the function records the same times as the rule of the kernel.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use persistence_postgres::PostgresOptions;
use shared_kernel::time::{ManualClock, RecordedTimes};
use shared_kernel::{EventStoreExt, ExpectedVersion};

use crate::fixture::{Place, event, log, stream};

/// Pseudorandom numbers, the same at each run (xorshift64; Marsaglia, 2003).
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[tokio::test]
async fn recorded_times_equal_those_of_the_rule_for_clocks_at_random() {
    let place = Place::new();
    let start: Timestamp = "2026-11-28T10:00:00.000000999Z".parse().unwrap();
    let clock = Arc::new(ManualClock::at(start));
    let store = place
        .store_with(PostgresOptions::new().with_clock(clock.clone()))
        .await;
    let (mut state, mut now) = (0x2545_f491_4f6c_dd1d, start);
    let (mut times, mut expected) = (RecordedTimes::default(), Vec::new());
    let hour = 3_600;
    for _ in 0..600 {
        let seconds = match next(&mut state) % 8 {
            0 => 30 * 24 * hour,
            1 => -30 * 24 * hour,
            2 => 23 * hour,
            3 => -23 * hour,
            4 => 25 * hour,
            5 => -25 * hour,
            6 => -60,
            _ => 60,
        };
        let nanoseconds = i64::try_from(next(&mut state) % 2_000_000).unwrap() - 1_000_000;
        now += SignedDuration::from_secs(seconds) + SignedDuration::from_nanos(nanoseconds);
        clock.set(now);
        store
            .append_to(stream("a-1"), ExpectedVersion::Any, vec![event()])
            .await
            .unwrap();
        let recorded = times.next(now);
        times.record(recorded);
        expected.push(recorded);
    }
    let recorded: Vec<_> = log(&store)
        .await
        .iter()
        .map(|event| event.recorded_at)
        .collect();
    assert_eq!(recorded, expected);
}

#[tokio::test]
async fn the_first_and_the_last_time_of_the_calendar_are_read_back() {
    for (shown, recorded_at) in [
        (Timestamp::MIN, "-009999-01-02T01:59:59Z"),
        (Timestamp::MAX, "9999-12-30T22:00:00.999999Z"),
    ] {
        let place = Place::new();
        let clock = Arc::new(ManualClock::at(shown));
        let options = PostgresOptions::new().with_clock(clock);
        let store = place.store_with(options).await;
        store
            .append_to(stream("a-1"), ExpectedVersion::Any, vec![event()])
            .await
            .unwrap();
        let recorded: Vec<_> = log(&store)
            .await
            .iter()
            .map(|event| event.recorded_at)
            .collect();
        assert_eq!(recorded, [recorded_at.parse().unwrap()]);
    }
}
