//! The statistics from the facts in the rows.

use std::fmt::Write as _;

use jiff::Timestamp;
use read_models_sqlite::sqlx::sqlite::SqliteConnection;
use read_models_sqlite::sqlx::{self, Executor, Row};
use shared_kernel::codec::FormatError;
use work_tracking::{CycleTimes, Stats, StatsQuery, StatsTally};

use crate::{ItemViews, ViewError};

/// The number of facts of each name between two bounds. `?1` is a JSON array of `[place, from,
/// before]`. The index of the table has each name with its times in order.
const COUNTS: &str = "\
WITH RECURSIVE
  names (name) AS (
    SELECT min(name) FROM facts UNION ALL
    SELECT (SELECT min(name) FROM facts WHERE facts.name > names.name) FROM names
    WHERE names.name IS NOT NULL
  ),
  spans AS (
    SELECT value ->> 0 AS place, value ->> 1 AS first, value ->> 2 AS before FROM json_each(?1)
  )
SELECT place, names.name,
  (SELECT count(*) FROM facts WHERE facts.name = names.name AND at >= first AND at < before)
FROM names CROSS JOIN spans WHERE names.name IS NOT NULL";

/// The cycle time at a place in the order of cycle times.
const CYCLE_TIME: &str = "\
SELECT cycle_time FROM facts INDEXED BY facts_by_cycle_time
WHERE name = 'completed' AND at >= ?1 AND at < ?2 ORDER BY cycle_time LIMIT 1 OFFSET ?3";

impl ItemViews {
    /// The statistics. On rows that are current, the answer equals `WorkTracker::stats`.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn stats(&self, query: &StatsQuery) -> Result<Stats, ViewError> {
        let (build, mut reader) = self.reader().await?;
        let stats = read_stats(query, &mut reader).await;
        stats.map_err(|error| ViewError::row(&build, error))
    }
}

async fn read_stats(
    query: &StatsQuery,
    reader: &mut SqliteConnection,
) -> Result<Stats, FormatError> {
    let mut tally = StatsTally::new(query);
    let bounds = query.bounds.iter().map(|bound| bound.as_microsecond());
    let bounds: Vec<i64> = bounds.collect();
    let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else {
        return Ok(tally.finish(None));
    };
    // All facts are of one moment.
    reader.execute("BEGIN").await?;
    let counts = sqlx::query(COUNTS).bind(spans(&bounds));
    for row in counts.fetch_all(&mut *reader).await? {
        let (place, count): (i64, i64) = (row.try_get(0)?, row.try_get(2)?);
        tally.add(
            usize::try_from(place)?,
            row.try_get(1)?,
            u64::try_from(count)?,
        );
    }
    let count = tally.completed();
    if count == 0 {
        return Ok(tally.finish(None));
    }
    let mut micros = [0; 3];
    for (micros, place) in micros.iter_mut().zip(CycleTimes::places(count)) {
        let place = i64::try_from(place)?;
        let found = sqlx::query_scalar(CYCLE_TIME).bind(*first).bind(*last);
        *micros = found.bind(place).fetch_one(&mut *reader).await?;
    }
    Ok(tally.finish(Some(CycleTimes::new(count, micros))))
}

/// The spans between the bounds, and the one before them, as the JSON of [`COUNTS`].
fn spans(bounds: &[i64]) -> String {
    let mut json = "[".to_owned();
    let mut from = Timestamp::MIN.as_microsecond();
    for (place, before) in bounds.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        let _ = write!(json, "{comma}[{place},{from},{before}]");
        from = *before;
    }
    json + "]"
}
