//! The present names of the items to which streams belong: `WORK-007 Write the report`.
//!
//! The rows of the read model have the names as of a position, and the log has the later ones. So
//! nothing has to be built, and without rows the log alone gives all names.

use std::collections::{BTreeSet, HashMap};

use shared_kernel::{GlobalPosition, RecordedEvent, StreamId};
use work_item::WorkItemId;
use work_tracking::{ItemName, ItemRef, NameChanges, TrackedItem, TrackingError};
use work_views::ItemRows;

use crate::chunks::CHUNK;
use crate::read_model;
use crate::run_error::RunError;
use crate::session::Session;

/// Without rows, this many items are loaded in less time than the names of a long log.
const FEW: usize = 64;

/// The names of items as of the first search. Events that come later change them by
/// [`take`](Self::take).
#[derive(Default)]
pub(crate) struct Names {
    rows: Option<ItemRows>,
    /// The names after the rows; those of all items, if there are no rows. `None` before the first
    /// search.
    changes: Option<NameChanges>,
}

impl Names {
    /// The names of the items among some streams.
    pub(crate) async fn find(
        &mut self,
        streams: impl Iterator<Item = &StreamId>,
        session: &mut Session<'_, '_>,
    ) -> Result<HashMap<StreamId, ItemName>, RunError> {
        let streams: BTreeSet<_> = streams.filter(|stream| is_item(stream)).collect();
        let streams: Vec<_> = streams.into_iter().collect();
        if streams.is_empty() {
            return Ok(HashMap::new());
        }
        if let Some(names) = self.few(&streams, session).await? {
            return Ok(names);
        }
        let mut changes = self.changes(session).await?;
        let mut before = HashMap::new();
        for streams in streams.chunks(CHUNK) {
            let Some(rows) = &mut self.rows else { break };
            match rows.names(streams.iter().copied()).await {
                Ok(names) => before.extend(names),
                Err(_) => changes = self.forget_rows(session).await?,
            }
        }
        let named = streams.into_iter().filter_map(|stream| {
            let name = changes.apply(stream, before.remove(stream))?;
            Some((stream.clone(), name))
        });
        let named = named.collect();
        self.changes = Some(changes);
        Ok(named)
    }

    /// The names of the items of a few streams, one by one. `None` if there are rows or many
    /// streams, or if an item cannot be read.
    async fn few(
        &mut self,
        streams: &[&StreamId],
        session: &mut Session<'_, '_>,
    ) -> Result<Option<HashMap<StreamId, ItemName>>, RunError> {
        if self.changes.is_some() || streams.len() > FEW {
            return Ok(None);
        }
        if self.rows.is_none() {
            self.rows = read_model::rows(session).await?;
        }
        if self.rows.is_some() {
            return Ok(None);
        }
        let mut names = HashMap::new();
        for stream in streams {
            let Some(Ok(id)) = stream.as_str().split('-').nth(1).map(str::parse) else {
                continue;
            };
            match session.tracker.show(ItemRef::Id(id)).await {
                Ok(TrackedItem { item, .. }) => {
                    let (number, title) = (item.id().number(), item.title().clone());
                    names.insert((*stream).clone(), ItemName { number, title });
                }
                Err(TrackingError::NotFound { .. }) => {}
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(names))
    }

    /// The names of all items, in no order.
    pub(crate) async fn all(
        mut self,
        session: &mut Session<'_, '_>,
    ) -> Result<Vec<ItemName>, RunError> {
        let mut changes = self.changes(session).await?;
        let mut before = HashMap::new();
        if let Some(rows) = &mut self.rows {
            match rows.all_names().await {
                Ok(names) => before = names,
                Err(_) => changes = self.forget_rows(session).await?,
            }
        }
        let changed = changes.streams().filter_map(|stream| {
            let before = before.remove(stream);
            changes.apply(stream, before)
        });
        let mut names: Vec<_> = changed.collect();
        names.extend(before.into_values());
        Ok(names)
    }

    /// Takes the name that a later event gives.
    pub(crate) fn take(
        &mut self,
        event: &RecordedEvent,
        session: &Session<'_, '_>,
    ) -> Result<(), RunError> {
        match &mut self.changes {
            Some(changes) if is_item(&event.stream) => {
                Ok(session.tracker.take_name(event, changes)?)
            }
            _ => Ok(()),
        }
    }

    async fn changes(&mut self, session: &mut Session<'_, '_>) -> Result<NameChanges, RunError> {
        if let Some(changes) = self.changes.take() {
            return Ok(changes);
        }
        if self.rows.is_none() {
            self.rows = read_model::rows(session).await?;
        }
        let after = self.rows.as_ref().map(ItemRows::through);
        let after = after.unwrap_or(GlobalPosition::START);
        Ok(session.tracker.name_changes(after).await?)
    }

    /// Reads all names from the log, because the rows cannot be read.
    async fn forget_rows(
        &mut self,
        session: &mut Session<'_, '_>,
    ) -> Result<NameChanges, RunError> {
        self.rows = None;
        Ok(session.tracker.name_changes(GlobalPosition::START).await?)
    }
}

/// Whether a stream is that of an item.
fn is_item(stream: &StreamId) -> bool {
    stream.category_str() == WorkItemId::CATEGORY
}
