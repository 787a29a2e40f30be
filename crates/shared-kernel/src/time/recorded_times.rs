//! The rule of recorded times, which all adapters share ([law 18](crate::laws#law-18)).

use jiff::{SignedDuration, Timestamp};

/// The recorded times at the end of a log: all that decides the time of the next event.
///
/// The clocks of writers differ. A clock that is a little behind must not make the times of the log
/// go back, and one clock in the year 2099 must not date all later events 2099. So a step of more
/// than [a day](Self::FAR) forward is a [`Leap`] at first:
///
/// ```text
/// 10:00   10:05   2099-01-01   10:07   10:08
///            └─ leap ─┘          │
///            from     to         └─ not before `from`: as if it came right after 10:05
/// ```
///
/// A leap is confirmed once the log has gone on after it for as long as it leapt. For example, the
/// leap from Friday to Monday is confirmed on Thursday, and that to 2099 never.
///
/// ```
/// use jiff::Timestamp;
/// use shared_kernel::time::RecordedTimes;
///
/// let mut times = RecordedTimes::default();
/// let clocks = [
///     ("2026-11-28T10:00:00Z", "2026-11-28T10:00:00Z"),
///     ("2026-11-29T10:00:00Z", "2026-11-29T10:00:00Z"),
///     ("2026-11-29T09:59:00Z", "2026-11-29T10:00:00Z"), // a little behind
///     ("2099-01-01T00:00:00Z", "2099-01-01T00:00:00Z"), // far ahead
///     ("2026-11-29T10:07:00Z", "2026-11-29T10:07:00Z"), // passes over 2099
///     ("2020-01-01T00:00:00Z", "2026-11-29T10:07:00Z"), // far behind
/// ];
/// for (clock, expected) in clocks {
///     let recorded = times.next(clock.parse()?);
///     assert_eq!(recorded, expected.parse::<Timestamp>()?);
///     times.record(recorded);
/// }
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordedTimes {
    /// The time of the last event; `None` in an empty log.
    pub last: Option<Timestamp>,
    /// The leap before the last event, unless it is confirmed.
    pub leap: Option<Leap>,
}

/// A step forward of more than [a day](RecordedTimes::FAR) that is not confirmed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leap {
    /// The time of the event before it. The first event of a log has none before it, and is a leap
    /// of one day.
    pub from: Option<Timestamp>,
    /// The time of the event after it.
    pub to: Timestamp,
}

/// The time of an event of a log, compared with those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// It is not before that of the last event.
    InOrder,
    /// It passes over a leap: the last event has this time, which a clock far ahead gave it.
    PassedOver(Timestamp),
    /// It cannot follow those before it.
    WentBack,
}

impl RecordedTimes {
    /// Farther apart than this, one of two clocks is wrong: a day is more than any mistake about
    /// time zones.
    pub const FAR: SignedDuration = SignedDuration::from_hours(24);

    /// The recorded time of the next event, if the clock of its writer shows `clock`: exact to the
    /// microsecond, so nanoseconds are cut off.
    #[must_use]
    pub fn next(&self, clock: Timestamp) -> Timestamp {
        let clock =
            clock - SignedDuration::from_nanos(i64::from(clock.subsec_nanosecond() % 1_000));
        let is_far_behind = |time: Timestamp| time.duration_since(clock) > Self::FAR;
        match (self.last, self.leap) {
            (None, _) => clock,
            (Some(last), Some(Leap { from, .. }))
                if is_far_behind(last) && !from.is_some_and(is_far_behind) =>
            {
                from.map_or(clock, |from| from.max(clock))
            }
            (Some(last), _) => last.max(clock),
        }
    }

    /// Whether an event can have this time after the events so far. A time before that of the last
    /// event passes over a leap.
    #[must_use]
    pub fn can_follow(&self, time: Timestamp) -> bool {
        self.next(time) == time
    }

    /// Compares the time of the next event of a log with those before it, and records it.
    pub fn examine(&mut self, time: Timestamp) -> Followed {
        let followed = match self.last.filter(|last| *last > time) {
            _ if !self.can_follow(time) => Followed::WentBack,
            Some(last) => Followed::PassedOver(last),
            None => Followed::InOrder,
        };
        self.record(time);
        followed
    }

    /// Records the time of the next event.
    pub fn record(&mut self, time: Timestamp) {
        if let Some(leap) = self.leap
            && self.last.is_some_and(|last| time < last)
        {
            // As if the event came right after the one before the leap.
            *self = Self {
                last: leap.from,
                leap: None,
            };
        }
        let last = self.last.replace(time);
        if self.leap.is_some_and(|leap| leap.confirms(time)) {
            self.leap = None;
        }
        let is_step = |last| time.duration_since(last) <= Self::FAR;
        if self.leap.is_none() && !last.is_some_and(is_step) {
            self.leap = Some(Leap {
                from: last,
                to: time,
            });
        }
    }
}

impl Leap {
    /// Whether the log has gone on for as long as the leap, once it has an event with this time.
    fn confirms(self, time: Timestamp) -> bool {
        let leapt = |from| self.to.duration_since(from);
        time.duration_since(self.to) >= self.from.map_or(RecordedTimes::FAR, leapt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(days: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * days)
    }

    #[test]
    fn an_examined_time_is_in_order_passes_over_a_leap_or_went_back() {
        let mut times = RecordedTimes::default();
        for (time, expected) in [
            (day(1), Followed::InOrder),
            (day(1), Followed::InOrder),
            (day(9), Followed::InOrder),
            (day(1), Followed::PassedOver(day(9))),
            (day(0), Followed::WentBack),
        ] {
            assert_eq!(times.examine(time), expected, "{time}");
            assert_eq!(times.last, Some(time));
        }
    }

    /// The recorded times of writers whose clocks show these days.
    fn recorded(clocks: &[i64]) -> Vec<i64> {
        let mut times = RecordedTimes::default();
        let record = |clock: &i64| {
            let time = times.next(day(*clock));
            assert!(times.can_follow(time));
            times.record(time);
            time.as_second() / 86_400
        };
        clocks.iter().map(record).collect()
    }

    #[test]
    fn a_leap_is_passed_over_as_long_as_it_is_not_confirmed() {
        assert_eq!(recorded(&[0, 1, 9, 2, 3]), [0, 1, 9, 2, 3]);
        // Several events after the leap, and one more leap.
        assert_eq!(recorded(&[0, 1, 9, 10, 13, 2]), [0, 1, 9, 10, 13, 2]);
        // Two clocks far ahead of a right one, and the second behind the first.
        assert_eq!(recorded(&[0, 1, 99, 50, 2, 3]), [0, 1, 99, 50, 2, 3]);
        // It leapt over 8 days, and day 17 confirms it.
        assert_eq!(recorded(&[0, 1, 9, 16, 2]), [0, 1, 9, 16, 2]);
        assert_eq!(recorded(&[0, 1, 9, 17, 2, 10]), [0, 1, 9, 17, 17, 10]);
    }

    #[test]
    fn a_clock_far_behind_the_event_before_the_leap_is_no_witness() {
        assert_eq!(recorded(&[0, 5, 6, 99, 4]), [0, 5, 6, 99, 99]);
        // A day behind it, the clock is a witness, and the time does not go back before it.
        assert_eq!(recorded(&[0, 5, 10, 99, 9]), [0, 5, 10, 99, 10]);
    }

    #[test]
    fn the_first_day_of_a_log_can_be_passed_over() {
        assert_eq!(recorded(&[99, 1, 2]), [99, 1, 2]);
        assert_eq!(recorded(&[99, 99, 1, 2]), [99, 99, 1, 2]);
        assert_eq!(recorded(&[99, 100, 1, 2]), [99, 100, 100, 100]);
    }

    #[test]
    fn times_at_the_ends_of_the_calendar_are_compared() {
        let mut times = RecordedTimes::default();
        for time in [Timestamp::MIN, Timestamp::MAX, Timestamp::MIN] {
            let recorded = times.next(time);
            assert!(time.duration_since(recorded) < SignedDuration::from_micros(1));
            times.record(recorded);
        }
        assert_eq!(times.last, Some(Timestamp::MIN));
    }
}
