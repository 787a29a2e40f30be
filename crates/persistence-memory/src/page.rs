//! The pages of queries: the events of a page, and the start of the next page.
//!
//! A page examines at most [`MAX_EVENTS_SCANNED`] events, so no reader holds the lock for long. For
//! example, in a log of 10,000 events of which the filter accepts only the last, the first two
//! pages are empty and the third holds the event.

use std::ops::{Bound, Range};

use shared_kernel::store::{
    DEFAULT_PAGE_SIZE, Direction, LogQuery, Page, StreamQuery, StreamSummary, StreamsPage,
    StreamsQuery,
};
use shared_kernel::stream::Category;
use shared_kernel::{GlobalPosition, RecordedEvent, StreamId, StreamVersion};

use crate::entry::Entry;
use crate::log::Log;

/// The largest number of events that one page of the log examines.
const MAX_EVENTS_SCANNED: usize = 4096;

/// A page as it is read under the lock. [`recorded`] builds its records after the lock is released.
pub(crate) type EntryPage<P> = Page<Entry, P>;

/// Builds the records of a page.
pub(crate) fn recorded<P>(found: EntryPage<P>) -> Page<RecordedEvent, P> {
    Page {
        items: found.items.iter().map(Entry::record).collect(),
        next: found.next,
    }
}

pub(crate) fn stream_page(log: &Log, query: &StreamQuery) -> EntryPage<StreamVersion> {
    let indexes = log
        .streams()
        .get(&query.stream)
        .map_or(&[][..], Vec::as_slice);
    let (from, to) = (query.range.from.get(), query.range.to.get());
    let wanted = IndexRange::between(from, to, indexes.len(), query.range.direction);
    let taken = wanted.len().min(query.page_limit());
    Page {
        items: (0..taken)
            .map(|n| log.entries()[indexes[wanted.index(n)]].clone())
            .collect(),
        next: wanted
            .next_unless(taken, done(query.range.limit, taken))
            .and_then(|place| StreamVersion::new(place).ok()),
    }
}

pub(crate) fn log_page(log: &Log, query: &LogQuery) -> EntryPage<GlobalPosition> {
    let (from, to) = (query.range.from.get(), query.range.to.get());
    let wanted = IndexRange::between(from, to, log.entries().len(), query.range.direction);
    let mut items = Vec::new();
    let mut scanned = 0;
    while scanned < wanted.len().min(MAX_EVENTS_SCANNED) && items.len() < query.page_limit() {
        let entry = &log.entries()[wanted.index(scanned)];
        let content = &entry.content;
        if query
            .filter
            .accepts(&content.stream, &content.event.event_type)
        {
            items.push(entry.clone());
        }
        scanned += 1;
    }
    Page {
        next: wanted
            .next_unless(scanned, done(query.range.limit, items.len()))
            .and_then(|place| GlobalPosition::new(place).ok()),
        items,
    }
}

pub(crate) fn streams_page(log: &Log, query: &StreamsQuery) -> StreamsPage {
    let page_size = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE).get();
    let after = query.after.as_ref();
    let mut found = names(log, query.category.as_ref(), after);
    let items: Vec<_> = found
        .by_ref()
        .take(page_size)
        .map(|stream| StreamSummary {
            stream: stream.clone(),
            version: log.version_of(stream),
        })
        .collect();
    let more = found.next().is_some();
    let last = items.last().filter(|_| more);
    Page {
        next: last.map(|summary| summary.stream.clone()),
        items,
    }
}

/// The names of a category after `after`, in byte order. It does not visit other categories.
fn names<'a>(
    log: &'a Log,
    category: Option<&Category>,
    after: Option<&StreamId>,
) -> Box<dyn Iterator<Item = &'a StreamId> + 'a> {
    let past = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.clone()));
    let Some(category) = category else {
        let all = log.streams().range((past, Bound::Unbounded));
        return Box::new(all.map(|(name, _)| name));
    };
    // The category `lamp` holds the stream `lamp` and every `lamp-…`. Streams of other categories
    // may sort between them, for example `lamp+1`, so they are looked up separately.
    let alone = StreamId::new(category.as_str()).ok();
    let alone = alone
        .filter(|alone| after.is_none_or(|after| alone > after))
        .and_then(|alone| log.streams().get_key_value(&alone));
    let prefix = format!("{category}-");
    let start = match StreamId::new(&prefix) {
        Ok(first) if after.is_none_or(|after| *after < first) => Bound::Included(first),
        _ => past,
    };
    let dashed = log.streams().range((start, Bound::Unbounded));
    Box::new(
        alone.into_iter().map(|(name, _)| name).chain(
            dashed
                .map(|(name, _)| name)
                .take_while(move |name| name.as_str().starts_with(&prefix)),
        ),
    )
}

/// Whether a query has all the events that its limit allows.
fn done(limit: Option<u64>, given: usize) -> bool {
    limit.is_some_and(|limit| limit <= given as u64)
}

/// The indexes that a query covers, in reading order. A query counts from 1 and the list from 0: a
/// backward query from 2 to 4 reads the indexes 3, 2, 1.
struct IndexRange {
    indexes: Range<usize>,
    direction: Direction,
}

impl IndexRange {
    fn between(from: u64, to: u64, count: usize, direction: Direction) -> Self {
        let to = usize::try_from(to).map_or(count, |to| to.min(count));
        let skipped = usize::try_from(from.saturating_sub(1)).map_or(to, |from| from.min(to));
        Self {
            indexes: skipped..to,
            direction,
        }
    }

    fn len(&self) -> usize {
        self.indexes.len()
    }

    fn index(&self, n: usize) -> usize {
        match self.direction {
            Direction::Forward => self.indexes.start + n,
            Direction::Backward => self.indexes.end - 1 - n,
        }
    }

    /// The start of the next page after the first `n` events, counted from 1.
    fn next_unless(&self, n: usize, done: bool) -> Option<u64> {
        (n < self.len() && !done).then(|| self.index(n) as u64 + 1)
    }
}
