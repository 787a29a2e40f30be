//! The part of a stream or of the log that a query reads.

use std::num::NonZeroUsize;
use std::ops::{Bound, RangeBounds};

use crate::stream::counter::Counter;

/// The order in which events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// From the oldest to the newest.
    #[default]
    Forward,
    /// From the newest to the oldest.
    Backward,
}

/// The number of events in a page unless the query sets another.
pub const DEFAULT_PAGE_SIZE: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// The bounds of a read, its direction, its limit and its page size. `P` is the counter: the
/// version in a stream, or the position in the log.
///
/// Both bounds are inclusive in either direction. `from` above `to` is an empty read, not an error.
/// A backward read gives the forward one reversed, and `limit` counts from its first event: of the
/// events 1 to 9, `from: 3`, `to: 7`, `limit: 2` gives 3 and 4 forward, 7 and 6 backward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadRange<P> {
    /// The lowest version or position to read.
    pub from: P,
    /// The highest version or position to read.
    pub to: P,
    /// The order of the events.
    pub direction: Direction,
    /// The number of events to read at most; `None` for all.
    pub limit: Option<u64>,
    /// The number of events in a page at most. It does not change which events are read.
    pub page_size: NonZeroUsize,
}

impl<P> ReadRange<P> {
    /// All from `from` to `to`, forward.
    #[must_use]
    pub fn new(from: P, to: P) -> Self {
        Self {
            from,
            to,
            direction: Direction::Forward,
            limit: None,
            page_size: DEFAULT_PAGE_SIZE,
        }
    }

    /// The number of events that one page may hold: the smaller of page size and limit.
    #[must_use]
    pub fn page_limit(&self) -> usize {
        let limit = self
            .limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(usize::MAX);
        self.page_size.get().min(limit)
    }

    /// The rest of the range after a page of `got` events; `None` at the end. `next` is the
    /// [`next`](crate::store::Page::next) of that page.
    pub(crate) fn after_page(self, got: usize, next: Option<P>) -> Option<Self> {
        let got = u64::try_from(got).unwrap_or(u64::MAX);
        let limit = self.limit.map(|limit| limit.saturating_sub(got));
        let next = next.filter(|_| limit != Some(0))?;
        Some(match self.direction {
            Direction::Forward => Self {
                from: next,
                limit,
                ..self
            },
            Direction::Backward => Self {
                to: next,
                limit,
                ..self
            },
        })
    }
}

/// Converts a Rust range to inclusive bounds. For example, `3..9` becomes (3, 8). An empty range
/// such as `..0` becomes bounds without an event: the lower above the upper, or (0, 0).
pub(crate) fn inclusive<P: Counter, V: Into<P> + Clone>(range: impl RangeBounds<V>) -> (P, P) {
    let nothing = (P::MAX, P::ZERO);
    let from = match range.start_bound().cloned() {
        Bound::Unbounded => Some(P::ZERO),
        Bound::Included(from) => Some(from.into()),
        Bound::Excluded(before) => before.into().next(),
    };
    let to = match range.end_bound().cloned() {
        Bound::Unbounded => Some(P::MAX),
        Bound::Included(to) => Some(to.into()),
        Bound::Excluded(after) => after.into().previous(),
    };
    from.zip(to).unwrap_or(nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StreamVersion;

    fn bounds(range: impl RangeBounds<u32>) -> (u64, u64) {
        let (from, to) = inclusive::<StreamVersion, u32>(range);
        (from.get(), to.get())
    }

    #[test]
    fn every_kind_of_rust_range_has_inclusive_bounds() {
        let last = StreamVersion::MAX.get();
        assert_eq!(bounds(3..=9), (3, 9));
        assert_eq!(bounds(3..9), (3, 8));
        assert_eq!(bounds(3..), (3, last));
        assert_eq!(bounds(..=9), (0, 9));
        assert_eq!(bounds(..9), (0, 8));
        assert_eq!(bounds(..), (0, last));
        assert_eq!(bounds((Bound::Excluded(3), Bound::Included(9))), (4, 9));
    }

    #[test]
    fn a_range_without_a_number_is_empty() {
        let is_empty = |(from, to): (u64, u64)| from.max(1) > to;
        assert!(is_empty(bounds(3..3)));
        assert!(is_empty(bounds((Bound::Included(9), Bound::Included(3)))));
        assert!(is_empty(bounds(..0)));
        let past_all = (Bound::Excluded(StreamVersion::MAX), Bound::Unbounded);
        let (from, to) = inclusive::<StreamVersion, StreamVersion>(past_all);
        assert!(from > to);
    }

    #[test]
    fn a_page_holds_the_smaller_of_its_size_and_the_limit() {
        let size = NonZeroUsize::new(5).unwrap();
        for (limit, expected) in [(0, 0), (4, 4), (5, 5), (6, 5), (u64::MAX, 5)] {
            let range = ReadRange {
                limit: Some(limit),
                page_size: size,
                ..ReadRange::new(1, 9)
            };
            assert_eq!(range.page_limit(), expected);
        }
        assert_eq!(ReadRange::new(1, 9).page_limit(), DEFAULT_PAGE_SIZE.get());
    }

    #[test]
    fn the_rest_after_a_page_begins_where_the_page_ends() {
        let forward = ReadRange {
            limit: Some(5),
            ..ReadRange::new(1, 9)
        };
        let backward = ReadRange {
            direction: Direction::Backward,
            ..forward
        };
        let rest = forward.after_page(3, Some(4)).unwrap();
        assert_eq!((rest.from, rest.to, rest.limit), (4, 9, Some(2)));
        let rest = backward.after_page(3, Some(6)).unwrap();
        assert_eq!((rest.from, rest.to, rest.limit), (1, 6, Some(2)));
        assert_eq!(forward.after_page(5, Some(6)), None);
        assert_eq!(forward.after_page(3, None), None);
    }
}
