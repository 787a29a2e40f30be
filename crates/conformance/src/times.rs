//! Laws on the times of events: by the clock of the writer, whatever it shows, and as a way into
//! the past.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use shared_kernel::EventStore;
use shared_kernel::time::{Clock, ManualClock};

use crate::EventStoreHarness;
use crate::specimen::{AN_EARLY_MORNING, clock_at, time_at};
use crate::walk::{add, whole_log};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// [Law 18](shared_kernel::laws#law-18). An event is recorded at the time that the clock shows, cut
/// to the microsecond; all events of an append at the same.
pub async fn recorded_at_is_the_time_of_the_clock_to_the_microsecond(
    harness: &dyn EventStoreHarness,
) {
    let (clock, store) = store_with_clock(harness, "1969-12-31T23:59:59.5Z").await;
    let times = [
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.123456Z", "2026-01-02T03:04:05.123456Z"),
        (
            "2026-01-02T03:04:05.123456999Z",
            "2026-01-02T03:04:05.123456Z",
        ),
        ("2026-01-02T03:04:05.123457Z", "2026-01-02T03:04:05.123457Z"),
        (
            "2026-01-02T03:04:05.999999999Z",
            "2026-01-02T03:04:05.999999Z",
        ),
        ("2262-04-12T00:00:00.000001Z", "2262-04-12T00:00:00.000001Z"),
    ];
    for (shown, _) in times {
        clock.set(time_at(shown));
        add(&store, "a-1", 2).await;
    }
    let expected: Vec<_> = times
        .iter()
        .flat_map(|(_, kept)| [time_at(kept); 2])
        .collect();
    assert_eq!(recorded(&store).await, expected);
}

/// [Law 18](shared_kernel::laws#law-18). A clock that is behind by up to a day records the time of
/// the last event, and the log follows the clock again once that is ahead.
pub async fn a_clock_that_is_a_little_behind_records_the_time_of_the_last_event(
    harness: &dyn EventStoreHarness,
) {
    let times = [
        ("2026-01-02T03:04:05.007Z", "2026-01-02T03:04:05.007Z"),
        ("2026-01-02T03:04:05.006Z", "2026-01-02T03:04:05.007Z"),
        ("2026-01-01T03:04:05.007Z", "2026-01-02T03:04:05.007Z"),
        ("2026-01-02T03:04:05.008Z", "2026-01-02T03:04:05.008Z"),
        ("2026-01-02T03:04:05.007Z", "2026-01-02T03:04:05.008Z"),
        ("2026-01-02T03:04:05.01Z", "2026-01-02T03:04:05.01Z"),
    ];
    assert_times(harness, &times).await;
}

/// [Law 18](shared_kernel::laws#law-18). One clock far ahead does not change the times of later
/// events: they are recorded by the clocks of their writers.
pub async fn events_of_a_clock_far_ahead_are_passed_over(harness: &dyn EventStoreHarness) {
    let times = [
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("2026-01-02T10:00:00Z", "2026-01-02T10:00:00Z"),
        ("2099-01-01T00:00:00Z", "2099-01-01T00:00:00Z"),
        ("2099-01-03T00:00:00Z", "2099-01-03T00:00:00Z"),
        // A little behind the event before the leap.
        ("2026-01-02T09:59:59Z", "2026-01-02T10:00:00Z"),
        ("2026-01-02T10:00:01Z", "2026-01-02T10:00:01Z"),
        ("2027-01-02T10:00:01Z", "2027-01-02T10:00:01Z"),
        // Far ahead as well, though behind the event before.
        ("2026-07-02T10:00:01Z", "2026-07-02T10:00:01Z"),
        ("2026-01-02T10:00:02Z", "2026-01-02T10:00:02Z"),
    ];
    assert_times(harness, &times).await;
}

/// [Law 18](shared_kernel::laws#law-18). The first day of a log can be passed over, because no
/// event before it is a witness.
pub async fn a_log_that_begins_far_ahead_is_passed_over(harness: &dyn EventStoreHarness) {
    let times = [
        ("2099-01-01T00:00:00Z", "2099-01-01T00:00:00Z"),
        ("2099-01-01T23:00:00Z", "2099-01-01T23:00:00Z"),
        ("2026-01-02T10:00:00Z", "2026-01-02T10:00:00Z"),
        ("2026-01-02T10:00:01Z", "2026-01-02T10:00:01Z"),
    ];
    assert_times(harness, &times).await;
}

/// [Law 18](shared_kernel::laws#law-18). A clock far behind records the time of the last event: no
/// time goes back before an event that the log has gone on from.
pub async fn a_clock_far_behind_records_the_time_of_the_last_event(
    harness: &dyn EventStoreHarness,
) {
    let times = [
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("2026-01-02T10:00:00Z", "2026-01-02T10:00:00Z"),
        ("1970-01-01T00:00:00Z", "2026-01-02T10:00:00Z"),
        // A leap of a week is confirmed a week later.
        ("2026-01-09T10:00:00Z", "2026-01-09T10:00:00Z"),
        ("2026-01-16T09:59:59Z", "2026-01-16T09:59:59Z"),
        ("1970-01-01T00:00:00Z", "2026-01-16T09:59:59Z"),
        ("2026-01-16T10:00:00Z", "2026-01-16T10:00:00Z"),
        ("2026-01-10T10:00:00Z", "2026-01-16T10:00:00Z"),
    ];
    assert_times(harness, &times).await;
}

/// [Law 18](shared_kernel::laws#law-18). Whatever the clocks show, the times follow from the times
/// before them and the clock.
pub async fn recorded_times_follow_the_law_whatever_the_clocks_show(
    harness: &dyn EventStoreHarness,
) {
    let (clock, store) = store_with_clock(harness, AN_EARLY_MORNING).await;
    let mut log = Vec::new();
    for shown in clocks(300) {
        record(&clock, &store, shown, &mut log).await;
    }
    assert_eq!(recorded(&store).await, log);
}

/// [Law 18](shared_kernel::laws#law-18). The times follow from the log alone, also after it was
/// opened again.
pub async fn recorded_times_follow_the_law_after_reopening(harness: &dyn EventStoreHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let mut log = Vec::new();
    for shown in clocks(40) {
        let store = harness
            .open_events(Arc::clone(&clock) as Arc<dyn Clock>)
            .await;
        record(&clock, &store, shown, &mut log).await;
        assert_eq!(recorded(&store).await, log);
    }
}

/// [Law 18](shared_kernel::laws#law-18). The times follow from the log, whatever handle wrote it.
pub async fn recorded_times_follow_the_law_on_several_handles(harness: &dyn EventStoreHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let open = || harness.open_events(Arc::clone(&clock) as Arc<dyn Clock>);
    let handles = [open().await, open().await];
    let mut log = Vec::new();
    for (shown, handle) in clocks(60).zip(handles.iter().cycle()) {
        record(&clock, handle, shown, &mut log).await;
    }
    assert_eq!(recorded(&handles[0]).await, log);
}

/// [Law 55](shared_kernel::laws#law-55). A time leads to the last event that was recorded at or
/// before it, in the order of positions, also where times go back.
pub async fn a_time_leads_to_the_last_event_recorded_at_or_before_it(
    harness: &dyn EventStoreHarness,
) {
    let (clock, store) = store_with_clock(harness, AN_EARLY_MORNING).await;
    assert_eq!(store.position_at(Timestamp::MAX).await.unwrap(), None);
    for (number, shown) in clocks(60).enumerate() {
        clock.set(shown);
        // Some of the appends are large, so that the way from a time to its position is long.
        add(&store, "a-1", if number % 4 == 0 { 600 } else { 1 }).await;
    }
    let log = whole_log(&store).await;
    let mut times: Vec<_> = log.iter().map(|event| event.recorded_at).collect();
    times.dedup();
    let step = SignedDuration::from_micros(1);
    let beside = |time: Timestamp| [time - step, time, time + step];
    let ends = [Timestamp::MIN, Timestamp::MAX];
    for time in times.into_iter().flat_map(beside).chain(ends) {
        let last = log.iter().rfind(|event| event.recorded_at <= time);
        let found = store.position_at(time).await.unwrap();
        assert_eq!(found, last.map(|event| event.position), "at {time}");
    }
}

/// Appends with these clocks, and compares the recorded times.
async fn assert_times(harness: &dyn EventStoreHarness, times: &[(&str, &str)]) {
    let (clock, store) = store_with_clock(harness, AN_EARLY_MORNING).await;
    let mut expected = Vec::new();
    for ((shown, recorded_at), name) in times.iter().zip(["a-1", "b-1"].into_iter().cycle()) {
        clock.set(time_at(shown));
        add(&store, name, 1).await;
        expected.push(time_at(recorded_at));
    }
    assert_eq!(recorded(&store).await, expected);
}

/// Appends an event with this clock, and adds the time to `log` that the law asks for.
async fn record(
    clock: &ManualClock,
    store: &dyn EventStore,
    shown: Timestamp,
    log: &mut Vec<Timestamp>,
) {
    clock.set(shown);
    add(store, "a-1", 1).await;
    log.push(next_time(log, shown));
}

/// The time of the next event by law 18, from all times before it.
fn next_time(log: &[Timestamp], clock: Timestamp) -> Timestamp {
    // The events that are not passed over, and the index of the one after the leap.
    let mut counted: Vec<Timestamp> = Vec::new();
    let mut leap: Option<usize> = None;
    for time in log {
        if counted.last().is_some_and(|last| time < last) {
            counted.truncate(leap.take().expect("time goes back only over a leap"));
        }
        counted.push(*time);
        let length = |to: usize| match to {
            0 => DAY,
            _ => counted[to].duration_since(counted[to - 1]),
        };
        leap = leap.filter(|to| time.duration_since(counted[*to]) < length(*to));
        let last = counted.len() - 1;
        if leap.is_none() && (last == 0 || length(last) > DAY) {
            leap = Some(last);
        }
    }
    let is_far_behind = |time: Timestamp| time.duration_since(clock) > DAY;
    let Some(last) = counted.last() else {
        return clock;
    };
    match leap {
        Some(0) if is_far_behind(*last) => clock,
        Some(to) if to > 0 && is_far_behind(*last) && !is_far_behind(counted[to - 1]) => {
            clock.max(counted[to - 1])
        }
        _ => clock.max(*last),
    }
}

/// Clocks that go on by minutes, by hours, by days and by years, stay behind, and come back. The
/// same in each run.
fn clocks(count: usize) -> impl Iterator<Item = Timestamp> {
    let minutes = |minutes: i64| SignedDuration::from_mins(minutes);
    let mut right = time_at(AN_EARLY_MORNING);
    let mut chance: u64 = 42;
    (0..count).map(move |_| {
        // The constants of Knuth's MMIX. Only the high digits are well mixed.
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let (kind, size) = (
            chance >> 60,
            i64::try_from(chance >> 40 & 0xff).unwrap_or(0),
        );
        match kind {
            0..=6 => right += minutes(size),
            7 => right += minutes(60 * size),
            8 => return right - minutes(size),
            9 => return right - minutes(60 * size),
            10 => return right + minutes(60 * size),
            11 => return right + minutes(60 * 24 * size),
            12 => return right + minutes(60 * 24 * 365 * size / 4),
            13 => return right - minutes(60 * 24 * 365 * size / 4),
            14 => return right + DAY,
            _ => return right - DAY,
        }
        right
    })
}

/// The times of the log.
async fn recorded(store: &dyn EventStore) -> Vec<Timestamp> {
    let log = whole_log(store).await;
    log.iter().map(|event| event.recorded_at).collect()
}

async fn store_with_clock(
    harness: &dyn EventStoreHarness,
    time: &str,
) -> (Arc<ManualClock>, Arc<dyn EventStore>) {
    let clock = clock_at(time);
    let store = harness
        .open_events(Arc::clone(&clock) as Arc<dyn Clock>)
        .await;
    (clock, store)
}
