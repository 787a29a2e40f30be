//! The projection `items`: one row for each work item, with its state and its texts.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use read_models_sqlite::sqlx::Row;
use read_models_sqlite::{SqliteTx, Value};
use read_side::{ApplyError, Projection, Selection, schemas_of};
use shared_kernel::codec::{EventCodec, StateCodec};
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::{Aggregate, Inapplicable, RecordedEvent, StreamVersion};
use work_item::{WorkItem, WorkItemEvent, WorkItemId};
use work_tracking::lowercase_text;

use crate::dependents;

const PUT: &str = "\
INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (item) DO UPDATE SET
  version = excluded.version, number = excluded.number, title = excluded.title,
  status = excluded.status, type = excluded.type, priority = excluded.priority,
  risk = excluded.risk, parent = excluded.parent, assignee = excluded.assignee,
  created_at = excluded.created_at, updated_at = excluded.updated_at, text = excluded.text,
  state = excluded.state";

/// Keeps a row for each work item. A row has the state of the aggregate: an event is applied to it
/// by [`WorkItem`] itself.
///
/// An event that cannot be decoded or applied is an error of that event; run the projection with
/// `Poison::Park`, so that other items go on.
#[derive(Clone)]
pub struct Items {
    events: Arc<dyn EventCodec<WorkItemEvent>>,
    pub(crate) states: Arc<dyn StateCodec<WorkItem>>,
}

impl Items {
    /// The projection with the codec of the log and one of states.
    #[must_use]
    pub fn new(
        events: Arc<dyn EventCodec<WorkItemEvent>>,
        states: Arc<dyn StateCodec<WorkItem>>,
    ) -> Self {
        Self { events, states }
    }

    /// The position of the creation, the version and the state of an item before an event.
    async fn load(
        &self,
        event: &RecordedEvent,
        tx: &mut SqliteTx,
    ) -> Result<Option<(i64, WorkItem)>, ApplyError> {
        if event.version == StreamVersion::FIRST {
            return Ok(None);
        }
        let sql = "SELECT item, version, state FROM items WHERE stream = ?";
        let Some(row) = tx.fetch_optional(sql, (&event.stream,)).await? else {
            return Ok(None);
        };
        let version: i64 = row.try_get(1)?;
        if version >= event.version.as_i64() {
            return Err(format!("the row has version {version} already").into());
        }
        let state: &[u8] = row.try_get(2)?;
        Ok(Some((row.try_get(0)?, self.states.decode(state)?)))
    }
}

/// A new state schema gives other rows: count `VERSION` up with it.
const _: () = assert!(WorkItem::STATE_SCHEMA == 3 && <Items as Projection<SqliteTx>>::VERSION == 2);

#[async_trait]
impl Projection<SqliteTx> for Items {
    const NAME: &'static str = "items";
    const VERSION: u32 = 2;

    fn selection(&self) -> Selection {
        Selection::all().category(WorkItemId::category())
    }

    fn schemas(&self) -> Vec<(EventType, SchemaVersion)> {
        schemas_of::<WorkItemEvent>()
    }

    async fn create(&self, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        tx.execute(include_str!("items.sql"), ());
        tx.execute(dependents::CREATE, ());
        Ok(())
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        let mut known = self.load(event, tx).await?;
        let decoded = self.events.decode(event)?;
        for change in &decoded {
            match &mut known {
                Some((row, item)) => {
                    item.apply(change)?;
                    change_texts(*row, item, change, tx);
                    dependents::keep(*row, change, tx);
                }
                None => {
                    let item = <WorkItem as Aggregate>::create(change)?;
                    let row = event.position.as_i64();
                    let values = (row, item.title().as_str(), description(&item));
                    tx.execute(
                        "INSERT INTO texts (rowid, title, description, notes) VALUES (?, ?, ?, '')",
                        values,
                    );
                    known = Some((row, item));
                }
            }
        }
        // A stream may begin with records that decode to no event.
        let Some((row, item)) = known else {
            return Ok(());
        };
        let values = self.row(row, &item, event)?;
        tx.execute(PUT, values);
        Ok(())
    }
}

/// Keeps the texts of an item as they are after an event.
fn change_texts(row: i64, item: &WorkItem, event: &WorkItemEvent, tx: &mut SqliteTx) {
    match event {
        WorkItemEvent::WorkItemRetitled { .. } => {
            let values = (item.title().as_str(), row);
            tx.execute("UPDATE texts SET title = ? WHERE rowid = ?", values);
        }
        WorkItemEvent::WorkItemDescribed { .. } => {
            let sql = "UPDATE texts SET description = ? WHERE rowid = ?";
            tx.execute(sql, (description(item), row));
        }
        WorkItemEvent::NoteAdded { text } => {
            let sql = "UPDATE texts SET notes = notes || ? || char(10) WHERE rowid = ?";
            tx.execute(sql, (text.as_str(), row));
        }
        _ => {}
    }
}

fn description(item: &WorkItem) -> &str {
    item.description().map_or("", |text| text.as_str())
}

impl Items {
    /// The values of [`PUT`].
    fn row(
        &self,
        row: i64,
        item: &WorkItem,
        event: &RecordedEvent,
    ) -> Result<Vec<Value>, ApplyError> {
        let number = i64::try_from(item.id().number().get())
            .map_err(|_| Inapplicable::new("the number does not fit into 63 bits"))?;
        let parent = item.parent().map(|parent| parent.snowflake().as_i64());
        let assignee = item.assignee().map(|assignee| assignee.name.as_str());
        Ok(vec![
            row.into(),
            (&event.stream).into(),
            event.version.into(),
            number.into(),
            item.title().as_str().into(),
            item.status().as_str().into(),
            item.item_type().as_str().into(),
            (item.priority() as u8).into(),
            item.risk_tier().as_str().into(),
            parent.into(),
            assignee.into(),
            item.created_at().as_microsecond().into(),
            event.recorded_at.as_microsecond().into(),
            lowercase_text(item).into(),
            self.states.encode(item)?.into(),
        ])
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}
