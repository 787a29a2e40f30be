//! The present names of items: their numbers and titles.

use std::collections::HashMap;

use shared_kernel::event::EventType;
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStore, GlobalPosition, RecordedEvent, StreamId};
use work_item::{Title, WorkItemEvent, WorkItemId, WorkNumber};

use crate::dependents::readable;
use crate::{TrackingError, WorkTracker};

/// The types of the events that give an item its name.
const NAMING: [&str; 2] = ["WorkItemCreated", "WorkItemRetitled"];

/// The name of an item: `WORK-007 Write the report`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemName {
    /// The number.
    pub number: WorkNumber,
    /// The title.
    pub title: Title,
}

/// The names that the events after a position give to items.
///
/// For example, after position 100 the item `WORK-007` got the title "Read it", and `WORK-020` was
/// created. Another source, such as a read model, has the other names as of position 100.
#[derive(Debug, Clone, Default)]
pub struct NameChanges {
    through: GlobalPosition,
    by_stream: HashMap<StreamId, (Option<WorkNumber>, Title)>,
}

impl NameChanges {
    /// The present name of an item that had this name, or none, before the changes.
    #[must_use]
    pub fn apply(&self, stream: &StreamId, before: Option<ItemName>) -> Option<ItemName> {
        let Some((number, title)) = self.by_stream.get(stream) else {
            return before;
        };
        Some(ItemName {
            number: number.or(before.map(|before| before.number))?,
            title: title.clone(),
        })
    }

    /// Takes an event of an item. Only a creation and a new title change its name.
    pub fn take(&mut self, stream: &StreamId, event: &WorkItemEvent) {
        let (number, title) = match event {
            WorkItemEvent::WorkItemCreated { id, title, .. } => (Some(id.number()), title),
            WorkItemEvent::WorkItemRetitled { title } => (None, title),
            _ => return,
        };
        let known = self.by_stream.entry(stream.clone());
        let known = known.or_insert_with(|| (None, title.clone()));
        *known = (number.or(known.0), title.clone());
    }

    /// The items with a change, in no order.
    pub fn streams(&self) -> impl Iterator<Item = &StreamId> {
        self.by_stream.keys()
    }
}

impl WorkTracker {
    /// The names that the events after a position give, up to the end of the log. From the start,
    /// these are the names of all items. An event that cannot be read is passed over.
    ///
    /// # Errors
    /// [`TrackingError::Store`].
    pub async fn name_changes(&self, after: GlobalPosition) -> Result<NameChanges, TrackingError> {
        let mut changes = NameChanges {
            through: after,
            ..NameChanges::default()
        };
        let end = self.events.head().await?.unwrap_or(GlobalPosition::START);
        let mut query = LogQuery::new().category(WorkItemId::category());
        let types = NAMING.iter().filter_map(|name| EventType::new(*name).ok());
        query.filter.event_types = types.collect();
        let mut first = after.next();
        while let Some(from) = first.filter(|from| *from <= end) {
            query = query.positions(from..=end);
            let page = self.events.read_log_page(&query).await?;
            for recorded in &page.items {
                self.take_name(recorded, &mut changes)?;
            }
            first = page.next;
        }
        changes.through = changes.through.max(end);
        Ok(changes)
    }

    /// Takes the name that a later event gives. Events in the changes already are passed over, and
    /// so is an event that gives no name.
    ///
    /// # Errors
    /// [`TrackingError::Store`].
    pub fn take_name(
        &self,
        recorded: &RecordedEvent,
        changes: &mut NameChanges,
    ) -> Result<(), TrackingError> {
        if recorded.position <= changes.through || !NAMING.contains(&recorded.event_type.as_str()) {
            return Ok(());
        }
        changes.through = recorded.position;
        let Some(events) = readable(self.decode(recorded))? else {
            return Ok(());
        };
        for event in &events {
            changes.take(&recorded.stream, event);
        }
        Ok(())
    }
}
