//! The items that depend on an item.

use std::collections::BTreeSet;

use shared_kernel::event::EventType;
use shared_kernel::repository::AsOf;
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStore, GlobalPosition, RepositoryError, StreamId};
use work_item::{DependencyKind, WorkItem, WorkItemEvent, WorkItemId};

use crate::{TrackedItem, TrackingError, WorkTracker};

/// The type of the events that name the items on which others depend.
const ADDED: &str = "DependencyAdded";

/// An item that depends on another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    /// The dependent item.
    pub tracked: TrackedItem,
    /// The kind of the dependency.
    pub kind: DependencyKind,
    /// Whether it waits for the other item: the other item blocks it, and both are open.
    pub waits: bool,
}

/// The items that depended on an item at some time, as another source than the log knows them, for
/// example a read model. The log is read from there on.
///
/// For example, with the streams of two items and the position 100, an explanation reads the log
/// from position 101 on. The default knows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownDependents {
    /// The streams of these items. One that never depended on the item does no harm.
    pub streams: BTreeSet<StreamId>,
    /// The streams are complete up to this position of the log.
    pub through: GlobalPosition,
}

/// The items that depend on an item.
#[derive(Default)]
pub(crate) struct Dependents {
    /// The items, ordered by number.
    pub(crate) found: Vec<Dependent>,
    /// The streams with an unreadable event.
    pub(crate) unreadable: Vec<StreamId>,
}

impl WorkTracker {
    /// The items that depend on an item now, as far as they can be read. The item was created at a
    /// position, and the log is read only after the position up to which its dependent items are
    /// known.
    ///
    /// # Errors
    /// The errors of loading, and [`TrackingError::Store`].
    pub async fn dependents_of(
        &self,
        item: &WorkItem,
        created: GlobalPosition,
        known: KnownDependents,
    ) -> Result<Vec<Dependent>, TrackingError> {
        let head = self.events.head().await?.unwrap_or(GlobalPosition::START);
        Ok(self.dependents(item, created, head, known).await?.found)
    }

    /// The items that depend on an item, which was created at a position, as of another position.
    /// An unreadable event of another item does not fail the search; the answer names its stream.
    pub(crate) async fn dependents(
        &self,
        item: &WorkItem,
        created: GlobalPosition,
        end: GlobalPosition,
        known: KnownDependents,
    ) -> Result<Dependents, TrackingError> {
        let on = item.id();
        let mut answer = Dependents::default();
        let KnownDependents {
            mut streams,
            through,
        } = known;
        let mut first = through.next().map(|next| next.max(created));
        let mut query = LogQuery::new().category(WorkItemId::category());
        query.filter.event_types.extend(EventType::new(ADDED).ok());
        while let Some(from) = first.filter(|from| *from <= end) {
            query = query.positions(from..=end);
            let page = self.events.read_log_page(&query).await?;
            for recorded in &page.items {
                let Some(events) = readable(self.decode(recorded))? else {
                    answer.unreadable.push(recorded.stream.clone());
                    continue;
                };
                let names_it = |event: &WorkItemEvent| matches!(event, WorkItemEvent::DependencyAdded { on: other, .. } if *other == on);
                if events.iter().any(names_it) {
                    streams.insert(recorded.stream.clone());
                }
            }
            first = page.next;
        }

        for stream in streams {
            let loaded = self.items.load_as_of(&stream, AsOf::Position(end)).await;
            let Some(root) = readable(loaded.map_err(TrackingError::from))? else {
                answer.unreadable.push(stream);
                continue;
            };
            let Some(tracked) = root.map(TrackedItem::from) else {
                continue;
            };
            let mut dependencies = tracked.item.dependencies().iter();
            if let Some(kind) = dependencies.find_map(|one| (one.on == on).then_some(one.kind)) {
                let both_open = item.status().is_open() && tracked.item.status().is_open();
                answer.found.push(Dependent {
                    waits: kind == DependencyKind::Blocks && both_open,
                    tracked,
                    kind,
                });
            }
        }
        let found = &mut answer.found;
        found.sort_by_key(|dependent| dependent.tracked.item.id().number());
        answer.unreadable.sort();
        answer.unreadable.dedup();
        Ok(answer)
    }
}

/// The result, or `None` if the history of the item is missing or has an event that cannot be
/// decoded or applied.
pub(crate) fn readable<T>(result: Result<T, TrackingError>) -> Result<Option<T>, TrackingError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(
            TrackingError::Repository(RepositoryError::History(_)) | TrackingError::Dangling { .. },
        ) => Ok(None),
        Err(error) => Err(error),
    }
}
