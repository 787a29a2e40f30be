//! Owns the way of events from the first layout, which had a row for each, into runs.

use std::collections::HashMap;

use bytes::Bytes;
use shared_kernel::{Metadata, StreamVersion};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Executor, Row};

use crate::draft::place;
use crate::encoded_run::{EventParts, RunEncoder};
use crate::inserts::{Inserts, PREPARE_CONNECTION};
use crate::run_rows::Place;
use crate::stream_head::StreamHead;

/// How many events are moved at once.
const STEP: i64 = 1_024;

/// So many events after a position.
const NEXT: &str = "SELECT position, stream_key, version, recorded_at, schema_version, event_id, \
        event_type, metadata, CAST(payload AS BLOB) \
    FROM events WHERE position > ?1 ORDER BY position LIMIT ?2 + 0";

/// Moves all events of the first layout, inside the transaction that is open. Nothing in them changes, and
/// numbers that are missing in a damaged file are missing afterwards.
///
/// # Errors
/// What SQLite says; [`sqlx::Error::Decode`] where something is no event.
pub(crate) async fn move_events(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    connection.execute(PREPARE_CONNECTION).await?;
    let mut heads: HashMap<i64, StreamHead> = HashMap::new();
    let mut moved = 0;
    loop {
        let rows = sqlx::query(NEXT).bind(moved).bind(STEP);
        let rows = rows.fetch_all(&mut *connection).await?;
        let places = rows.iter().map(place_of).collect::<Result<Vec<_>, _>>()?;
        let mut inserts = Inserts::default();
        let mut rows = rows.iter();
        for places in places.chunk_by(may_share_a_run) {
            let rows = rows.by_ref().take(places.len());
            move_run(places, rows, &mut heads, &mut inserts)?;
        }
        let Some(last) = places.last() else {
            break;
        };
        moved = last.position;
        inserts.run(Vec::new(), connection).await?;
    }
    let mut heads: Vec<_> = heads.values().collect();
    heads.sort_unstable_by_key(|head| head.key);
    for heads in heads.chunks(1_024) {
        Inserts::default().run(heads.to_vec(), connection).await?;
    }
    Ok(())
}

/// Where the event in a row of [`NEXT`] is.
fn place_of(row: &SqliteRow) -> Result<Place, sqlx::Error> {
    Ok(Place {
        position: row.try_get_unchecked(0)?,
        stream_key: row.try_get_unchecked(1)?,
        version: row.try_get_unchecked(2)?,
        recorded_at: row.try_get_unchecked(3)?,
    })
}

/// Whether an event comes right after another one and may share its run.
fn may_share_a_run(one: &Place, next: &Place) -> bool {
    let follows = |one: i64, next: i64| one.checked_add(1) == Some(next);
    follows(one.position, next.position)
        && follows(one.version, next.version)
        && one.stream_key == next.stream_key
        && one.recorded_at == next.recorded_at
}

/// Moves rows that may share a run.
fn move_run<'r>(
    places: &[Place],
    rows: impl Iterator<Item = &'r SqliteRow>,
    heads: &mut HashMap<i64, StreamHead>,
    inserts: &mut Inserts,
) -> Result<(), sqlx::Error> {
    let Some(first) = places.first() else {
        return Ok(());
    };
    let mut encoder = RunEncoder::default();
    for (row, Place { position, .. }) in rows.zip(places) {
        let id: &[u8] = row.try_get_unchecked(5)?;
        let metadata: &str = row.try_get_unchecked(7)?;
        let metadata = serde_json::from_str::<Metadata>(metadata);
        let event = EventParts {
            id: id
                .try_into()
                .map_err(|_| broken(*position, "its id is none"))?,
            event_type: row.try_get_unchecked(6)?,
            schema_version: row.try_get_unchecked(4)?,
            metadata: &metadata.map_err(|e| broken(*position, &e.to_string()))?,
        };
        let payload: &[u8] = row.try_get_unchecked(8)?;
        encoder
            .add(event, &Bytes::copy_from_slice(payload))
            .map_err(|e| broken(*position, &e.to_string()))?;
    }
    let head = heads
        .entry(first.stream_key)
        .or_insert_with(|| StreamHead::new(first.stream_key));
    StreamVersion::try_from(first.version - 1)
        .ok()
        .and_then(|version| head.skip_to(version))
        .ok_or_else(|| broken(first.position, "its version goes back"))?;
    let mut before = first.position - 1;
    place(
        inserts,
        head,
        &encoder.finish(),
        &mut before,
        first.recorded_at,
    );
    Ok(())
}

fn broken(position: i64, problem: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("the event at position {position} of layout 1: {problem}").into())
}
