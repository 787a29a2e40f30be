//! The examination of a whole store: the file, its layout, every event, and every index.
//!
//! Each query below reads one moment of the file, so appends meanwhile are no problem for it.

use futures_util::TryStreamExt;
use shared_kernel::{EventStore, EventStoreExt, GlobalPosition, LogQuery, StoreError};
use sqlx::sqlite::SqliteRow;

use super::report::{CheckProgress, CheckReport, Problem};
use super::schema;
use crate::error::FileError;
use crate::read::row::{get, get_optional};
use crate::store::SqliteStore;

/// The events between two reports of progress.
const EVENTS_AT_ONCE: usize = 1_000;

const LAYOUT: &str = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";

/// Turns a row of a query into the problem that it is.
type ToProblem = fn(&SqliteRow) -> Result<Problem, FileError>;

/// The first position that no batch has, between 1 and the end of the log.
const POSITION_GAP: (&str, ToProblem) = (
    "SELECT before + 1 FROM (
        SELECT last_position, count, lag(last_position, 1, 0) OVER (ORDER BY last_position) AS before
        FROM batches)
    WHERE last_position - count <> before LIMIT 1",
    |row| Ok(Problem::PositionGap { missing: count(row, 0)? }),
);

/// The queries that hold for a log without gaps. A sound store has no rows for them.
const QUERIES: [(&str, ToProblem); 8] = [
    // The first batch whose text and columns disagree.
    (
        "SELECT last_position FROM batches
        WHERE events ->> 0 IS NOT last_position - count + 1
            OR events ->> 3 IS NOT recorded_at OR json_array_length(events) IS NOT count + 4
        ORDER BY last_position LIMIT 1",
        |row| {
            Ok(Problem::BatchDiffers {
                position: count(row, 0)?,
            })
        },
    ),
    // The first event that was recorded before the one that precedes it.
    (
        "SELECT last_position - count + 1 FROM (
            SELECT last_position, count, recorded_at,
                lag(recorded_at) OVER (ORDER BY last_position) AS before
            FROM batches)
        WHERE recorded_at < before LIMIT 1",
        |row| {
            Ok(Problem::TimeWentBack {
                position: count(row, 0)?,
            })
        },
    ),
    // The first time mark that does not have the earliest time of its stretch of the log.
    (
        "SELECT last_position FROM (
            SELECT last_position, earliest,
                lag(last_position, 1, 0) OVER (ORDER BY last_position) AS before
            FROM time_marks) AS m
        WHERE m.earliest IS NOT (
                SELECT min(recorded_at) FROM batches
                WHERE last_position > m.before AND last_position <= m.last_position)
            OR m.last_position > (SELECT max(last_position) FROM batches) LIMIT 1",
        |row| {
            Ok(Problem::TimeMarkMisleads {
                position: count(row, 0)?,
            })
        },
    ),
    // The numbers from 0 to 127 are not in `offsets`.
    (
        "SELECT count(*) AS found FROM offsets
        HAVING found <> 128 OR min(n) <> 0 OR max(n) <> 127",
        |_| {
            Ok(Problem::LayoutChanged {
                name: "offsets".to_owned(),
            })
        },
    ),
    // The first event whose id does not lead to it; NULL if only the id index has too many ids.
    (
        "SELECT * FROM (
            SELECT b.last_position - b.count - 3 + e.key AS position
            FROM batches AS b JOIN json_each(b.events) AS e ON e.key > 3
            LEFT JOIN event_ids AS i ON i.event_id = unhex(e.value ->> 0)
            WHERE i.position IS NOT b.last_position - b.count - 3 + e.key
            ORDER BY b.last_position LIMIT 1)
        UNION ALL
        SELECT NULL WHERE (SELECT count(*) FROM event_ids)
            > (SELECT coalesce(max(last_position), 0) FROM batches)
        LIMIT 1",
        |row| {
            let position = get_optional::<i64>(row, 0)?.map(i64::cast_unsigned);
            Ok(Problem::IdMisleads { position })
        },
    ),
    // Streams whose versions are not 1, 2, 3 … by the stream index.
    (
        "WITH stream_index AS (SELECT * FROM stream_batches UNION ALL SELECT * FROM recent_batches)
        SELECT s.name, sum(b.count) AS events,
            min(i.last_version - b.count + 1) AS first, max(i.last_version) AS last
        FROM streams AS s JOIN stream_index AS i ON i.stream_key = s.stream_key
        JOIN batches AS b ON b.last_position = i.last_position
        GROUP BY s.stream_key HAVING first <> 1 OR last <> sum(b.count)",
        |row| {
            Ok(Problem::VersionGap {
                stream: get(row, 0)?,
                events: count(row, 1)?,
                first: count(row, 2)?,
                last: count(row, 3)?,
            })
        },
    ),
    // Listed streams without events.
    (
        "SELECT name FROM streams
        WHERE stream_key NOT IN (SELECT stream_key FROM stream_batches)
            AND stream_key NOT IN (SELECT stream_key FROM recent_batches)",
        |row| {
            Ok(Problem::EmptyStream {
                stream: get(row, 0)?,
            })
        },
    ),
    // Streams with a batch that does not have exactly one entry in the stream index, or with an entry
    // that leads to a batch of another stream or version.
    (
        "SELECT b.events ->> 1 FROM batches AS b LEFT JOIN streams AS s ON s.name = b.events ->> 1
        WHERE 1 <> (
            SELECT count(*) FROM stream_batches AS i
            WHERE i.stream_key = s.stream_key AND i.last_position = b.last_position
                AND i.last_version = (b.events ->> 2) + b.count - 1) + (
            SELECT count(*) FROM recent_batches AS i
            WHERE i.stream_key = s.stream_key AND i.last_position = b.last_position
                AND i.last_version = (b.events ->> 2) + b.count - 1)
        UNION
        SELECT s.name
        FROM (SELECT * FROM stream_batches UNION ALL SELECT * FROM recent_batches) AS i
        JOIN streams AS s ON s.stream_key = i.stream_key
        LEFT JOIN batches AS b ON b.last_position = i.last_position
        WHERE b.events ->> 1 IS NOT s.name
            OR i.last_version IS NOT (b.events ->> 2) + b.count - 1",
        |row| {
            Ok(Problem::StreamMisleads {
                stream: get(row, 0)?,
            })
        },
    ),
];

/// Entries of the stream index for no listed stream.
const FOREIGN_ENTRIES: (&str, ToProblem) = (
    "SELECT 1 WHERE EXISTS (
            SELECT 1 FROM stream_batches
            WHERE stream_key NOT IN (SELECT stream_key FROM streams))
        OR EXISTS (
            SELECT 1 FROM recent_batches
            WHERE stream_key NOT IN (SELECT stream_key FROM streams))",
    |_| Ok(Problem::StreamIndexDiffers),
);

fn count(row: &SqliteRow, column: usize) -> Result<u64, FileError> {
    Ok(get::<i64>(row, column)?.cast_unsigned())
}

impl SqliteStore {
    /// Examines the whole store while it stays in use: the integrity of the file, its layout,
    /// contiguous positions and versions, times that never go back, every event, and that its stream
    /// and its id lead to each event. It decodes the events up to the last one at the beginning, or to
    /// the first one that cannot be read, and calls `progress` now and then.
    ///
    /// One damage stays hidden: if somebody drops the triggers, removes the last events and cleans up
    /// the indexes, the rest is a shorter, sound log.
    ///
    /// # Errors
    /// [`StoreError`] if the examination itself could not go on. Problems are not errors.
    pub async fn check(
        &self,
        mut progress: impl FnMut(CheckProgress) + Send,
    ) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        let examined = match self.examine_file(&mut report).await {
            Ok(true) => self.examine_events(&mut report, &mut progress).await,
            Ok(false) => Ok(()),
            Err(error) => Err(self.failed(error)),
        };
        match examined {
            // A page that cannot be read is a finding.
            Err(StoreError::Damaged { problem, .. }) => {
                let problem = Problem::Integrity { message: problem };
                report.problems.push(problem);
                Ok(report)
            }
            examined => examined.map(|()| report),
        }
    }

    /// Examines everything but the encoding of the events. Returns whether that can be trusted.
    async fn examine_file(&self, report: &mut CheckReport) -> Result<bool, FileError> {
        let readers = self.readers();
        for row in readers
            .fetch_all(sqlx::query("PRAGMA integrity_check"))
            .await?
        {
            let message: String = get(&row, 0)?;
            if message != "ok" {
                report.problems.push(Problem::Integrity { message });
            }
        }
        // This checkpoint only reports the length of the log.
        let log = sqlx::query("PRAGMA wal_checkpoint(NOOP)");
        if let Some(log) = readers.fetch_optional(log).await? {
            // A file without a log has -1 pages.
            report.log_pages = get::<i64>(&log, 1)?.max(0).cast_unsigned();
            report.log_pages_copied = get::<i64>(&log, 2)?.max(0).cast_unsigned();
        }
        if !report.is_clean() {
            return Ok(false);
        }
        self.examine_layout(report).await?;
        self.find(POSITION_GAP, report).await?;
        if matches!(report.problems.last(), Some(Problem::PositionGap { .. })) {
            return Ok(false);
        }
        for query in QUERIES {
            self.find(query, report).await?;
        }
        // Most often a stream that misleads says more.
        if report.is_clean() {
            self.find(FOREIGN_ENTRIES, report).await?;
        }
        let streams = sqlx::query("SELECT count(*) FROM streams");
        if let Some(streams) = readers.fetch_optional(streams).await? {
            report.streams = count(&streams, 0)?;
        }
        Ok(true)
    }

    /// Compares the layout with that of a new store. Objects that somebody added are no problem.
    async fn examine_layout(&self, report: &mut CheckReport) -> Result<(), FileError> {
        let mut fresh = schema::in_memory().await?;
        let expected = sqlx::query(LAYOUT).fetch_all(&mut fresh).await?;
        let found = self.readers().fetch_all(sqlx::query(LAYOUT)).await?;
        let object = |row: &SqliteRow| Ok((get(row, 0)?, get(row, 1)?));
        let found: Vec<(String, String)> =
            found.iter().map(object).collect::<Result<_, FileError>>()?;
        for row in &expected {
            let object = object(row)?;
            if !found.contains(&object) {
                report
                    .problems
                    .push(Problem::LayoutChanged { name: object.0 });
            }
        }
        Ok(())
    }

    /// Reports the problems that a query finds.
    async fn find(
        &self,
        (query, to_problem): (&'static str, ToProblem),
        report: &mut CheckReport,
    ) -> Result<(), FileError> {
        for row in self.readers().fetch_all(sqlx::query(query)).await? {
            report.problems.push(to_problem(&row)?);
        }
        Ok(())
    }

    /// Reads the events of the log, up to the present end.
    async fn examine_events(
        &self,
        report: &mut CheckReport,
        progress: &mut (impl FnMut(CheckProgress) + Send),
    ) -> Result<(), StoreError> {
        let head = self.head().await?.unwrap_or(GlobalPosition::START);
        let mut events = self
            .read_log(LogQuery::new().positions(..=head))
            .try_chunks(EVENTS_AT_ONCE);
        loop {
            match events.try_next().await {
                Ok(Some(chunk)) => report.events += u64::try_from(chunk.len()).unwrap_or(0),
                Ok(None) => return Ok(()),
                Err(error) => match error.1 {
                    StoreError::Damaged { problem, .. } => {
                        let problem = Problem::Unreadable { message: problem };
                        report.problems.push(problem);
                        return Ok(());
                    }
                    error => return Err(error),
                },
            }
            progress(CheckProgress {
                read: report.events,
                total: head.get(),
            });
        }
    }
}
