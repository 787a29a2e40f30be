//! The summary of single times as figures.

use std::time::Duration;

use crate::Figures;

/// Summarises operations: `each` has the time of every operation, `elapsed` the time of all
/// together, and `events` the number of their events.
pub(crate) fn figures(mut each: Vec<Duration>, elapsed: Duration, events: usize) -> Figures {
    each.sort_unstable();
    Figures {
        operations: each.len(),
        events_per_second: events as f64 / elapsed.as_secs_f64(),
        p50: percentile(&each, 50),
        p99: percentile(&each, 99),
        longest: percentile(&each, 100),
    }
}

/// The percentile by nearest rank, in microseconds: the smallest time that `percent` of 100 times
/// do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted
        .get(rank - 1)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_nearest_rank() {
        let each: Vec<Duration> = (1..=100).rev().map(Duration::from_micros).collect();
        let figures = figures(each, Duration::from_secs(2), 500);
        let exact = Figures {
            operations: 100,
            events_per_second: 250.0,
            p50: 50.0,
            p99: 99.0,
            longest: 100.0,
        };
        assert!((figures.p50 - exact.p50).abs() < 1e-6);
        assert!((figures.p99 - exact.p99).abs() < 1e-6);
        assert!((figures.longest - exact.longest).abs() < 1e-6);
        assert_eq!(figures.events_per_second, exact.events_per_second);
    }

    #[test]
    fn one_time_is_every_percentile_and_no_times_have_none() {
        let one = figures(vec![Duration::from_micros(7)], Duration::from_secs(1), 1);
        assert!((one.p50 - 7.0).abs() < 1e-6 && (one.p99 - 7.0).abs() < 1e-6);
        assert!(percentile(&[], 50).is_nan());
    }
}
