//! Statistics over periods: throughput, burn-up, cycle times, and test runs that missed a gate.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{Fact, ListProgress, TrackingError, WorkTracker};

/// The periods of statistics. Period `i` has the events that were recorded at or after bound `i`
/// and before bound `i + 1`. Bounds are exact to the microsecond, as recorded times are.
///
/// For example, the bounds 8 January 0:00, 9 January 0:00 and 10 January 0:00 are two periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsQuery {
    /// The bounds in increasing order.
    pub bounds: Vec<Timestamp>,
}

/// Statistics over some periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// The counts of each period.
    pub periods: Vec<PeriodStats>,
    /// The cycle times of the completions in these periods; `None` without a completion.
    pub cycle_times: Option<CycleTimes>,
    /// The test runs in these periods.
    pub test_runs: u64,
    /// The test runs that did not meet the gate of their item.
    pub gate_not_met: u64,
    /// The requirements that they did not meet, the most frequent first. A test run can miss
    /// several.
    pub reasons: Vec<GateReason>,
}

/// The counts of one period. An item that is reopened and completed again is completed twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PeriodStats {
    /// The items created.
    pub created: u64,
    /// The completions.
    pub completed: u64,
    /// The reopenings.
    pub reopened: u64,
    /// The items cancelled.
    pub cancelled: u64,
    /// The items that were taken over as finished in another tracker.
    pub closed_elsewhere: u64,
    /// The items at the end of the period that are not cancelled.
    pub scope: u64,
    /// The items at the end of the period that are done.
    pub done: u64,
}

/// Percentiles of cycle times: the shortest time that is not exceeded by this share of them. For
/// example, of the times 1 h, 2 h, 3 h and 9 h, `p50` is 2 h, and `p85` and `p95` are 9 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CycleTimes {
    /// The number of completions.
    pub count: u64,
    /// Half of the completions took no longer.
    pub p50: SignedDuration,
    /// 85 of 100 took no longer.
    pub p85: SignedDuration,
    /// 95 of 100 took no longer.
    pub p95: SignedDuration,
}

/// A requirement of a gate, and the number of test runs that did not meet it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateReason {
    /// The [kind](work_item::GateFailure::kind) of the requirement.
    pub kind: String,
    /// The number of test runs.
    pub count: u64,
}

impl CycleTimes {
    /// The places of `p50`, `p85` and `p95` among `count` ordered cycle times. The first is 0.
    #[must_use]
    pub fn places(count: u64) -> [u64; 3] {
        [50, 85, 95].map(|percent: u128| {
            let rank = (u128::from(count) * percent).div_ceil(100);
            u64::try_from(rank).unwrap_or(u64::MAX).saturating_sub(1)
        })
    }

    /// The percentiles from the cycle times at these places, in microseconds.
    #[must_use]
    pub fn new(count: u64, micros: [i64; 3]) -> Self {
        let [p50, p85, p95] = micros.map(SignedDuration::from_micros);
        Self {
            count,
            p50,
            p85,
            p95,
        }
    }
}

/// Counts facts into statistics.
#[derive(Debug)]
pub struct StatsTally {
    /// The counts before the first period.
    before: PeriodStats,
    periods: Vec<PeriodStats>,
    test_runs: u64,
    gate_not_met: u64,
    reasons: BTreeMap<String, u64>,
}

impl StatsTally {
    /// No facts.
    #[must_use]
    pub fn new(query: &StatsQuery) -> Self {
        Self {
            before: PeriodStats::default(),
            periods: vec![PeriodStats::default(); query.bounds.len().saturating_sub(1)],
            test_runs: 0,
            gate_not_met: 0,
            reasons: BTreeMap::new(),
        }
    }

    /// Adds `count` facts with a [name](Fact::name). `bounds` is the number of bounds at or before
    /// their time: 0 is before the first period.
    pub fn add(&mut self, bounds: usize, name: &str, count: u64) {
        let period = match bounds.checked_sub(1) {
            None => &mut self.before,
            Some(index) => match self.periods.get_mut(index) {
                Some(period) => period,
                None => return,
            },
        };
        match name {
            Fact::CREATED => period.created += count,
            Fact::COMPLETED => period.completed += count,
            Fact::REOPENED => period.reopened += count,
            Fact::CLOSED_ELSEWHERE => period.closed_elsewhere += count,
            Fact::CANCELLED => period.cancelled += count,
            _ if bounds == 0 || count == 0 => {}
            Fact::TEST_RUN => self.test_runs += count,
            Fact::GATE_NOT_MET => self.gate_not_met += count,
            kind => *self.reasons.entry(kind.to_owned()).or_default() += count,
        }
    }

    /// The number of completions in the periods.
    #[must_use]
    pub fn completed(&self) -> u64 {
        self.periods.iter().map(|period| period.completed).sum()
    }

    /// The statistics.
    #[must_use]
    pub fn finish(self, cycle_times: Option<CycleTimes>) -> Stats {
        let mut sum = self.before;
        let mut periods = self.periods;
        for period in &mut periods {
            sum.created += period.created;
            sum.completed += period.completed;
            sum.reopened += period.reopened;
            sum.cancelled += period.cancelled;
            sum.closed_elsewhere += period.closed_elsewhere;
            period.scope = sum.created.saturating_sub(sum.cancelled);
            let done = sum.completed + sum.closed_elsewhere;
            period.done = done.saturating_sub(sum.reopened);
        }
        let reasons = self.reasons.into_iter();
        let mut reasons: Vec<_> = reasons
            .map(|(kind, count)| GateReason { kind, count })
            .collect();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
        Stats {
            periods,
            cycle_times,
            test_runs: self.test_runs,
            gate_not_met: self.gate_not_met,
            reasons,
        }
    }
}

impl WorkTracker {
    /// The statistics of all items. It reads the log as [`list`](Self::list) does.
    ///
    /// # Errors
    /// The errors of [`list`](Self::list).
    pub async fn stats(
        &self,
        query: &StatsQuery,
        progress: impl FnMut(ListProgress) + Send,
    ) -> Result<Stats, TrackingError> {
        let mut tally = StatsTally::new(query);
        let mut cycle_times = Vec::new();
        let (first, last) = (1, query.bounds.len());
        self.fold(None, progress, |item, event, recorded| {
            let at = recorded.recorded_at.as_microsecond();
            let bounds = query.bounds.partition_point(|it| it.as_microsecond() <= at);
            for fact in Fact::of(event, item) {
                tally.add(bounds, fact.name, 1);
                if (first..last).contains(&bounds) {
                    cycle_times.extend(fact.cycle_time);
                }
            }
        })
        .await?;
        cycle_times.sort_unstable();
        let count = tally.completed();
        let at = |place: u64| cycle_times.get(usize::try_from(place).ok()?).copied();
        let cycle_times = match CycleTimes::places(count).map(at) {
            [Some(p50), Some(p85), Some(p95)] => Some(CycleTimes::new(count, [p50, p85, p95])),
            _ => None,
        };
        Ok(tally.finish(cycle_times))
    }
}
