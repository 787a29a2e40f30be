//! Owns what a reader asks of a store, and the page that answers.

use std::num::NonZeroUsize;

use crate::{Category, EventType, GlobalPosition, RecordedEvent, StreamId, StreamVersion};

/// The order in which events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// From the oldest to the newest.
    #[default]
    Forward,
    /// From the newest to the oldest.
    Backward,
}

/// How many events a reader takes at once where nothing else is said.
pub const DEFAULT_PAGE_SIZE: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// Which part of one stream to read. Both bounds are inclusive, in either direction; a backward
/// read gives the forward one reversed, and `limit` counts from where the reading begins.
///
/// ```
/// use shared_kernel::{StreamId, StreamQuery};
///
/// let last_ten = StreamQuery::new(StreamId::new("order-1")?).backward().limit(10);
/// assert_eq!(last_ten.limit, Some(10));
/// # Ok::<(), shared_kernel::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamQuery {
    /// The stream.
    pub stream: StreamId,
    /// The lowest version wanted.
    pub from: StreamVersion,
    /// The highest version wanted.
    pub to: StreamVersion,
    /// How many events are wanted at most; `None` for all.
    pub limit: Option<u64>,
    /// In which order they come.
    pub direction: Direction,
    /// How many a page holds at most. It changes nothing of what is read.
    pub page_size: NonZeroUsize,
}

impl StreamQuery {
    /// All of a stream, forward.
    #[must_use]
    pub fn new(stream: StreamId) -> Self {
        Self {
            stream,
            from: StreamVersion::EMPTY,
            to: StreamVersion::MAX,
            limit: None,
            direction: Direction::Forward,
            page_size: DEFAULT_PAGE_SIZE,
        }
    }

    /// Only events at or above a version.
    #[must_use]
    pub fn from_version(self, from: StreamVersion) -> Self {
        Self { from, ..self }
    }

    /// Only events at or below a version.
    #[must_use]
    pub fn to_version(self, to: StreamVersion) -> Self {
        Self { to, ..self }
    }

    /// At most so many events.
    #[must_use]
    pub fn limit(self, limit: u64) -> Self {
        Self {
            limit: Some(limit),
            ..self
        }
    }

    /// From the newest to the oldest.
    #[must_use]
    pub fn backward(self) -> Self {
        Self {
            direction: Direction::Backward,
            ..self
        }
    }

    /// At most so many events in one page.
    #[must_use]
    pub fn page_size(self, page_size: NonZeroUsize) -> Self {
        Self { page_size, ..self }
    }

    /// The most events that the answer to this query may hold: the smaller of page size and limit.
    #[must_use]
    pub fn page_limit(&self) -> usize {
        page_limit(self.page_size, self.limit)
    }
}

/// Which part of the whole log to read. Both bounds are inclusive, in either direction.
///
/// ```
/// use shared_kernel::{Category, EventType, LogQuery};
///
/// let query = LogQuery::new()
///     .category(Category::new("work_item")?)
///     .event_type(EventType::new("WorkItemCompleted")?);
/// assert!(query.filter.categories.len() == 1 && query.filter.event_types.len() == 1);
/// # Ok::<(), shared_kernel::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// The lowest position wanted.
    pub from: GlobalPosition,
    /// The highest position wanted.
    pub to: GlobalPosition,
    /// Which events count at all; applied before `limit`.
    pub filter: EventFilter,
    /// How many events are wanted at most; `None` for all.
    pub limit: Option<u64>,
    /// In which order they come.
    pub direction: Direction,
    /// How many a page holds at most. It changes nothing of what is read.
    pub page_size: NonZeroUsize,
}

impl LogQuery {
    /// The whole log, forward.
    #[must_use]
    pub fn new() -> Self {
        Self {
            from: GlobalPosition::START,
            to: GlobalPosition::MAX,
            filter: EventFilter::default(),
            limit: None,
            direction: Direction::Forward,
            page_size: DEFAULT_PAGE_SIZE,
        }
    }

    /// Only events at or above a position.
    #[must_use]
    pub fn from_position(self, from: GlobalPosition) -> Self {
        Self { from, ..self }
    }

    /// Only events at or below a position.
    #[must_use]
    pub fn to_position(self, to: GlobalPosition) -> Self {
        Self { to, ..self }
    }

    /// Also events of this category; the first call shuts out all other categories.
    #[must_use]
    pub fn category(mut self, category: Category) -> Self {
        self.filter.categories.push(category);
        self
    }

    /// Also events of this type; the first call shuts out all other types.
    #[must_use]
    pub fn event_type(mut self, event_type: EventType) -> Self {
        self.filter.event_types.push(event_type);
        self
    }

    /// At most so many events.
    #[must_use]
    pub fn limit(self, limit: u64) -> Self {
        Self {
            limit: Some(limit),
            ..self
        }
    }

    /// From the newest to the oldest.
    #[must_use]
    pub fn backward(self) -> Self {
        Self {
            direction: Direction::Backward,
            ..self
        }
    }

    /// At most so many events in one page.
    #[must_use]
    pub fn page_size(self, page_size: NonZeroUsize) -> Self {
        Self { page_size, ..self }
    }

    /// The most events that the answer to this query may hold: the smaller of page size and limit.
    #[must_use]
    pub fn page_limit(&self) -> usize {
        page_limit(self.page_size, self.limit)
    }
}

impl Default for LogQuery {
    fn default() -> Self {
        Self::new()
    }
}

/// Which events of the log count: those of one of the categories and of one of the types. An empty
/// list asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// The categories wanted; empty for all.
    pub categories: Vec<Category>,
    /// The event types wanted; empty for all.
    pub event_types: Vec<EventType>,
}

impl EventFilter {
    /// Whether an event of this stream and type counts.
    #[must_use]
    pub fn accepts(&self, stream: &StreamId, event_type: &EventType) -> bool {
        let category = stream.category_str();
        (self.categories.is_empty() || self.categories.iter().any(|c| c.as_str() == category))
            && (self.event_types.is_empty() || self.event_types.contains(event_type))
    }
}

/// Which streams to list, in the byte order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamsQuery {
    /// Only streams of this category; `None` for all.
    pub category: Option<Category>,
    /// Only streams whose names sort after this one.
    pub after: Option<StreamId>,
    /// How many a page holds at most; [`DEFAULT_PAGE_SIZE`] where `None`.
    pub page_size: Option<NonZeroUsize>,
}

/// A stream and how far it has come.
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
    /// What the page holds, in the order asked for. It may be fewer than asked for, even none, and
    /// still not be the end.
    pub items: Vec<T>,
    /// Where the next page begins: the new `from` of a forward query, the new `to` of a backward
    /// one. `None` at the end of what the query asks for.
    pub next: Option<P>,
}

/// A page of one stream.
pub type StreamPage = Page<RecordedEvent, StreamVersion>;

/// A page of the log.
pub type LogPage = Page<RecordedEvent, GlobalPosition>;

/// A page of the list of streams; `next` is the new `after`.
pub type StreamsPage = Page<StreamSummary, StreamId>;

impl<T, P> Page<T, P> {
    /// A page that holds nothing, with nothing after it.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            items: Vec::new(),
            next: None,
        }
    }
}

fn page_limit(page_size: NonZeroUsize, limit: Option<u64>) -> usize {
    let limit = limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX);
    page_size.get().min(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(number: usize) -> NonZeroUsize {
        NonZeroUsize::new(number).unwrap()
    }

    #[test]
    fn a_query_asks_for_all_unless_said() {
        let stream = StreamId::new("a").unwrap();
        let query = StreamQuery::new(stream.clone());
        assert_eq!(query.stream, stream);
        assert_eq!(
            (query.from, query.to),
            (StreamVersion::EMPTY, StreamVersion::MAX)
        );
        assert_eq!((query.limit, query.direction), (None, Direction::Forward));
        assert_eq!(query.page_limit(), DEFAULT_PAGE_SIZE.get());

        let query = LogQuery::default();
        assert_eq!(
            (query.from, query.to),
            (GlobalPosition::START, GlobalPosition::MAX)
        );
        assert_eq!((query.limit, query.direction), (None, Direction::Forward));
        assert_eq!(query.page_limit(), DEFAULT_PAGE_SIZE.get());
    }

    #[test]
    fn each_setter_changes_its_own_part() {
        let stream = StreamId::new("a").unwrap();
        let query = StreamQuery::new(stream.clone())
            .from_version(2.into())
            .to_version(5.into())
            .limit(3)
            .backward()
            .page_size(size(7));
        let expected = StreamQuery {
            stream,
            from: 2.into(),
            to: 5.into(),
            limit: Some(3),
            direction: Direction::Backward,
            page_size: size(7),
        };
        assert_eq!(query, expected);

        let query = LogQuery::new()
            .from_position(2.into())
            .to_position(5.into())
            .category(Category::new("a").unwrap())
            .event_type(EventType::new("E").unwrap())
            .limit(3)
            .backward()
            .page_size(size(7));
        let expected = LogQuery {
            from: 2.into(),
            to: 5.into(),
            filter: EventFilter {
                categories: vec![Category::new("a").unwrap()],
                event_types: vec![EventType::new("E").unwrap()],
            },
            limit: Some(3),
            direction: Direction::Backward,
            page_size: size(7),
        };
        assert_eq!(query, expected);
    }

    #[test]
    fn a_page_holds_the_smaller_of_its_size_and_the_limit() {
        let stream = StreamQuery::new(StreamId::new("a").unwrap()).page_size(size(5));
        let log = LogQuery::new().page_size(size(5));
        for (limit, expected) in [(0, 0), (4, 4), (5, 5), (6, 5), (u64::MAX, 5)] {
            assert_eq!(stream.clone().limit(limit).page_limit(), expected);
            assert_eq!(log.clone().limit(limit).page_limit(), expected);
        }
    }

    #[test]
    fn a_filter_wants_one_of_the_categories_and_one_of_the_types() {
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
