//! Verdicts on appends whose event ids are recorded already (laws 12 and 13).
//!
//! Recorded events never change, so what is read here holds whatever happens until the commit.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use futures_util::TryStreamExt;
use shared_kernel::store::detect_repetition;
use shared_kernel::{EventId, RecordedEvent, StreamId, StreamVersion};
use sqlx::sqlite::SqliteConnection;

use super::facts::{Facts, RecordedIds};
use super::job::AppendJob;
use super::plan::Verdict;
use crate::codec::reader::{BatchReader, Wanted};
use crate::error::ReadError;
use crate::read::row::{bytes, json_list};

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
    recorded: &RecordedIds,
) -> Result<HashMap<usize, Verdict>, ReadError> {
    let mut verdicts = HashMap::new();
    if recorded.is_empty() {
        return Ok(verdicts);
    }
    let mut events = events_at(connection, recorded).await?;
    for (index, job) in jobs.iter().enumerate() {
        let append = &job.request.append;
        let found: Vec<_> = append
            .events()
            .map(|(_, event)| events.remove(&event.id))
            .collect();
        let version_now = |stream: &StreamId| {
            let version = facts.stream(stream).map_or(0, |known| known.version);
            StreamVersion::try_from(version).unwrap_or_default()
        };
        if let Some(verdict) = detect_repetition(append, &found, version_now).transpose() {
            verdicts.insert(index, verdict);
        }
        // Another append of the group may have the same ids.
        events.extend(found.into_iter().flatten().map(|event| (event.id, event)));
    }
    Ok(verdicts)
}

async fn events_at(
    connection: &mut SqliteConnection,
    recorded: &RecordedIds,
) -> Result<HashMap<EventId, RecordedEvent>, ReadError> {
    let mut positions: Vec<i64> = recorded.values().copied().collect();
    positions.sort_unstable();
    let list = json_list(positions.iter().map(i64::to_string));
    let mut rows = sqlx::query(BATCHES).bind(list).fetch(connection);
    let mut events = HashMap::with_capacity(recorded.len());
    while let Some(row) = rows.try_next().await? {
        let mut reader = BatchReader::new(Wanted::Positions(1..=i64::MAX));
        reader.read(bytes(&row, 0)?)?;
        let found = reader.finish()?;
        for mut event in found.events {
            if found.out_of_line.contains(&event.position) {
                event.payload = bytes::Bytes::copy_from_slice(bytes(&row, 1)?);
            }
            if recorded.get(&event.id) == Some(&event.position.as_i64()) {
                events.insert(event.id, event);
            }
        }
    }
    match recorded.iter().find(|(id, _)| !events.contains_key(*id)) {
        Some((id, position)) => Err(ReadError::Damaged(format!(
            "event id {id} leads to position {position}, which has another event"
        ))),
        None => Ok(events),
    }
}
