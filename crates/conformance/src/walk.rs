//! Walks through pages, as a caller of the port makes them, with checks of every page.
//!
//! It keeps away from `EventStoreExt`: a store that never comes to an end must fail a law, not hang
//! it.

use shared_kernel::store::{
    AppendReceipt, Direction, LogQuery, StreamQuery, StreamSummary, StreamsQuery,
};
use shared_kernel::{
    Append, AppendError, EventStore, ExpectedVersion, GlobalPosition, RecordedEvent, StreamId,
    StreamVersion,
};

use crate::specimen::{self, events};

/// All that a query asks of one stream.
pub(crate) async fn stream(store: &dyn EventStore, query: StreamQuery) -> Vec<RecordedEvent> {
    stream_to_the_last_page(store, query).await.0
}

/// All events of a stream query, and the next page that the last page names.
pub(crate) async fn stream_to_the_last_page(
    store: &dyn EventStore,
    mut rest: StreamQuery,
) -> (Vec<RecordedEvent>, Option<StreamVersion>) {
    let mut found = Vec::new();
    loop {
        let page = store.read_stream_page(&rest).await;
        let page = page.expect("a page of a stream can be read");
        take(
            &mut found,
            page.items,
            &mut rest.range.limit,
            rest.range.page_size.get(),
        );
        let Some(next) = page.next.filter(|_| rest.range.limit != Some(0)) else {
            return (found, page.next);
        };
        match rest.range.direction {
            Direction::Forward => {
                assert!(
                    next > rest.range.from,
                    "the next page does not move on: {rest:?}"
                );
                rest.range.from = next;
            }
            Direction::Backward => {
                assert!(
                    next < rest.range.to,
                    "the next page does not move on: {rest:?}"
                );
                rest.range.to = next;
            }
        }
    }
}

/// All that a query asks of the log.
pub(crate) async fn log(store: &dyn EventStore, query: LogQuery) -> Vec<RecordedEvent> {
    log_to_the_last_page(store, query).await.0
}

/// All events of a log query, and the next page that the last page names.
pub(crate) async fn log_to_the_last_page(
    store: &dyn EventStore,
    mut rest: LogQuery,
) -> (Vec<RecordedEvent>, Option<GlobalPosition>) {
    let mut found = Vec::new();
    loop {
        let page = store.read_log_page(&rest).await;
        let page = page.expect("a page of the log can be read");
        take(
            &mut found,
            page.items,
            &mut rest.range.limit,
            rest.range.page_size.get(),
        );
        let Some(next) = page.next.filter(|_| rest.range.limit != Some(0)) else {
            return (found, page.next);
        };
        match rest.range.direction {
            Direction::Forward => {
                assert!(
                    next > rest.range.from,
                    "the next page does not move on: {rest:?}"
                );
                rest.range.from = next;
            }
            Direction::Backward => {
                assert!(
                    next < rest.range.to,
                    "the next page does not move on: {rest:?}"
                );
                rest.range.to = next;
            }
        }
    }
}

/// All streams that a query asks for.
pub(crate) async fn streams(store: &dyn EventStore, query: StreamsQuery) -> Vec<StreamSummary> {
    let mut rest = query.clone();
    let mut found = Vec::new();
    loop {
        let page = store.list_streams(&rest).await;
        let page = page.expect("a page of the list of streams can be read");
        if let Some(page_size) = query.page_size {
            assert!(page.items.len() <= page_size.get(), "a page is too large");
        }
        found.extend(page.items);
        let Some(next) = page.next else { return found };
        let moves_on = rest.after.as_ref().is_none_or(|after| *after < next);
        assert!(moves_on, "the next page does not move on: {rest:?}");
        rest.after = Some(next);
    }
}

/// Everything in one stream, forward.
pub(crate) async fn whole_stream(store: &dyn EventStore, name: &StreamId) -> Vec<RecordedEvent> {
    stream(store, StreamQuery::new(name.clone())).await
}

/// Everything in the log, forward.
pub(crate) async fn whole_log(store: &dyn EventStore) -> Vec<RecordedEvent> {
    log(store, LogQuery::new()).await
}

/// Appends, and fails the law if the append does not land.
pub(crate) async fn land(store: &dyn EventStore, append: Append) -> AppendReceipt {
    store.append(append).await.expect("the append lands")
}

/// Adds `count` events to a stream at any version.
pub(crate) async fn add(store: &dyn EventStore, name: impl AsRef<str>, count: usize) {
    let name = specimen::stream(name);
    land(
        store,
        Append::new().write(name, ExpectedVersion::Any, events(count)),
    )
    .await;
}

/// Appends, and fails the law unless the append is refused and nothing was written.
pub(crate) async fn refused(store: &dyn EventStore, append: Append) -> AppendError {
    let before = whole_log(store).await;
    let error = store.append(append).await;
    let error = error.expect_err("the append is refused");
    let after = whole_log(store).await;
    assert!(
        before == after,
        "the append was refused with {error:?}, but the log went from {} to {} events",
        before.len(),
        after.len()
    );
    error
}

/// The positions of events, in order.
pub(crate) fn positions(events: &[RecordedEvent]) -> Vec<GlobalPosition> {
    events.iter().map(|event| event.position).collect()
}

fn take(
    found: &mut Vec<RecordedEvent>,
    items: Vec<RecordedEvent>,
    limit: &mut Option<u64>,
    page_size: usize,
) {
    let count = items.len() as u64;
    assert!(items.len() <= page_size, "a page is too large");
    if let Some(limit) = limit {
        assert!(count <= *limit, "a page goes past the limit");
        *limit -= count;
    }
    found.extend(items);
}
