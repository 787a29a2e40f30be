//! The list of items. One pass over the log rebuilds every item.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::Timestamp;
use shared_kernel::aggregate::HistoryError;
use shared_kernel::codec::{DecodeError, DecodedEvents};
use shared_kernel::store::LogQuery;
use shared_kernel::{
    Aggregate, EventId, EventStore, GlobalPosition, Inapplicable, RecordedEvent, StreamId,
    StreamVersion,
};
use work_item::{WorkItem, WorkItemEvent, WorkItemId};

use crate::{ItemOrder, ListQuery, TrackedItem, TrackingError, WorkTracker};

/// The progress of a list. For example, `read` 4,096 of `end` 10,000 is 41 percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListProgress {
    /// The last position read so far.
    pub read: GlobalPosition,
    /// The position at which the list ends.
    pub end: GlobalPosition,
}

impl WorkTracker {
    /// Lists the items that a filter accepts, ordered by number, or answers a [`ListQuery`]. All
    /// items are as of one position of the log: its last position when the call begins.
    ///
    /// It reads all events of all items page by page and calls `progress` after each page. In
    /// memory it keeps one page of events and the state of every item.
    ///
    /// # Errors
    /// [`TrackingError::Repository`] for the first event that cannot be decoded or applied,
    /// [`TrackingError::Store`].
    pub async fn list(
        &self,
        wanted: impl Into<ListQuery>,
        mut progress: impl FnMut(ListProgress) + Send,
    ) -> Result<Vec<TrackedItem>, TrackingError> {
        let wanted = wanted.into();
        let Some(end) = self.events.head().await? else {
            return Ok(Vec::new());
        };
        let mut items = HashMap::new();
        let mut query = LogQuery::new()
            .category(WorkItemId::category())
            .positions(..=end);
        loop {
            let page = self.events.read_log_page(&query).await?;
            for recorded in &page.items {
                let decoded = self.item_codec.decode(recorded);
                take(&mut items, recorded, decoded)?;
            }
            let Some(next) = page.next else { break };
            progress(ListProgress {
                read: next.previous().unwrap_or(next),
                end,
            });
            query = query.positions(next..=end);
        }
        progress(ListProgress { read: end, end });

        let mut listed: Vec<Listed> = items.into_values().filter_map(Replayed::finish).collect();
        listed.retain(|it| wanted.filter.accepts(&it.tracked.item, it.updated_at));
        let number = |it: &Listed| (it.tracked.item.id().number(), it.created);
        match wanted.order {
            ItemOrder::Number => listed.sort_by_key(number),
            ItemOrder::Updated => listed.sort_by_key(|it| (Reverse(it.updated_at), number(it))),
            ItemOrder::Priority => {
                listed.sort_by_key(|it| (Reverse(it.tracked.item.priority()), number(it)));
            }
        }
        listed.truncate(wanted.limit.unwrap_or(usize::MAX));
        Ok(listed.into_iter().map(|it| it.tracked).collect())
    }
}

/// An item with its sort keys.
struct Listed {
    tracked: TrackedItem,
    /// The position of its first event.
    created: GlobalPosition,
    /// The time of its last event.
    updated_at: Timestamp,
}

/// An item under replay.
#[derive(Default)]
struct Replayed {
    /// The version of the last applied event.
    version: StreamVersion,
    /// `None` until the first event.
    item: Option<WorkItem>,
    /// The position of the event that created it.
    created: GlobalPosition,
    /// The time of the last event.
    updated_at: Timestamp,
}

impl Replayed {
    fn finish(self) -> Option<Listed> {
        let item = self.item?;
        Some(Listed {
            tracked: TrackedItem {
                item,
                version: self.version,
            },
            created: self.created,
            updated_at: self.updated_at,
        })
    }
}

/// Applies the events of one record to its item.
fn take(
    items: &mut HashMap<StreamId, Replayed>,
    recorded: &RecordedEvent,
    decoded: Result<DecodedEvents<WorkItemEvent>, DecodeError>,
) -> Result<(), HistoryError> {
    let stream = || recorded.stream.clone();
    let (version, event_id): (StreamVersion, EventId) = (recorded.version, recorded.id);
    let inapplicable = |source: Inapplicable| HistoryError::Inapplicable {
        stream: stream(),
        version,
        event_id,
        source,
    };

    let replayed = items.entry(stream()).or_default();
    let reached = replayed.version;
    if version <= reached {
        return Err(HistoryError::NotIncreasing {
            stream: stream(),
            after: reached,
            version,
            event_id,
        });
    }
    if let Some(expected) = reached.next().filter(|next| *next != version) {
        return Err(HistoryError::Gap {
            stream: stream(),
            expected,
            version,
            event_id,
        });
    }
    let events = decoded.map_err(|source| HistoryError::Undecodable {
        stream: stream(),
        version,
        event_id,
        source,
    })?;
    for event in &events {
        match &mut replayed.item {
            Some(item) => item.apply(event).map_err(inapplicable)?,
            None => {
                let created = <WorkItem as Aggregate>::create(event);
                replayed.item = Some(created.map_err(inapplicable)?);
                replayed.created = recorded.position;
            }
        }
    }
    replayed.version = version;
    replayed.updated_at = recorded.recorded_at;
    Ok(())
}
