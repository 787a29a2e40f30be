//! Verdicts on appends with recorded event ids (laws 12 and 13). For example, an append of events 1
//! and 2 is a repetition if both are recorded, and `IdReused` if only one of them is.
//!
//! Recorded events never change, so these verdicts hold until the commit.

use std::sync::Arc;

use bytes::Bytes;
use foldhash::{HashMap, HashMapExt};
use futures_util::TryStreamExt;
use shared_kernel::store::detect_repetition;
use shared_kernel::{EventId, RecordedEvent, StreamId, StreamVersion};
use sqlite_file::{FileError, get};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::facts::Facts;
use super::job::AppendJob;
use super::plan::Verdict;
use crate::codec::reader::{BatchReader, Wanted};
use crate::read::lookup::misled;
use crate::read::row::json_list;

/// The recorded ones of the event ids in the list `?1`, with their positions.
const RECORDED: &str = "
    SELECT i.event_id, i.position FROM json_each(?1) AS wanted
    CROSS JOIN event_ids AS i ON i.event_id = unhex(wanted.value)";

/// The batches that have the positions of the list `?1`, each once.
const BATCHES: &str = "
    SELECT events, payload FROM batches
    WHERE last_position IN (
        SELECT (SELECT min(last_position) FROM batches WHERE last_position >= wanted.value + 0)
        FROM json_each(?1) AS wanted)
    ORDER BY last_position ASC";

/// The verdict on each append that has a recorded event id, by its index in the group.
pub(super) async fn verdicts(
    connection: &mut SqliteConnection,
    jobs: &[Arc<AppendJob>],
    facts: &Facts,
) -> Result<HashMap<usize, Verdict>, FileError> {
    let mut verdicts = HashMap::new();
    let events = recorded_events(connection, jobs).await?;
    if events.is_empty() {
        return Ok(verdicts);
    }
    for (index, job) in jobs.iter().enumerate() {
        let append = &job.request.append;
        let found: Vec<_> = append
            .events()
            .map(|(_, event)| events.get(&event.id).cloned())
            .collect();
        // For the receipt of a stream that the append checks and does not write.
        let version_now = |stream: &StreamId| {
            let version = facts.stream(stream).map_or(0, |known| known.version);
            StreamVersion::try_from(version).unwrap_or_default()
        };
        if let Some(verdict) = detect_repetition(append, &found, version_now).transpose() {
            verdicts.insert(index, verdict);
        }
    }
    Ok(verdicts)
}

/// The recorded events with the ids of `jobs`.
async fn recorded_events(
    connection: &mut SqliteConnection,
    jobs: &[Arc<AppendJob>],
) -> Result<HashMap<EventId, RecordedEvent>, FileError> {
    let ids = jobs.iter().flat_map(|job| job.request.append.events());
    let ids = ids.map(|(_, event)| event.id.as_uuid().simple().to_string());
    let mut rows = sqlx::query(RECORDED)
        .bind(json_list(ids))
        .fetch(&mut *connection);
    let mut positions = HashMap::new();
    while let Some(row) = rows.try_next().await? {
        let id = Uuid::from_slice(get(&row, 0)?).ok();
        let id = id.and_then(|id| EventId::from_uuid(id).ok());
        let id = id.ok_or_else(|| FileError::Damaged("an event id".to_owned()))?;
        positions.insert(id, get::<i64>(&row, 1)?);
    }
    drop(rows);
    if positions.is_empty() {
        return Ok(HashMap::new());
    }
    let list = json_list(positions.values().map(i64::to_string));
    let mut rows = sqlx::query(BATCHES).bind(list).fetch(connection);
    let mut events = HashMap::with_capacity(positions.len());
    while let Some(row) = rows.try_next().await? {
        let mut reader = BatchReader::new(Wanted::Positions(1..=i64::MAX));
        reader.read(get(&row, 0)?)?;
        let found = reader.finish()?;
        for mut event in found.events {
            if found.out_of_line.contains(&event.position) {
                event.payload = Bytes::copy_from_slice(get(&row, 1)?);
            }
            if positions.get(&event.id) == Some(&event.position.as_i64()) {
                events.insert(event.id, event);
            }
        }
    }
    match positions.iter().find(|(id, _)| !events.contains_key(*id)) {
        Some((id, position)) => Err(misled(*id, *position)),
        None => Ok(events),
    }
}
