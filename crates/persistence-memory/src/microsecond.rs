//! The precision of times in a store: microseconds.

use jiff::Timestamp;

/// The time without its nanoseconds, for example `03:04:05.123456` for `03:04:05.123456789`.
pub(crate) fn truncated(time: Timestamp) -> Timestamp {
    let nanosecond = time.subsec_nanosecond() / 1000 * 1000;
    // The result is nearer to 1970 than `time`, so it is in range.
    Timestamp::new(time.as_second(), nanosecond).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_nanoseconds_and_keeps_microseconds() {
        let time: Timestamp = "2026-01-02T03:04:05.123456789Z".parse().unwrap();
        let kept: Timestamp = "2026-01-02T03:04:05.123456Z".parse().unwrap();
        assert_eq!(truncated(time), kept);
        assert_eq!(truncated(kept), kept);
    }

    #[test]
    fn holds_at_both_ends_of_time() {
        assert_eq!(truncated(Timestamp::MIN), Timestamp::MIN);
        assert_eq!(truncated(Timestamp::MAX).subsec_nanosecond(), 999_999_000);
    }
}
