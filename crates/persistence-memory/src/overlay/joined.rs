//! The pages of an overlay: first the events of the store, then its own; or backward.

use std::num::NonZeroUsize;

use shared_kernel::store::{Direction, Page, ReadRange};
use shared_kernel::{RecordedEvent, StoreError};

/// Joins a page of the store with own events.
///
/// `last` is the last version or position of the store that is shown; `None` without one. `own` has
/// the first own events of the range in reading order, one more than a page holds.
pub(super) async fn joined<P: Copy + Ord>(
    range: ReadRange<P>,
    last: Option<P>,
    own: Vec<RecordedEvent>,
    number: fn(&RecordedEvent) -> P,
    read: impl AsyncFnOnce(ReadRange<P>) -> Result<Page<RecordedEvent, P>, StoreError>,
) -> Result<Page<RecordedEvent, P>, StoreError> {
    let below = last.filter(|last| range.from <= *last);
    let in_base = below.map(|last| ReadRange {
        to: range.to.min(last),
        ..range
    });
    let is_done = |count: usize| range.limit.is_some_and(|limit| limit <= count as u64);
    match range.direction {
        Direction::Forward => {
            let mut page = match in_base {
                Some(range) => read(range).await?,
                None => Page {
                    items: Vec::new(),
                    next: None,
                },
            };
            if page.next.is_some() {
                return Ok(page);
            }
            let room = range.page_limit().saturating_sub(page.items.len());
            let next = own.get(room).map(number);
            page.items.extend(own.into_iter().take(room));
            page.next = next.filter(|_| !is_done(page.items.len()));
            Ok(page)
        }
        Direction::Backward => {
            let room = range.page_limit();
            let next = own.get(room).map(number);
            let items: Vec<_> = own.into_iter().take(room).collect();
            let left = NonZeroUsize::new(range.page_size.get() - items.len());
            match (in_base, left) {
                _ if is_done(items.len()) => Ok(Page { items, next: None }),
                _ if next.is_some() => Ok(Page { items, next }),
                (Some(base), Some(page_size)) => {
                    let taken = items.len() as u64;
                    let limit = range.limit.map(|limit| limit.saturating_sub(taken));
                    let rest = ReadRange {
                        limit,
                        page_size,
                        ..base
                    };
                    let page = read(rest).await?;
                    let items = items.into_iter().chain(page.items).collect();
                    let next = page.next;
                    Ok(Page { items, next })
                }
                (base, _) => {
                    let next = base.map(|base| base.to);
                    Ok(Page { items, next })
                }
            }
        }
    }
}

/// The first `count` own events in the direction of a read. `indexes` are those of the range.
pub(super) fn in_direction<'o>(
    indexes: impl DoubleEndedIterator<Item = usize> + 'o,
    direction: Direction,
    events: &'o [RecordedEvent],
) -> Box<dyn Iterator<Item = &'o RecordedEvent> + 'o> {
    match direction {
        Direction::Forward => Box::new(indexes.map(|index| &events[index])),
        Direction::Backward => Box::new(indexes.rev().map(|index| &events[index])),
    }
}
