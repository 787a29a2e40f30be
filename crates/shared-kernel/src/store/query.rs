//! The queries of a reader, and the pages that answer them.

use std::num::NonZeroUsize;
use std::ops::RangeBounds;

use crate::event::EventType;
use crate::store::read_range::inclusive;
use crate::store::{Direction, ReadRange};
use crate::stream::Category;
use crate::{GlobalPosition, RecordedEvent, StreamId, StreamVersion};

/// The methods of a query that set its `range` and are the same for streams and the log.
macro_rules! range_methods {
    () => {
        /// Reads at most this number of events; `None` for all.
        #[must_use]
        pub fn limit(mut self, limit: impl Into<Option<u64>>) -> Self {
            self.range.limit = limit.into();
            self
        }

        /// Reads from the newest to the oldest.
        #[must_use]
        pub fn backward(self) -> Self {
            self.direction(Direction::Backward)
        }

        /// Reads in this direction.
        #[must_use]
        pub fn direction(mut self, direction: Direction) -> Self {
            self.range.direction = direction;
            self
        }

        /// Reads pages of at most this number of events.
        #[must_use]
        pub fn page_size(mut self, page_size: NonZeroUsize) -> Self {
            self.range.page_size = page_size;
            self
        }

        /// The number of events that one page may hold: the smaller of page size and limit.
        #[must_use]
        pub fn page_limit(&self) -> usize {
            self.range.page_limit()
        }
    };
}

/// A read of one stream.
///
/// ```
/// use shared_kernel::store::StreamQuery;
/// use shared_kernel::{StreamId, StreamVersion};
///
/// let order = StreamId::new("order-1")?;
/// let last_ten = StreamQuery::new(order.clone()).backward().limit(10);
/// assert_eq!(last_ten.range.limit, Some(10));
///
/// let part = StreamQuery::new(order).versions(3..=9);
/// assert_eq!(part.range.from, StreamVersion::from(3));
/// assert_eq!(part.range.to, StreamVersion::from(9));
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamQuery {
    /// The stream.
    pub stream: StreamId,
    /// The versions to read, and how.
    pub range: ReadRange<StreamVersion>,
}

impl StreamQuery {
    /// All of a stream, forward.
    #[must_use]
    pub fn new(stream: StreamId) -> Self {
        Self {
            stream,
            range: ReadRange::new(StreamVersion::EMPTY, StreamVersion::MAX),
        }
    }

    /// Reads these versions only, such as `3..=9`, `10..` or `..version`. A second call replaces
    /// the first. A range without a version, such as `5..5`, reads nothing.
    #[must_use]
    pub fn versions<V: Into<StreamVersion> + Clone>(mut self, range: impl RangeBounds<V>) -> Self {
        (self.range.from, self.range.to) = inclusive(range);
        self
    }

    range_methods!();
}

/// A read of the whole log.
///
/// ```
/// use shared_kernel::event::EventType;
/// use shared_kernel::store::LogQuery;
/// use shared_kernel::stream::Category;
/// use shared_kernel::GlobalPosition;
///
/// let query = LogQuery::new()
///     .positions(10..)
///     .category(Category::new("work_item")?)
///     .event_type(EventType::new("WorkItemCompleted")?);
/// assert_eq!(query.range.from, GlobalPosition::from(10));
/// assert!(query.filter.categories.len() == 1 && query.filter.event_types.len() == 1);
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// The positions to read, and how.
    pub range: ReadRange<GlobalPosition>,
    /// The selection of events, applied before the limit.
    pub filter: EventFilter,
}

impl LogQuery {
    /// The whole log, forward.
    #[must_use]
    pub fn new() -> Self {
        Self {
            range: ReadRange::new(GlobalPosition::START, GlobalPosition::MAX),
            filter: EventFilter::default(),
        }
    }

    /// Reads these positions only, such as `10..` or `..=position`. A second call replaces the
    /// first. A range without a position, such as `5..5`, reads nothing.
    #[must_use]
    pub fn positions<P: Into<GlobalPosition> + Clone>(
        mut self,
        range: impl RangeBounds<P>,
    ) -> Self {
        (self.range.from, self.range.to) = inclusive(range);
        self
    }

    /// Adds a category to the filter. The first call excludes all other categories.
    #[must_use]
    pub fn category(mut self, category: Category) -> Self {
        self.filter.categories.push(category);
        self
    }

    /// Adds an event type to the filter. The first call excludes all other types.
    #[must_use]
    pub fn event_type(mut self, event_type: EventType) -> Self {
        self.filter.event_types.push(event_type);
        self
    }

    range_methods!();
}

impl Default for LogQuery {
    fn default() -> Self {
        Self::new()
    }
}

/// Selects events of the log by category and by event type.
///
/// An empty list selects all. For example, with two categories and no event type, the filter
/// accepts all events of both categories.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// The accepted categories; empty for all.
    pub categories: Vec<Category>,
    /// The accepted event types; empty for all.
    pub event_types: Vec<EventType>,
}

impl EventFilter {
    /// Whether the filter accepts an event of this stream and type.
    #[must_use]
    pub fn accepts(&self, stream: &StreamId, event_type: &EventType) -> bool {
        let category = stream.category_str();
        (self.categories.is_empty() || self.categories.iter().any(|c| c.as_str() == category))
            && (self.event_types.is_empty() || self.event_types.contains(event_type))
    }
}

/// A query for the list of streams, in the byte order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamsQuery {
    /// Only streams of this category; `None` for all.
    pub category: Option<Category>,
    /// Only streams with names after this one.
    pub after: Option<StreamId>,
    /// The number of streams in a page at most;
    /// [`DEFAULT_PAGE_SIZE`](crate::store::DEFAULT_PAGE_SIZE) if `None`.
    pub page_size: Option<NonZeroUsize>,
}

/// A stream and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSummary {
    /// The stream.
    pub stream: StreamId,
    /// The number of its events, at least 1.
    pub version: StreamVersion,
}

/// One page of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, P> {
    /// The items of the page, in the order of the query. A page may have fewer items than its size,
    /// even no item, before the end.
    pub items: Vec<T>,
    /// The beginning of the next page: the new `from` of a forward query, the new `to` of a
    /// backward one. `None` at the end.
    pub next: Option<P>,
}

/// A page of one stream.
pub type StreamPage = Page<RecordedEvent, StreamVersion>;

/// A page of the log.
pub type LogPage = Page<RecordedEvent, GlobalPosition>;

/// A page of the list of streams; `next` is the new `after`.
pub type StreamsPage = Page<StreamSummary, StreamId>;

impl<T, P> Page<T, P> {
    /// An empty last page.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            items: Vec::new(),
            next: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_reads_all_by_default() {
        let stream = StreamId::new("a").unwrap();
        let query = StreamQuery::new(stream.clone());
        assert_eq!(query.stream, stream);
        assert_eq!(
            query.range,
            ReadRange::new(StreamVersion::EMPTY, StreamVersion::MAX)
        );
        let query = LogQuery::default();
        assert_eq!(
            query.range,
            ReadRange::new(GlobalPosition::START, GlobalPosition::MAX)
        );
    }

    #[test]
    fn each_setter_changes_only_its_own_field() {
        let stream = StreamId::new("a").unwrap();
        let seven = NonZeroUsize::new(7).unwrap();
        let query = StreamQuery::new(stream.clone())
            .versions(2..6)
            .limit(3)
            .backward()
            .page_size(seven);
        let expected = StreamQuery {
            stream,
            range: ReadRange {
                from: 2.into(),
                to: 5.into(),
                limit: Some(3),
                direction: Direction::Backward,
                page_size: seven,
            },
        };
        assert_eq!(query, expected);
        assert_eq!(query.page_limit(), 3);

        let from: GlobalPosition = 2.into();
        let query = LogQuery::new()
            .positions(from..)
            .category(Category::new("a").unwrap())
            .event_type(EventType::new("E").unwrap())
            .limit(3)
            .backward()
            .page_size(seven);
        let expected = LogQuery {
            range: ReadRange {
                from,
                to: GlobalPosition::MAX,
                limit: Some(3),
                direction: Direction::Backward,
                page_size: seven,
            },
            filter: EventFilter {
                categories: vec![Category::new("a").unwrap()],
                event_types: vec![EventType::new("E").unwrap()],
            },
        };
        assert_eq!(query, expected);
        assert_eq!(query.page_limit(), 3);
    }

    #[test]
    fn a_filter_accepts_one_of_its_categories_with_one_of_its_types() {
        let accepts = |filter: &EventFilter, stream: &str, event_type: &str| {
            let stream = StreamId::new(stream).unwrap();
            filter.accepts(&stream, &EventType::new(event_type).unwrap())
        };
        let anything = EventFilter::default();
        assert!(accepts(&anything, "a-1", "E"));

        let query = LogQuery::new()
            .category(Category::new("a").unwrap())
            .category(Category::new("b").unwrap())
            .event_type(EventType::new("E").unwrap())
            .event_type(EventType::new("F").unwrap());
        assert!(accepts(&query.filter, "a-1", "E"));
        assert!(accepts(&query.filter, "b", "F"));
        assert!(!accepts(&query.filter, "c-1", "E"));
        assert!(!accepts(&query.filter, "a-1", "G"));
        assert!(!accepts(&query.filter, "a1", "E"));
    }

    #[test]
    fn an_empty_page_has_nothing_after_it() {
        let page = StreamsPage::empty();
        assert!(page.items.is_empty() && page.next.is_none());
    }
}
