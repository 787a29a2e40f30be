//! One pass over the log that rebuilds every item, for the answers about many items.

use std::collections::HashMap;

use jiff::Timestamp;
use shared_kernel::aggregate::HistoryError;
use shared_kernel::store::LogQuery;
use shared_kernel::{
    Aggregate, EventStore, GlobalPosition, Inapplicable, RecordedEvent, StreamId, StreamVersion,
};
use work_item::{WorkItem, WorkItemEvent, WorkItemId};

use crate::{ListProgress, TrackedItem, TrackingError, WorkTracker};

/// An item after the pass.
pub(crate) struct Folded {
    pub(crate) tracked: TrackedItem,
    /// The position of its first event.
    pub(crate) created: GlobalPosition,
    /// The position of its last change of status; at first that of its creation.
    pub(crate) moved: GlobalPosition,
    /// The time of its last event.
    pub(crate) updated_at: Timestamp,
}

impl WorkTracker {
    /// Rebuilds all items from the events up to `end`, or up to the last position when the call
    /// begins. Calls `visit` after each event, with the item as the event left it.
    ///
    /// It reads the log page by page and calls `progress` after each page.
    ///
    /// # Errors
    /// [`TrackingError::Repository`] for the first event that cannot be decoded or applied,
    /// [`TrackingError::Store`].
    pub(crate) async fn fold(
        &self,
        end: Option<GlobalPosition>,
        mut progress: impl FnMut(ListProgress) + Send,
        mut visit: impl FnMut(&WorkItem, &WorkItemEvent, &RecordedEvent) + Send,
    ) -> Result<Vec<Folded>, TrackingError> {
        let Some(head) = self.events.head().await? else {
            return Ok(Vec::new());
        };
        let end = end.map_or(head, |end| end.min(head));
        let mut items: HashMap<StreamId, Replayed> = HashMap::new();
        let mut query = LogQuery::new()
            .category(WorkItemId::category())
            .positions(..=end);
        loop {
            let page = self.events.read_log_page(&query).await?;
            for recorded in &page.items {
                let replayed = items.entry(recorded.stream.clone()).or_default();
                replayed.check_next(recorded)?;
                for event in &self.decode(recorded)? {
                    let item = replayed.apply(event, recorded)?;
                    visit(item, event, recorded);
                }
            }
            let Some(next) = page.next else { break };
            progress(ListProgress {
                read: next.previous().unwrap_or(next),
                end,
            });
            query = query.positions(next..=end);
        }
        progress(ListProgress { read: end, end });
        Ok(items.into_values().filter_map(Replayed::finish).collect())
    }
}

/// An item under replay.
#[derive(Default)]
struct Replayed {
    /// The version of the last applied event.
    version: StreamVersion,
    /// `None` until the first event.
    item: Option<WorkItem>,
    created: GlobalPosition,
    moved: GlobalPosition,
    updated_at: Timestamp,
}

impl Replayed {
    /// Takes the version and the time of the next record of the item.
    fn check_next(&mut self, recorded: &RecordedEvent) -> Result<(), HistoryError> {
        let (version, reached) = (recorded.version, self.version);
        if version <= reached {
            return Err(HistoryError::NotIncreasing {
                stream: recorded.stream.clone(),
                after: reached,
                version,
                event_id: recorded.id,
            });
        }
        if let Some(expected) = reached.next().filter(|next| *next != version) {
            return Err(HistoryError::Gap {
                stream: recorded.stream.clone(),
                expected,
                version,
                event_id: recorded.id,
            });
        }
        self.version = version;
        self.updated_at = recorded.recorded_at;
        Ok(())
    }

    fn apply(
        &mut self,
        event: &WorkItemEvent,
        recorded: &RecordedEvent,
    ) -> Result<&WorkItem, HistoryError> {
        let inapplicable = |source: Inapplicable| HistoryError::Inapplicable {
            stream: recorded.stream.clone(),
            version: recorded.version,
            event_id: recorded.id,
            source,
        };
        if matches!(event, WorkItemEvent::StatusChanged { .. }) {
            self.moved = recorded.position;
        }
        match &mut self.item {
            Some(item) => {
                item.apply(event).map_err(inapplicable)?;
                Ok(item)
            }
            none => {
                let item = <WorkItem as Aggregate>::create(event).map_err(inapplicable)?;
                (self.created, self.moved) = (recorded.position, recorded.position);
                Ok(none.insert(item))
            }
        }
    }

    fn finish(self) -> Option<Folded> {
        Some(Folded {
            tracked: TrackedItem {
                item: self.item?,
                version: self.version,
            },
            created: self.created,
            moved: self.moved,
            updated_at: self.updated_at,
        })
    }
}
