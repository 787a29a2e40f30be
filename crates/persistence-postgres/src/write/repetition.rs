//! Verdicts on appends with recorded event ids (laws 12 and 13). For example, an append of events 1
//! and 2 is a repetition if both are recorded, and `IdReused` if only one of them is.
//!
//! Recorded events never change, so these verdicts can be drawn after the commit.

use foldhash::{HashMap, HashMapExt};
use postgres_database::{Database, DatabaseError};
use shared_kernel::store::detect_repetition;
use shared_kernel::{Append, EventId, RecordedEvent, StreamId, StreamVersion};
use sqlx::Row;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::group::Verdict;
use crate::read::page::payload;
use crate::read::row::{EventRows, event_columns, events};

/// The recorded ones of the event ids `$1`.
const RECORDED: &str = concat!(
    "SELECT ",
    event_columns!(),
    " FROM annals.events WHERE event_id = ANY ($1)"
);

const VERSIONS: &str = "
    SELECT s.name, coalesce((SELECT e.version FROM annals.events AS e
        WHERE e.stream = s.name ORDER BY e.version DESC LIMIT 1), 0)
    FROM unnest($1::text[]) AS s (name)";

/// The verdict on an append with a recorded event id; `None` if none of its ids is recorded.
pub(super) async fn verdict(
    database: &Database,
    connection: &mut PgConnection,
    append: &Append,
) -> Result<Option<Verdict>, DatabaseError> {
    let ids: Vec<Uuid> = append
        .events()
        .map(|(_, event)| *event.id.as_uuid())
        .collect();
    let rows = database
        .write(connection, sqlx::query(RECORDED).bind(ids))
        .await?;
    let EventRows { events, large, .. } = events(&rows)?;
    let mut recorded: HashMap<EventId, RecordedEvent> = HashMap::new();
    for mut event in events {
        if large.contains(&event.position) {
            event.payload = payload(database, event.position).await?;
        }
        recorded.insert(event.id, event);
    }
    // For the receipt of a stream that the append names without events.
    let silent = append
        .writes()
        .iter()
        .filter(|write| write.events.is_empty());
    let silent: Vec<_> = silent
        .map(|write| write.stream.as_str().to_owned())
        .collect();
    let rows = match silent.is_empty() {
        true => Vec::new(),
        false => {
            let versions = sqlx::query(VERSIONS).bind(silent);
            database.write(connection, versions).await?
        }
    };
    let mut versions = HashMap::new();
    for row in &rows {
        versions.insert(row.try_get::<String, _>(0)?, row.try_get::<i64, _>(1)?);
    }
    let version_now = |stream: &StreamId| {
        let version = versions.get(stream.as_str()).copied().unwrap_or(0);
        StreamVersion::try_from(version).unwrap_or_default()
    };
    let found: Vec<_> = append
        .events()
        .map(|(_, event)| recorded.get(&event.id).cloned())
        .collect();
    Ok(detect_repetition(append, &found, version_now).transpose())
}
