//! The periods of statistics: days or weeks in a time zone, from a beginning to an end.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use work_tracking::StatsQuery;

use super::error::OverviewError;
use crate::cli::PeriodLength;
use crate::moment::InvalidMoment;
use crate::print::time;
use crate::run_error::RunError;

/// The most periods: ten years of days, or seventy of weeks.
const MOST_PERIODS: usize = 3_700;

/// Days or weeks, one after the other. The first begins at the beginning of the window and the last
/// ends at its end, so both can be shorter than the others.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) by: PeriodLength,
    pub(crate) zone: TimeZone,
    pub(crate) query: StatsQuery,
}

impl Window {
    /// The window from `since` to `until`, both inclusive. Without `until`, it ends with the
    /// present period; without `since`, it has 14 days or 12 weeks.
    pub(crate) fn new(
        by: PeriodLength,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        now: Timestamp,
        zone: TimeZone,
    ) -> Result<Self, RunError> {
        let day = |time: Timestamp| time.to_zoned_datetime(zone.clone()).date();
        let end = match until {
            Some(until) => after(until)?,
            None => begin(next(by, day(now))?, &zone)?,
        };
        let last = end.checked_sub(1.microsecond()).map_err(out_of_range)?;
        let start = match since {
            Some(since) => from(since)?,
            None => {
                let first = first_day(by, day(last))?.checked_sub(before_last(by));
                begin(first.map_err(out_of_range)?, &zone)?
            }
        };
        let named = || (time(start), time(last));
        if start >= end {
            let (since, until) = named();
            return Err(OverviewError::EndsFirst { since, until }.into());
        }
        let mut bounds = vec![start];
        let mut bound = begin(next(by, day(start))?, &zone)?;
        while bound < end {
            if bounds.len() == MOST_PERIODS {
                let ((since, until), most) = (named(), MOST_PERIODS);
                let error = OverviewError::TooManyPeriods { most, since, until };
                return Err(error.into());
            }
            bounds.push(bound);
            bound = begin(next(by, day(bound))?, &zone)?;
        }
        bounds.push(end);
        Ok(Self {
            by,
            zone,
            query: StatsQuery { bounds },
        })
    }

    /// The days on which the periods begin.
    pub(crate) fn days(&self) -> impl Iterator<Item = Date> {
        let (_, begins) = self
            .query
            .bounds
            .split_last()
            .unwrap_or((&Timestamp::MIN, &[]));
        begins
            .iter()
            .map(|at| at.to_zoned_datetime(self.zone.clone()).date())
    }
}

/// The first microsecond at or after a time.
fn from(time: Timestamp) -> Result<Timestamp, InvalidMoment> {
    let whole = Timestamp::from_microsecond(time.as_microsecond()).map_err(out_of_range)?;
    match whole < time {
        true => whole.checked_add(1.microsecond()).map_err(out_of_range),
        false => Ok(whole),
    }
}

/// The first microsecond after a time.
fn after(time: Timestamp) -> Result<Timestamp, InvalidMoment> {
    from(time.checked_add(1.nanosecond()).map_err(out_of_range)?)
}

/// The first day of the period that follows the one of a day.
fn next(by: PeriodLength, day: Date) -> Result<Date, InvalidMoment> {
    match by {
        PeriodLength::Day => day.tomorrow().map_err(out_of_range),
        PeriodLength::Week => {
            let next = first_day(by, day)?.checked_add(1.week());
            next.map_err(out_of_range)
        }
    }
}

/// The first day of the period of a day.
fn first_day(by: PeriodLength, day: Date) -> Result<Date, InvalidMoment> {
    match by {
        PeriodLength::Day => Ok(day),
        PeriodLength::Week => {
            let passed = i64::from(day.weekday().since(Weekday::Monday)).days();
            day.checked_sub(passed).map_err(out_of_range)
        }
    }
}

/// The length of all periods but the last one in a window without a beginning.
fn before_last(by: PeriodLength) -> jiff::Span {
    match by {
        PeriodLength::Day => 13.days(),
        PeriodLength::Week => 11.weeks(),
    }
}

/// The beginning of a day.
fn begin(day: Date, zone: &TimeZone) -> Result<Timestamp, InvalidMoment> {
    let zoned = day.to_zoned_datetime(zone.clone()).map_err(out_of_range)?;
    Ok(zoned.timestamp())
}

fn out_of_range(_: jiff::Error) -> InvalidMoment {
    InvalidMoment::OutOfRange
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The bounds of a window that is asked for on Wednesday, 1 April 2026, in Berlin.
    fn window(
        by: PeriodLength,
        since: Option<&str>,
        until: Option<&str>,
    ) -> Result<Window, RunError> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now = at("2026-04-01T10:00:00Z");
        Window::new(by, since.map(at), until.map(at), now, zone)
    }

    #[test]
    fn a_day_has_the_length_that_it_has_in_the_zone() {
        let found = window(
            PeriodLength::Day,
            Some("2026-03-28T12:00:00Z"),
            Some("2026-03-29T21:59:59.999999999Z"),
        );
        let expected = [
            "2026-03-28T12:00:00Z",
            "2026-03-28T23:00:00Z",
            // Clocks go forward in this night.
            "2026-03-29T22:00:00Z",
        ];
        let found = found.unwrap();
        assert_eq!(found.query.bounds, expected.map(at));
        let days: Vec<_> = found.days().map(|day| day.to_string()).collect();
        assert_eq!(days, ["2026-03-28", "2026-03-29"]);
    }

    #[test]
    fn weeks_begin_on_monday_and_both_ends_are_inclusive() {
        let found = window(
            PeriodLength::Week,
            Some("2026-03-26T10:00:00.0000005Z"),
            Some("2026-03-31T10:00:00Z"),
        );
        let expected = [
            "2026-03-26T10:00:00.000001Z",
            "2026-03-29T22:00:00Z",
            "2026-03-31T10:00:00.000001Z",
        ];
        assert_eq!(found.unwrap().query.bounds, expected.map(at));
    }

    #[test]
    fn without_bounds_a_window_ends_with_the_present_period() {
        for (by, periods, first, last) in [
            (PeriodLength::Day, 14, "2026-03-19", "2026-04-01"),
            (PeriodLength::Week, 12, "2026-01-12", "2026-03-30"),
        ] {
            let found = window(by, None, None).unwrap();
            let days: Vec<_> = found.days().map(|day| day.to_string()).collect();
            let ends = (days.len(), days[0].as_str(), days[periods - 1].as_str());
            assert_eq!(ends, (periods, first, last));
        }
        let until = Some("2020-01-01T22:59:59.999999999Z");
        let found = window(PeriodLength::Day, None, until).unwrap();
        assert_eq!(found.days().count(), 14);
    }

    #[test]
    fn a_window_has_a_beginning_before_its_end_and_not_too_many_periods() {
        let late = Some("2026-04-02T10:00:00Z");
        let ends_first = window(PeriodLength::Day, late, None);
        let Err(RunError::Overview(OverviewError::EndsFirst { .. })) = ends_first else {
            panic!("{ends_first:?}");
        };
        let old = Some("1970-01-01T00:00:00Z");
        let many = window(PeriodLength::Day, old, None);
        let Err(RunError::Overview(OverviewError::TooManyPeriods { .. })) = many else {
            panic!("{many:?}");
        };
        assert!(window(PeriodLength::Week, old, None).is_ok());
        let end = Some("9999-12-30T22:00:00.999999999Z");
        let out = window(PeriodLength::Week, end, end);
        assert!(matches!(out, Err(RunError::Moment(_))), "{out:?}");
    }
}
