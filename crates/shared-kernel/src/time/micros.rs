//! Times as stores keep them: in microseconds.

use jiff::Timestamp;

const PER_SECOND: i64 = 1_000_000;

/// The time that is this number of microseconds after 1970: the form in which stores keep times.
///
/// It reads each time of a clock back. [`Timestamp::from_microsecond`] refuses those in the last
/// second of the calendar.
///
/// # Errors
/// If the calendar does not have the time.
///
/// ```
/// use shared_kernel::jiff::Timestamp;
/// use shared_kernel::time::from_micros;
///
/// let last = Timestamp::MAX.as_microsecond();
/// assert_eq!(from_micros(last)?.as_microsecond(), last);
/// assert!(from_micros(i64::MAX).is_err());
/// # Ok::<(), shared_kernel::jiff::Error>(())
/// ```
pub fn from_micros(micros: i64) -> Result<Timestamp, jiff::Error> {
    let rest = i32::try_from(micros.rem_euclid(PER_SECOND)).unwrap_or(0);
    Timestamp::new(micros.div_euclid(PER_SECOND), rest * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_of_a_clock_is_read_back_to_the_microsecond() {
        for time in [
            "-009999-01-02T01:59:59Z",
            "1969-12-31T23:59:59.999999Z",
            "1970-01-01T00:00:00Z",
            "9999-12-30T22:00:00.999999Z",
        ] {
            let time: Timestamp = time.parse().unwrap();
            assert_eq!(from_micros(time.as_microsecond()).unwrap(), time);
        }
        assert!(from_micros(i64::MAX).is_err() && from_micros(i64::MIN).is_err());
    }
}
