//! Owns the way of events from the first layout, which had a row for each, into runs.

use bytes::Bytes;
use shared_kernel::Metadata;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::encoded_run::{EventParts, RunEncoder};
use crate::inserts::Inserts;
use crate::run_rows::Place;

/// How many events are moved at once.
const STEP: i64 = 1_024;

/// So many events after a position.
const NEXT: &str = "SELECT position, stream_key, version, recorded_at, schema_version, event_id, \
        event_type, metadata, CAST(payload AS BLOB) \
    FROM events WHERE position > ?1 ORDER BY position LIMIT ?2 + 0";

/// Moves all events of the first layout, inside the transaction that is open; what leads to them is written later.
/// Nothing in them changes, and numbers that are missing in a damaged file are missing afterwards.
///
/// # Errors
/// What SQLite says; [`sqlx::Error::Decode`] where something is no event.
pub(crate) async fn move_events(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut moved = 0;
    loop {
        let rows = sqlx::query(NEXT).bind(moved).bind(STEP);
        let rows = rows.fetch_all(&mut *connection).await?;
        let places = rows.iter().map(place_of).collect::<Result<Vec<_>, _>>()?;
        let mut inserts = Inserts::default();
        let mut rows = rows.iter();
        for places in places.chunk_by(may_share_a_run) {
            let rows = rows.by_ref().take(places.len());
            move_run(places, rows, &mut inserts)?;
        }
        let Some(last) = places.last() else {
            break;
        };
        moved = last.position;
        inserts.run(connection).await?;
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
    let mut place = *first;
    for run in encoder.finish() {
        inserts.runs.add(&run, &place);
        let count = i64::try_from(run.count).unwrap_or(i64::MAX);
        place.position = place.position.saturating_add(count);
        place.version = place.version.saturating_add(count);
    }
    Ok(())
}

fn broken(position: i64, problem: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("the event at position {position} of layout 1: {problem}").into())
}
