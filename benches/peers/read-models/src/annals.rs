//! The subject: the projector on `read-models-sqlite`.

use async_trait::async_trait;
use persistence_sqlite::SqliteStore;
use read_models_sqlite::{SqliteReadModels, SqliteTx};
use read_side::{ApplyError, Projection, Projector};
use shared_kernel::RecordedEvent;

use crate::items::{Change, FORGET_WORDS, STATUS, TABLES, UPSERT, WORDS};

pub(crate) struct Items;

pub(crate) type Subject = Projector<Items, SqliteStore, SqliteReadModels>;

/// The number in the name of a stream.
pub(crate) fn number(stream: &str) -> Option<i64> {
    stream.strip_prefix("item-")?.parse().ok()
}

#[async_trait]
impl Projection<SqliteTx> for Items {
    const NAME: &'static str = "items";
    const VERSION: u32 = 1;

    async fn create(&self, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        tx.execute(TABLES, ());
        Ok(())
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        let number = number(event.stream.as_str()).ok_or("not an item")?;
        let (version, position) = (event.version, event.position);
        match serde_json::from_slice(&event.payload)? {
            Change::Moved { status } => tx.execute(STATUS, (number, status, version, position)),
            Change::Described {
                title,
                text,
                status,
                assignee,
                priority,
                risk,
            } => {
                let row = (
                    number, &title, status, assignee, priority, risk, version, position,
                );
                tx.execute(UPSERT, row);
                tx.execute(FORGET_WORDS, (number,));
                tx.execute(WORDS, (number, title, text));
            }
        }
        Ok(())
    }
}
