//! A moment of a history as people type it: a version such as `7`, or a time such as `2h ago`.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp, ToSpan, ZonedDateTime};
use shared_kernel::StreamVersion;
use shared_kernel::repository::AsOf;
use thiserror::Error;

/// A moment of a history. A time without a zone is in the user's time zone. A time to the second
/// means the end of that second, because the program cuts times when it prints them: an event at
/// 10:02:11.8 is printed with 10:02:11.
///
/// A local time that clocks show twice or never is refused. Example: in Berlin, 2026-10-25 02:30
/// comes at +02:00 and again at +01:00, and 2026-03-29 has no 02:30.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment {
    /// A version of the item.
    Version(StreamVersion),
    /// A time with a zone: `2026-01-09T10:00Z`, `2026-01-09 10:00 +01:00`.
    At(Timestamp),
    /// A local time: `2026-01-09 10:00`, `yesterday 14:00`, `14:00`. A day alone means its end, so
    /// the events of the whole day are included.
    Local(Day, Option<Time>),
    /// A negative span from now: `2h ago`.
    Ago(Span),
}

/// A day of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    Date(Date),
    Today,
    Yesterday,
}

/// The reason why a text is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum InvalidMoment {
    #[error(
        "neither a version (such as 7) nor a time (such as `2h ago`, yesterday, 14:00, 2026-01-09, \
         `2026-01-09 10:00` or `2026-01-09 10:00 +01:00`)"
    )]
    Unknown,
    #[error("it is too large for a version, and looks like a Unix time: write {0}")]
    UnixTime(Timestamp),
    #[error("a span before now ends with `ago`: write `{0} ago`")]
    NotAgo(String),
    #[error("clocks were put back, and showed this time twice: write `{0}` or `{1}`")]
    Twice(String, String),
    #[error("clocks were put forward, and never showed this time: write `{0}` or `{1}`")]
    Never(String, String),
    #[error("this time is out of the range of the calendar")]
    OutOfRange,
}

/// The smallest number that is read as a Unix time: in seconds, it is in the year 1973. No item has
/// so many events.
const LEAST_UNIX_TIME: u64 = 100_000_000;
/// The smallest number that is a Unix time in milliseconds.
const LEAST_MILLISECONDS: u64 = 100_000_000_000;

impl Moment {
    /// The moment in a history that is read at the time `now`.
    pub(crate) fn resolve(self, now: Timestamp) -> Result<AsOf, InvalidMoment> {
        self.in_zone(now, &TimeZone::system())
    }

    /// The beginning of the day or of the second; `None` for a version.
    pub(crate) fn beginning(self, now: Timestamp) -> Result<Option<Timestamp>, InvalidMoment> {
        self.beginning_in_zone(now, &TimeZone::system())
    }

    /// Whether a time, or the beginning of a day, is in a second after `now`.
    pub(crate) fn is_future(self, now: Timestamp) -> bool {
        self.is_after(now, &TimeZone::system())
    }

    fn is_after(self, now: Timestamp, zone: &TimeZone) -> bool {
        let beginning = self.beginning_in_zone(now, zone);
        matches!(beginning, Ok(Some(time)) if time.as_second() > now.as_second())
    }

    fn beginning_in_zone(
        self,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Option<Timestamp>, InvalidMoment> {
        if let Self::Local(day, None) = self {
            let start = day.date(now, zone)?.to_zoned_datetime(zone.clone());
            let start = start.map_err(|_| InvalidMoment::OutOfRange)?;
            return Ok(Some(start.timestamp()));
        }
        Ok(match self.in_zone(now, zone)? {
            AsOf::Time(time) if time.subsec_nanosecond() == 999_999_999 => {
                Some(time - 999_999_999.nanoseconds())
            }
            AsOf::Time(time) => Some(time),
            _ => None,
        })
    }

    fn in_zone(self, now: Timestamp, zone: &TimeZone) -> Result<AsOf, InvalidMoment> {
        let time = match self {
            Self::Version(version) => return Ok(AsOf::Version(version)),
            Self::At(time) => time,
            Self::Ago(span) => {
                let time = now.to_zoned_datetime(zone.clone()).checked_add(span);
                time.map_err(|_| InvalidMoment::OutOfRange)?.timestamp()
            }
            Self::Local(day, Some(time)) => {
                local_time(DateTime::from_parts(day.date(now, zone)?, time), zone)?
            }
            Self::Local(day, None) => end_of_day(day.date(now, zone)?, zone)?,
        };
        Ok(AsOf::Time(time))
    }
}

impl Day {
    fn date(self, now: Timestamp, zone: &TimeZone) -> Result<Date, InvalidMoment> {
        let today = now.to_zoned_datetime(zone.clone()).date();
        match self {
            Self::Date(date) => Ok(date),
            Self::Today => Ok(today),
            Self::Yesterday => today.yesterday().map_err(|_| InvalidMoment::OutOfRange),
        }
    }
}

/// The last instant before the next day begins.
fn end_of_day(date: Date, zone: &TimeZone) -> Result<Timestamp, InvalidMoment> {
    let next = date.tomorrow();
    let next = next.and_then(|next| next.to_zoned_datetime(zone.clone()));
    let end = next.and_then(|next| next.timestamp().checked_sub(1.nanosecond()));
    end.map_err(|_| InvalidMoment::OutOfRange)
}

/// The only instant at which clocks show a time.
fn local_time(local: DateTime, zone: &TimeZone) -> Result<Timestamp, InvalidMoment> {
    let found = zone.to_ambiguous_timestamp(local);
    let (Ok(first), Ok(second)) = (found.earlier(), found.later()) else {
        return Err(InvalidMoment::OutOfRange);
    };
    let [one, other] = [first, second].map(|time| {
        let zoned = time.to_zoned_datetime(zone.clone());
        zoned.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    });
    match found.offset() {
        AmbiguousOffset::Unambiguous { .. } => Ok(first),
        AmbiguousOffset::Fold { .. } => Err(InvalidMoment::Twice(one, other)),
        AmbiguousOffset::Gap { .. } => Err(InvalidMoment::Never(one, other)),
    }
}

impl FromStr for Moment {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, InvalidMoment> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return version(text);
        }
        if let Some(end) = end_of_whole_second(text) {
            let (second, rest) = text.split_at(end);
            return format!("{second}.999999999{rest}").parse();
        }
        if let Some(time) = with_zone(text) {
            return time.map(Self::At);
        }
        // The parsers of local times pass over an unknown zone: `[Nowhere/Town]`.
        if text.contains('[') {
            return Err(InvalidMoment::Unknown);
        }
        let lower = text.to_ascii_lowercase();
        let (day, rest) = match lower.split_once(' ') {
            Some((day, rest)) => (day, Some(rest)),
            None => (lower.as_str(), None),
        };
        let day = match day {
            "now" if rest.is_none() => return Ok(Self::Ago(Span::new())),
            "today" => Some(Day::Today),
            "yesterday" => Some(Day::Yesterday),
            _ => None,
        };
        match (day, rest) {
            (Some(day), None) => return Ok(Self::Local(day, None)),
            (Some(day), Some(rest)) => {
                let time = time_of_day(rest.trim_start_matches("at "));
                let time = time.ok_or(InvalidMoment::Unknown)?;
                return Ok(Self::Local(day, Some(time)));
            }
            (None, _) => {}
        }
        if let Some(time) = time_of_day(text) {
            return Ok(Self::Local(Day::Today, Some(time)));
        }
        if text.contains([':', 'T', 't'])
            && let Ok(local) = text.parse::<DateTime>()
        {
            return Ok(Self::Local(Day::Date(local.date()), Some(local.time())));
        }
        if let Ok(date) = text.parse::<Date>() {
            return Ok(Self::Local(Day::Date(date), None));
        }
        match text.parse::<Span>() {
            Ok(span) if span.is_negative() => Ok(Self::Ago(span)),
            Ok(span) if span.is_positive() => Err(InvalidMoment::NotAgo(format!("{span:#}"))),
            _ => Err(InvalidMoment::Unknown),
        }
    }
}

/// A version, unless the number is a Unix time.
fn version(digits: &str) -> Result<Moment, InvalidMoment> {
    let number: u64 = digits.parse().map_err(|_| InvalidMoment::Unknown)?;
    let unix = i64::try_from(number).map_err(|_| InvalidMoment::Unknown)?;
    let time = match number {
        ..LEAST_UNIX_TIME => {
            let version = StreamVersion::new(number).map_err(|_| InvalidMoment::Unknown)?;
            return Ok(Moment::Version(version));
        }
        LEAST_UNIX_TIME..LEAST_MILLISECONDS => Timestamp::from_second(unix),
        _ => Timestamp::from_millisecond(unix),
    };
    Err(time.map_or(InvalidMoment::Unknown, InvalidMoment::UnixTime))
}

/// A time with a zone, also with a space or a name before the zone, as the program prints it.
fn with_zone(text: &str) -> Option<Result<Timestamp, InvalidMoment>> {
    let joined = match text.rsplit_once(' ') {
        Some((local, zone)) if zone.eq_ignore_ascii_case("utc") => format!("{local}Z"),
        Some((local, zone)) if zone.eq_ignore_ascii_case("z") => format!("{local}Z"),
        Some((local, zone)) if zone.starts_with(['+', '-', '[']) => format!("{local}{zone}"),
        Some((local, zone)) if zone.starts_with(char::is_alphabetic) && zone.contains('/') => {
            format!("{local}[{zone}]")
        }
        _ => text.to_owned(),
    };
    if let Some((local, zone)) = in_named_zone(&joined) {
        return Some(local_time(local, &zone));
    }
    let zoned = || {
        joined
            .parse::<ZonedDateTime>()
            .map(|zoned| zoned.timestamp())
    };
    joined.parse().or_else(|_| zoned()).ok().map(Ok)
}

/// A local time with the name of its zone, and without an offset.
fn in_named_zone(text: &str) -> Option<(DateTime, TimeZone)> {
    let pieces = Pieces::parse(text).ok()?;
    let zone = pieces.to_time_zone().ok()??;
    let local = DateTime::from_parts(pieces.date(), pieces.time()?);
    pieces.offset().is_none().then_some((local, zone))
}

/// The place behind the seconds of a time that has no fraction of a second: 19 in
/// `2026-01-09 10:02:11 UTC`.
fn end_of_whole_second(text: &str) -> Option<usize> {
    let is_time = |bytes: &[u8]| match bytes {
        [b':', a, b, b':', c, d] => [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    let end = 6 + text.as_bytes().windows(6).position(is_time)?;
    let is_whole = !text[end..].starts_with(['.', ',']);
    is_whole.then_some(end)
}

/// A time of the day: `14:00`, `9:05` or `14:00:30`.
fn time_of_day(text: &str) -> Option<Time> {
    let (hour, rest) = text.split_once(':')?;
    let is_short = matches!(hour.len(), 1 | 2) && hour.bytes().all(|byte| byte.is_ascii_digit());
    is_short
        .then(|| format!("{hour:0>2}:{rest}").parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moment at 2026-03-10 09:30 in a zone two hours ahead of UTC.
    fn parse(text: &str) -> Result<AsOf, InvalidMoment> {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let now = "2026-03-10T07:30:00Z".parse().unwrap();
        text.parse::<Moment>()?.in_zone(now, &zone)
    }

    fn time(text: &str) -> Result<AsOf, InvalidMoment> {
        Ok(AsOf::Time(text.parse().unwrap()))
    }

    /// Berlin: 03:00 is put back to 02:00 on 2026-10-25, and 02:00 forward to 03:00 on 2026-03-29.
    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
    /// A zone whose clocks change at midnight: 24:00 is put back to 23:00 on 2026-10-24, and 00:00
    /// forward to 01:00 on 2026-03-29.
    const MIDNIGHT: &str = "XST-1XDT,M3.5.0/0,M10.4.6/24";

    #[test]
    fn a_local_time_that_clocks_show_twice_or_never_is_refused_with_both_ways_out() {
        let zone = TimeZone::posix(BERLIN).unwrap();
        let now = "2026-12-01T12:00:00Z".parse().unwrap();
        let parse = |text: &str| text.parse::<Moment>().unwrap().in_zone(now, &zone);
        let twice = InvalidMoment::Twice(
            "2026-10-25 02:30:00 +02:00".into(),
            "2026-10-25 02:30:00 +01:00".into(),
        );
        assert_eq!(parse("2026-10-25 02:30"), Err(twice.clone()));
        assert_eq!(
            twice.to_string(),
            "clocks were put back, and showed this time twice: write `2026-10-25 02:30:00 +02:00` or \
             `2026-10-25 02:30:00 +01:00`"
        );
        assert_eq!(
            "2026-10-25 02:30 Europe/Berlin"
                .parse::<Moment>()
                .unwrap_err(),
            twice
        );
        let never = InvalidMoment::Never(
            "2026-03-29 01:30:15 +01:00".into(),
            "2026-03-29 03:30:15 +02:00".into(),
        );
        assert_eq!(parse("2026-03-29 02:30:15"), Err(never));
        for (text, expected) in [
            (
                "2026-10-25 02:30:00 +02:00",
                "2026-10-25T00:30:00.999999999Z",
            ),
            (
                "2026-10-25 02:30:00 +01:00",
                "2026-10-25T01:30:00.999999999Z",
            ),
            (
                "2026-10-25 02:30 +01:00[Europe/Berlin]",
                "2026-10-25T01:30:00Z",
            ),
            ("2026-10-25 01:59:59", "2026-10-24T23:59:59.999999999Z"),
            ("2026-10-25 03:00", "2026-10-25T02:00:00Z"),
            ("2026-03-29 01:59:59", "2026-03-29T00:59:59.999999999Z"),
            ("2026-03-29 03:00", "2026-03-29T01:00:00Z"),
        ] {
            assert_eq!(parse(text), time(expected), "{text}");
        }
    }

    #[test]
    fn a_day_is_whole_also_where_clocks_change_at_its_ends() {
        let zone = TimeZone::posix(MIDNIGHT).unwrap();
        for (now, text, beginning, end) in [
            (
                "2026-10-24T12:00:00Z",
                "today",
                "2026-10-23T22:00:00Z",
                "2026-10-24T22:59:59.999999999Z",
            ),
            (
                "2026-10-26T12:00:00Z",
                "2026-10-24",
                "2026-10-23T22:00:00Z",
                "2026-10-24T22:59:59.999999999Z",
            ),
            (
                "2026-03-30T12:00:00Z",
                "yesterday",
                "2026-03-28T23:00:00Z",
                "2026-03-29T21:59:59.999999999Z",
            ),
            (
                "2026-03-30T12:00:00Z",
                "2026-03-28",
                "2026-03-27T23:00:00Z",
                "2026-03-28T22:59:59.999999999Z",
            ),
        ] {
            let (now, moment) = (now.parse().unwrap(), text.parse::<Moment>().unwrap());
            let found = moment.beginning_in_zone(now, &zone);
            assert_eq!(found, Ok(Some(beginning.parse().unwrap())), "{text}");
            assert_eq!(moment.in_zone(now, &zone), time(end), "{text}");
        }
    }

    #[test]
    fn a_time_to_the_second_begins_with_that_second() {
        let zone = TimeZone::UTC;
        let now = "2026-03-10T07:30:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-01-09 10:02:11", Some("2026-01-09T10:02:11Z")),
            ("2026-01-09 10:02:11.5", Some("2026-01-09T10:02:11.5Z")),
            ("2h ago", Some("2026-03-10T05:30:00Z")),
            ("7", None),
        ] {
            let found = text
                .parse::<Moment>()
                .unwrap()
                .beginning_in_zone(now, &zone);
            assert_eq!(
                found,
                Ok(expected.map(|time| time.parse().unwrap())),
                "{text}"
            );
        }
    }

    #[test]
    fn whole_numbers_are_versions() {
        assert_eq!(parse("7"), Ok(AsOf::Version(StreamVersion::from(7))));
        assert_eq!(parse("0"), Ok(AsOf::Version(StreamVersion::EMPTY)));
    }

    #[test]
    fn a_unix_time_is_not_a_version() {
        for (text, time) in [
            ("1700000000", "2023-11-14T22:13:20Z"),
            ("1700000000000", "2023-11-14T22:13:20Z"),
            ("100000000", "1973-03-03T09:46:40Z"),
        ] {
            let time = time.parse().unwrap();
            assert_eq!(parse(text), Err(InvalidMoment::UnixTime(time)), "{text}");
        }
        assert_eq!(
            parse("99999999"),
            Ok(AsOf::Version(StreamVersion::from(99_999_999)))
        );
    }

    #[test]
    fn times_without_a_zone_are_local_and_days_mean_their_end() {
        for (text, expected) in [
            ("2026-01-09T10:00:00.0Z", "2026-01-09T10:00:00Z"),
            ("2026-01-09T10:00Z", "2026-01-09T10:00:00Z"),
            ("2026-01-09T10:00+01:00", "2026-01-09T09:00:00Z"),
            ("2026-01-09T10:00", "2026-01-09T08:00:00Z"),
            ("2026-01-09 10:00:30.5", "2026-01-09T08:00:30.5Z"),
            ("2026-01-09", "2026-01-09T21:59:59.999999999Z"),
        ] {
            assert_eq!(parse(text), time(expected), "{text}");
        }
    }

    #[test]
    fn a_time_is_read_as_the_program_prints_it() {
        for (text, expected) in [
            ("2026-01-09 10:02:11 UTC", "2026-01-09T10:02:11.999999999Z"),
            (
                "2026-01-09 10:02:11 +01:00",
                "2026-01-09T09:02:11.999999999Z",
            ),
            (
                "2026-01-09 10:02:11 -05:30",
                "2026-01-09T15:32:11.999999999Z",
            ),
            ("2026-01-09T10:02:11Z", "2026-01-09T10:02:11.999999999Z"),
            ("2026-01-09 10:02:11", "2026-01-09T08:02:11.999999999Z"),
            ("14:00:30", "2026-03-10T12:00:30.999999999Z"),
            ("2026-01-09 10:02 +01:00", "2026-01-09T09:02:00Z"),
            ("2026-01-09 10:02 z", "2026-01-09T10:02:00Z"),
            ("2026-01-09 10:02[Europe/Berlin]", "2026-01-09T09:02:00Z"),
            ("2026-01-09 10:02 [Europe/Berlin]", "2026-01-09T09:02:00Z"),
            ("2026-01-09 10:02 Europe/Berlin", "2026-01-09T09:02:00Z"),
            (
                "2026-01-09 10:02 +01:00[Europe/Berlin]",
                "2026-01-09T09:02:00Z",
            ),
        ] {
            assert_eq!(parse(text), time(expected), "{text}");
        }
    }

    #[test]
    fn only_a_moment_that_begins_after_now_is_in_the_future() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let now = "2026-03-10T07:30:00Z".parse().unwrap();
        let is_future = |text: &str| text.parse::<Moment>().unwrap().is_after(now, &zone);
        for text in [
            "7",
            "now",
            "today",
            "09:30",
            "09:29:59",
            "2026-03-10",
            "yesterday",
        ] {
            assert!(!is_future(text), "{text}");
        }
        for text in ["2026-03-11", "9:31", "2026-03-10 07:31 UTC"] {
            assert!(is_future(text), "{text}");
        }
    }

    #[test]
    fn times_are_understood_as_people_type_them() {
        for (text, expected) in [
            ("now", "2026-03-10T07:30:00Z"),
            ("2h ago", "2026-03-10T05:30:00Z"),
            ("2 hours ago", "2026-03-10T05:30:00Z"),
            ("90 min ago", "2026-03-10T06:00:00Z"),
            ("3 days ago", "2026-03-07T07:30:00Z"),
            ("1 week ago", "2026-03-03T07:30:00Z"),
            ("1 month ago", "2026-02-10T07:30:00Z"),
            ("today", "2026-03-10T21:59:59.999999999Z"),
            ("Yesterday", "2026-03-09T21:59:59.999999999Z"),
            ("14:00", "2026-03-10T12:00:00Z"),
            ("9:05", "2026-03-10T07:05:00Z"),
            ("today 14:00:30.25", "2026-03-10T12:00:30.25Z"),
            ("yesterday at 14:00", "2026-03-09T12:00:00Z"),
        ] {
            assert_eq!(parse(text), time(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "-1",
            "1.5",
            "tomorrow",
            "yesterday 25:00",
            "now 14:00",
            "2026-13-01",
            "99999999999999999999",
            "14:60",
            "2026-01-09 +01:00",
            "2026-01-09 10:02 Nowhere/Town",
            "2026-01-09 10:02[Nowhere/Town]",
            "999:00",
        ] {
            assert_eq!(parse(text), Err(InvalidMoment::Unknown), "{text}");
        }
        assert_eq!(parse("2 hours"), Err(InvalidMoment::NotAgo("2h".into())));
        assert_eq!(parse("15000 years ago"), Err(InvalidMoment::OutOfRange));
    }
}
