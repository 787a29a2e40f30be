//! The projection `items`: one row for each work item, with its state, its texts and its facts.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use read_models_sqlite::sqlx::Row;
use read_models_sqlite::{SqliteTx, Value};
use read_side::{ApplyError, Projection, Selection, schemas_of};
use shared_kernel::codec::{EventCodec, StateCodec};
use shared_kernel::event::{ActorKind, EventType, SchemaVersion};
use shared_kernel::{Aggregate, GlobalPosition, Inapplicable, RecordedEvent, StreamVersion};
use work_item::{Claim, WorkItem, WorkItemEvent, WorkItemId};
use work_tracking::{Fact, board_rank, creation_day, lowercase_text};

use crate::dependents;

const PUT: &str = "\
INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (item) DO UPDATE SET
  version = excluded.version, number = excluded.number, title = excluded.title,
  status = excluded.status, type = excluded.type, priority = excluded.priority,
  risk = excluded.risk, parent = excluded.parent, assignee = excluded.assignee,
  assignee_kind = excluded.assignee_kind, claim_until = excluded.claim_until, created_at = excluded.created_at,
  updated_at = excluded.updated_at, moved = excluded.moved, rank = excluded.rank,
  text = excluded.text, state = excluded.state";

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

    /// The item before an event.
    async fn load(
        &self,
        event: &RecordedEvent,
        tx: &mut SqliteTx,
    ) -> Result<Option<Known>, ApplyError> {
        if event.version == StreamVersion::FIRST {
            return Ok(None);
        }
        let sql = "SELECT item, version, state, moved FROM items WHERE stream = ?";
        let Some(row) = tx.fetch_optional(sql, (&event.stream,)).await? else {
            return Ok(None);
        };
        let version: i64 = row.try_get(1)?;
        if version >= event.version.as_i64() {
            return Err(format!("the row has version {version} already").into());
        }
        let state: &[u8] = row.try_get(2)?;
        Ok(Some(Known {
            row: row.try_get(0)?,
            item: self.states.decode(state)?,
            moved: GlobalPosition::try_from(row.try_get::<i64, _>(3)?)?,
        }))
    }
}

/// An item while its events are applied.
struct Known {
    /// The position of its creation, which is the key of its row.
    row: i64,
    item: WorkItem,
    /// The position of its last change of status.
    moved: GlobalPosition,
}

/// A new state schema gives other rows: count `VERSION` up with it.
const _: () = assert!(WorkItem::STATE_SCHEMA == 5 && <Items as Projection<SqliteTx>>::VERSION == 5);

#[async_trait]
impl Projection<SqliteTx> for Items {
    const NAME: &'static str = "items";
    const VERSION: u32 = 5;

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
        let mut facts = Vec::new();
        for change in &decoded {
            let known = match &mut known {
                Some(known) => {
                    known.item.apply(change)?;
                    change_texts(known, change, tx);
                    dependents::keep(known.row, change, tx);
                    known
                }
                none => none.insert(create(event, change, tx)?),
            };
            if matches!(change, WorkItemEvent::StatusChanged { .. }) {
                known.moved = event.position;
            }
            facts.extend(Fact::of(change, &known.item));
        }
        for (nth, fact) in (0_i64..).zip(facts) {
            let (at, position) = (event.recorded_at.as_microsecond(), event.position.as_i64());
            let values = (fact.name, at, position, nth, fact.cycle_time);
            tx.execute("INSERT INTO facts VALUES (?, ?, ?, ?, ?)", values);
        }
        // A stream may begin with records that decode to no event.
        let Some(known) = known else {
            return Ok(());
        };
        tx.execute(PUT, self.row(&known, event)?);
        Ok(())
    }
}

/// Creates an item and the row of its texts.
fn create(
    event: &RecordedEvent,
    change: &WorkItemEvent,
    tx: &mut SqliteTx,
) -> Result<Known, ApplyError> {
    let item = <WorkItem as Aggregate>::create(change)?;
    let row = event.position.as_i64();
    let values = (row, item.title().as_str(), description(&item));
    tx.execute(
        "INSERT INTO texts (rowid, title, description, notes) VALUES (?, ?, ?, '')",
        values,
    );
    Ok(Known {
        row,
        item,
        moved: event.position,
    })
}

/// Keeps the texts of an item as they are after an event.
fn change_texts(known: &Known, event: &WorkItemEvent, tx: &mut SqliteTx) {
    let Known { row, item, .. } = known;
    let row = *row;
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

/// The kind of an assignee in its column.
pub(crate) const fn kind_word(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Person => "person",
        ActorKind::Agent => "agent",
        ActorKind::System => "system",
    }
}

impl Items {
    /// The values of [`PUT`].
    fn row(&self, known: &Known, event: &RecordedEvent) -> Result<Vec<Value>, ApplyError> {
        let Known { row, item, moved } = known;
        let number = i64::try_from(item.id().number().get())
            .map_err(|_| Inapplicable::new("the number does not fit into 63 bits"))?;
        let parent = item.parent().map(|parent| parent.snowflake().as_i64());
        let assignee = item.assignee().map(|assignee| assignee.name.as_str());
        let kind = item.assignee().and_then(|assignee| assignee.kind);
        let until = |claim: &Claim| claim.until.map_or(i64::MAX, |until| until.as_microsecond());
        let claim_until = item.claim().map(until);
        Ok(vec![
            (*row).into(),
            (&event.stream).into(),
            item.id().snowflake().as_i64().into(),
            event.version.into(),
            number.into(),
            item.title().as_str().into(),
            item.status().as_str().into(),
            item.item_type().as_str().into(),
            (item.priority() as u8).into(),
            item.risk_tier().as_str().into(),
            parent.into(),
            assignee.into(),
            kind.map(kind_word).into(),
            claim_until.into(),
            item.created_at().as_microsecond().into(),
            creation_day(item).into(),
            event.recorded_at.as_microsecond().into(),
            moved.as_i64().into(),
            board_rank(item, *moved).into(),
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
