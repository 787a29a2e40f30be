//! The rule that all leases share: who holds a name, and with which term.

use jiff::Timestamp;

use super::LeaseTerm;

/// The last lease of a name, such as `worker/17` or segment 0 of the build `lamps.v1.2`.
///
/// | time | call | term | until |
/// |---|---|---|---|
/// | 10:00:00 | A leases the name for 5 s | 1 | 10:00:05 |
/// | 10:00:03 | B is refused, because A holds it | 1 | 10:00:05 |
/// | 10:00:05 | B leases it for 5 s | 2 | 10:00:10 |
/// | 10:00:06 | A is refused, because its term is 1 | 2 | 10:00:10 |
/// | 10:00:07 | B hands it back | 2 | – |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenure {
    /// The number of the lease.
    pub term: LeaseTerm,
    /// The end of the lease; `None` once its holder has handed it back.
    pub until: Option<Timestamp>,
}

impl Tenure {
    /// The tenure that follows `last`, which is `None` for a name that was never leased.
    #[must_use]
    pub fn after(last: Option<Self>, until: Timestamp) -> Self {
        let term = last.map_or(LeaseTerm::NONE, |last| last.term);
        Self {
            term: term.next().unwrap_or(LeaseTerm::MAX),
            until: Some(until),
        }
    }

    /// Whether another holder may take the name.
    #[must_use]
    pub fn is_over(self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    /// Whether a lease with this term may still act: nobody has taken the name over, and the holder
    /// has not handed it back. An end that has passed does not matter before a takeover.
    #[must_use]
    pub fn admits(self, term: LeaseTerm) -> bool {
        self.term == term && self.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_name_is_held_until_the_end_of_its_lease() {
        let first = Tenure::after(None, at(5));
        assert_eq!(first.term, LeaseTerm::from(1));
        assert!(!first.is_over(at(4)));
        assert!(first.is_over(at(5)));
    }

    #[test]
    fn only_the_last_term_may_act_and_only_until_it_is_handed_back() {
        let first = Tenure::after(None, at(5));
        let second = Tenure::after(Some(first), at(10));
        assert!(first.admits(LeaseTerm::from(1)));
        assert!(second.admits(LeaseTerm::from(2)));
        assert!(!second.admits(first.term));
        let back = Tenure {
            until: None,
            ..second
        };
        assert!(back.is_over(at(0)));
        assert!(!back.admits(second.term));
        assert_eq!(Tenure::after(Some(back), at(20)).term, LeaseTerm::from(3));
    }
}
