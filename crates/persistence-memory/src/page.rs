//! Owns the arithmetic of pages: which events answer a query, and where the next page begins.
//!
//! A page is bounded work, however long the log is and however little of it a filter lets pass, so
//! that no reader holds the lock for long.

use std::ops::{Bound, Range};

use shared_kernel::store::{
    DEFAULT_PAGE_SIZE, Direction, LogQuery, Page, StreamQuery, StreamSummary, StreamsPage,
    StreamsQuery,
};
use shared_kernel::stream::Category;
use shared_kernel::{GlobalPosition, RecordedEvent, StreamId, StreamVersion};

use crate::entry::Entry;
use crate::log::Log;

/// How many events a page of the log looks at before it answers with what it has.
const MOST_EVENTS_SCANNED: usize = 4096;

/// A page as it is found under the lock; its records are made afterwards.
pub(crate) type Found<P> = Page<Entry, P>;

/// The page that a query is answered with.
pub(crate) fn recorded<P>(found: Found<P>) -> Page<RecordedEvent, P> {
    Page {
        items: found.items.iter().map(Entry::record).collect(),
        next: found.next,
    }
}

pub(crate) fn stream_page(log: &Log, query: &StreamQuery) -> Found<StreamVersion> {
    let indexes = log
        .streams()
        .get(&query.stream)
        .map_or(&[][..], Vec::as_slice);
    let (from, to) = (query.range.from.get(), query.range.to.get());
    let wanted = Stretch::between(from, to, indexes.len(), query.range.direction);
    let taken = wanted.len().min(query.page_limit());
    Page {
        items: (0..taken)
            .map(|n| log.entries()[indexes[wanted.index(n)]].clone())
            .collect(),
        next: wanted
            .place_unless_done(taken, done(query.range.limit, taken))
            .and_then(|place| StreamVersion::new(place).ok()),
    }
}

pub(crate) fn log_page(log: &Log, query: &LogQuery) -> Found<GlobalPosition> {
    let (from, to) = (query.range.from.get(), query.range.to.get());
    let wanted = Stretch::between(from, to, log.entries().len(), query.range.direction);
    let mut items = Vec::new();
    let mut scanned = 0;
    while scanned < wanted.len().min(MOST_EVENTS_SCANNED) && items.len() < query.page_limit() {
        let entry = &log.entries()[wanted.index(scanned)];
        let brought = &entry.brought;
        if query
            .filter
            .accepts(&brought.stream, &brought.event.event_type)
        {
            items.push(entry.clone());
        }
        scanned += 1;
    }
    Page {
        next: wanted
            .place_unless_done(scanned, done(query.range.limit, items.len()))
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

/// The names past `after` that are in the category, in byte order, without looking at others.
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
    // A category holds the stream that is called like it and those that go on with a dash; in byte
    // order there may be streams of other categories between the two.
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

/// Whether what a query asks for at most has been given.
fn done(limit: Option<u64>, given: usize) -> bool {
    limit.is_some_and(|limit| limit <= given as u64)
}

/// The part of a list that a query asks for, in reading order. Queries count from 1, the list from
/// 0.
struct Stretch {
    indexes: Range<usize>,
    direction: Direction,
}

impl Stretch {
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

    /// Where to go on after the first `n`, counted from 1.
    fn place_unless_done(&self, n: usize, done: bool) -> Option<u64> {
        (n < self.len() && !done).then(|| self.index(n) as u64 + 1)
    }
}
