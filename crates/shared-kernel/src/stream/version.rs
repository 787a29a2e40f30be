//! The version of a stream: the number of its events.

use crate::stream::counter::counter;

counter! {
    /// The version of a stream: the number of its events. Also the version of an event: its number
    /// within the stream.
    ///
    /// A stream without events has version 0. Its first event has version 1, its second 2, and so
    /// on without holes ([law 2](crate::laws#law-2)).
    ///
    /// ```
    /// use shared_kernel::StreamVersion;
    ///
    /// let version = StreamVersion::new(41)?;
    /// assert_eq!(version.next(), Some(StreamVersion::from(42)));
    /// assert!(StreamVersion::new(u64::MAX).is_err());
    /// # Ok::<(), shared_kernel::stream::OutOfRange>(())
    /// ```
    StreamVersion, "stream version", zero
    /// The version of a stream without events, 0.
    EMPTY
}

impl StreamVersion {
    /// The version of a stream's first event, 1.
    pub const FIRST: Self = Self(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::OutOfRange;

    #[test]
    fn the_largest_version_is_that_of_a_signed_64_bit_integer() {
        let last = StreamVersion::new(i64::MAX.cast_unsigned()).unwrap();
        assert_eq!(last, StreamVersion::MAX);
        assert_eq!(last.as_i64(), i64::MAX);
        assert_eq!(last.next(), None);
        let past = OutOfRange {
            what: "stream version",
            found: 1 << 63,
        };
        assert_eq!(StreamVersion::new(1 << 63), Err(past));
        assert_eq!(last.advanced_by(1), Err(past));
        assert!(last.advanced_by(u64::MAX).is_err());
        assert!(StreamVersion::try_from(-1_i64).is_err());
    }

    #[test]
    fn steps_forward_and_back() {
        assert_eq!(StreamVersion::EMPTY.next(), Some(StreamVersion::FIRST));
        assert_eq!(StreamVersion::FIRST.previous(), Some(StreamVersion::EMPTY));
        assert_eq!(StreamVersion::EMPTY.previous(), None);
        assert_eq!(
            StreamVersion::from(3).advanced_by(4),
            Ok(StreamVersion::from(7))
        );
    }
}
