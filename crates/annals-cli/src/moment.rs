//! Parsing a moment of a history: a version such as `7`, or a time such as `2026-01-09T10:00`.

use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use shared_kernel::StreamVersion;
use shared_kernel::repository::AsOf;
use thiserror::Error;

/// A moment of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) AsOf);

/// A text that is neither a version nor a time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "neither a version (such as 7) nor a time (such as 2026-01-09, 2026-01-09T10:00 or 2026-01-09T10:00:00Z)"
)]
pub(crate) struct InvalidMoment;

impl FromStr for Moment {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, InvalidMoment> {
        moment(text, &TimeZone::system()).map(Self)
    }
}

/// Reads a time without a zone as a time in `zone`. A date alone means the end of that day, so the
/// events of the whole day are included.
fn moment(text: &str, zone: &TimeZone) -> Result<AsOf, InvalidMoment> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: u64 = text.parse().map_err(|_| InvalidMoment)?;
        return StreamVersion::new(number)
            .map(AsOf::Version)
            .map_err(|_| InvalidMoment);
    }
    let at = |time: DateTime| {
        time.to_zoned_datetime(zone.clone())
            .ok()
            .map(|zoned| zoned.timestamp())
    };
    let time = if let Ok(timestamp) = text.parse::<Timestamp>() {
        Some(timestamp)
    } else if let Ok(zoned) = text.parse::<ZonedDateTime>() {
        Some(zoned.timestamp())
    } else if text.contains([':', 'T', 't']) {
        text.parse::<DateTime>().ok().and_then(at)
    } else {
        text.parse::<Date>()
            .ok()
            .and_then(|day| at(day.at(23, 59, 59, 999_999_999)))
    };
    time.map(AsOf::Time).ok_or(InvalidMoment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<AsOf, InvalidMoment> {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        moment(text, &zone)
    }

    fn time(text: &str) -> AsOf {
        AsOf::Time(text.parse().unwrap())
    }

    #[test]
    fn whole_numbers_are_versions() {
        assert_eq!(parse("7"), Ok(AsOf::Version(StreamVersion::from(7))));
        assert_eq!(parse("0"), Ok(AsOf::Version(StreamVersion::EMPTY)));
    }

    #[test]
    fn times_without_a_zone_are_local_and_days_mean_their_end() {
        assert_eq!(
            parse("2026-01-09T10:00:00Z"),
            Ok(time("2026-01-09T10:00:00Z"))
        );
        assert_eq!(
            parse("2026-01-09T10:00:00+01:00"),
            Ok(time("2026-01-09T09:00:00Z"))
        );
        assert_eq!(parse("2026-01-09T10:00"), Ok(time("2026-01-09T08:00:00Z")));
        assert_eq!(
            parse("2026-01-09 10:00:30"),
            Ok(time("2026-01-09T08:00:30Z"))
        );
        assert_eq!(
            parse("2026-01-09"),
            Ok(time("2026-01-09T21:59:59.999999999Z"))
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "-1",
            "1.5",
            "yesterday",
            "2026-13-01",
            "99999999999999999999",
            "10:00",
        ] {
            assert_eq!(parse(text), Err(InvalidMoment), "{text}");
        }
    }
}
