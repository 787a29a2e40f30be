//! The list of items. One pass over the log rebuilds every item.

use std::collections::HashMap;

use shared_kernel::aggregate::HistoryError;
use shared_kernel::codec::{DecodeError, DecodedEvents};
use shared_kernel::store::LogQuery;
use shared_kernel::{
    Aggregate, EventId, EventStore, GlobalPosition, Inapplicable, RecordedEvent, StreamId,
    StreamVersion,
};
use work_item::{WorkItem, WorkItemEvent, WorkItemId};

use crate::{ItemFilter, TrackedItem, TrackingError, WorkTracker};

/// The progress of a list. For example, `read` 4,096 of `end` 10,000 is 41 percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListProgress {
    /// The last position read so far.
    pub read: GlobalPosition,
    /// The position at which the list ends.
    pub end: GlobalPosition,
}

impl WorkTracker {
    /// Lists the items that a filter accepts, ordered by number. All items are as of one position
    /// of the log: its last position when the call begins.
    ///
    /// It reads all events of all items page by page and calls `progress` after each page. In
    /// memory it keeps one page of events and the state of every item.
    ///
    /// # Errors
    /// [`TrackingError::Repository`] for the first event that cannot be decoded or applied,
    /// [`TrackingError::Store`].
    pub async fn list(
        &self,
        filter: &ItemFilter,
        mut progress: impl FnMut(ListProgress) + Send,
    ) -> Result<Vec<TrackedItem>, TrackingError> {
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

        let tracked = items.into_values().filter_map(Replayed::finish);
        let mut wanted: Vec<TrackedItem> = tracked
            .filter(|tracked| filter.accepts(&tracked.item))
            .collect();
        wanted.sort_by_key(|tracked| tracked.item.id().number());
        Ok(wanted)
    }
}

/// An item under replay.
#[derive(Default)]
struct Replayed {
    /// The version of the last applied event.
    version: StreamVersion,
    /// `None` until the first event.
    item: Option<WorkItem>,
}

impl Replayed {
    fn finish(self) -> Option<TrackedItem> {
        let item = self.item?;
        Some(TrackedItem {
            item,
            version: self.version,
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
            }
        }
    }
    replayed.version = version;
    Ok(())
}
