//! The items that depend on an item.

use std::collections::HashMap;

use shared_kernel::event::EventType;
use shared_kernel::repository::AsOf;
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStore, GlobalPosition, StreamId};
use work_item::{DependencyKind, WorkItemEvent, WorkItemId};

use crate::{TrackedItem, TrackingError, WorkTracker};

/// The types of the events that this file matches.
const TYPES: [&str; 2] = ["DependencyAdded", "DependencyRemoved"];

/// An item that depends on another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    /// The dependent item.
    pub tracked: TrackedItem,
    /// `Blocks` if it waits for the other item.
    pub kind: DependencyKind,
}

impl WorkTracker {
    /// The items that depend on an item, ordered by number, from its creation to a position of the
    /// log.
    pub(crate) async fn dependents(
        &self,
        on: WorkItemId,
        created: GlobalPosition,
        end: GlobalPosition,
    ) -> Result<Vec<Dependent>, TrackingError> {
        let mut kinds: HashMap<StreamId, DependencyKind> = HashMap::new();
        let mut query = LogQuery::new()
            .category(WorkItemId::category())
            .positions(created..=end);
        query.filter.event_types = TYPES
            .iter()
            .filter_map(|name| EventType::new(name).ok())
            .collect();
        loop {
            let page = self.events.read_log_page(&query).await?;
            for recorded in &page.items {
                for event in &self.decode(recorded)? {
                    match event {
                        WorkItemEvent::DependencyAdded { on: other, kind } if *other == on => {
                            kinds.insert(recorded.stream.clone(), *kind);
                        }
                        WorkItemEvent::DependencyRemoved { on: other, .. } if *other == on => {
                            kinds.remove(&recorded.stream);
                        }
                        _ => {}
                    }
                }
            }
            let Some(next) = page.next else { break };
            query = query.positions(next..=end);
        }

        let mut dependents = Vec::with_capacity(kinds.len());
        for (stream, kind) in kinds {
            if let Some(root) = self.items.load_as_of(&stream, AsOf::Position(end)).await? {
                let tracked = root.into();
                dependents.push(Dependent { tracked, kind });
            }
        }
        dependents.sort_by_key(|dependent| dependent.tracked.item.id().number());
        Ok(dependents)
    }
}
