//! The position of an event in the log.

use crate::stream::counter::counter;

counter! {
    /// The position of an event in the log of its store, over all streams.
    ///
    /// The first event has position 1. The order of positions is the commit order
    /// ([law 19](crate::laws#law-19)). [`START`](Self::START), position 0, is before the first
    /// event: the checkpoint of a new reader.
    ///
    /// ```
    /// use shared_kernel::GlobalPosition;
    ///
    /// assert!(GlobalPosition::START < GlobalPosition::FIRST);
    /// assert_eq!(GlobalPosition::new(7)?.get(), 7);
    /// # Ok::<(), shared_kernel::stream::OutOfRange>(())
    /// ```
    GlobalPosition, "global position", zero
    /// The position before the first event, 0.
    START
}

impl GlobalPosition {
    /// The position of the first event, 1.
    pub const FIRST: Self = Self(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::OutOfRange;

    #[test]
    fn the_largest_position_is_that_of_a_signed_64_bit_integer() {
        let last = GlobalPosition::new(i64::MAX.cast_unsigned()).unwrap();
        assert_eq!(last, GlobalPosition::MAX);
        assert_eq!(last.as_i64(), i64::MAX);
        assert_eq!(last.next(), None);
        let past = OutOfRange {
            what: "global position",
            found: 1 << 63,
        };
        assert_eq!(GlobalPosition::new(1 << 63), Err(past));
        assert_eq!(GlobalPosition::try_from(i64::MIN), Err(past));
        assert_eq!(GlobalPosition::try_from(u64::from(last)), Ok(last));
    }

    #[test]
    fn serde_keeps_the_rule() {
        let seven = GlobalPosition::from(7);
        assert_eq!(serde_json::to_string(&seven).unwrap(), "7");
        assert_eq!(serde_json::from_str::<GlobalPosition>("7").unwrap(), seven);
        assert!(serde_json::from_str::<GlobalPosition>("9223372036854775808").is_err());
        assert!(serde_json::from_str::<GlobalPosition>("-1").is_err());
    }

    #[test]
    fn a_position_is_displayed_as_its_number() {
        assert_eq!(format!("{:>3}", GlobalPosition::FIRST), "  1");
        assert_eq!(GlobalPosition::default(), GlobalPosition::START);
    }
}
