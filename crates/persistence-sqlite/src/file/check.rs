//! The examination of a whole store: the file, its layout, every event, and every index.
//!
//! Each query below reads one moment of the file, so appends meanwhile are no problem for it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use shared_kernel::store::LogQuery;
use shared_kernel::time::{FarAhead, Followed, RecordedTimes};
use shared_kernel::{GlobalPosition, StoreError};
use sqlite_file::{FileError, get, get_optional};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::report::{CheckProgress, CheckReport, Problem};
use super::schema;
use crate::read::{log, lookup};
use crate::store::SqliteStore;
use crate::write::facts::leap_text;

const LAYOUT: &str = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";

/// The problem of a row: its first column is a name or NULL, up to three numbers follow.
type ToProblem = fn(Option<String>, [u64; 3]) -> Problem;

/// A sound store has no rows for these queries. The first is the basis of the others.
const QUERIES: [(&str, ToProblem); 8] = [
    // The first position that no batch has, between 1 and the end of the log.
    (
        "SELECT NULL, before + 1 FROM (
            SELECT last_position, count,
                lag(last_position, 1, 0) OVER (ORDER BY last_position) AS before
            FROM batches)
        WHERE last_position - count <> before LIMIT 1",
        |_, [missing, ..]| Problem::PositionGap { missing },
    ),
    // The first batch with a text that contradicts its columns.
    (
        "SELECT NULL, last_position FROM batches
        WHERE events ->> 0 IS NOT last_position - count + 1
            OR events ->> 3 IS NOT recorded_at OR json_array_length(events) IS NOT count + 4
        ORDER BY last_position LIMIT 1",
        |_, [position, ..]| Problem::BatchDiffers { position },
    ),
    // The first time mark that does not have the earliest time of its stretch of the log.
    (
        "SELECT NULL, last_position FROM (
            SELECT last_position, earliest,
                lag(last_position, 1, 0) OVER (ORDER BY last_position) AS before
            FROM time_marks) AS m
        WHERE m.earliest IS NOT (
                SELECT min(recorded_at) FROM batches
                WHERE last_position > m.before AND last_position <= m.last_position)
            OR m.last_position > (SELECT max(last_position) FROM batches) LIMIT 1",
        |_, [position, ..]| Problem::TimeMarkMisleads { position },
    ),
    // The numbers from 0 to 127 are not in `offsets`.
    (
        "SELECT 'offsets'
        WHERE (SELECT count(*), min(n), max(n) FROM offsets) IS NOT (128, 0, 127)",
        |name, _| Problem::LayoutChanged {
            name: name.unwrap_or_default(),
        },
    ),
    // The first event that its id does not lead to; NULL if only the id index has too many ids.
    (
        "SELECT * FROM (
            SELECT NULL, b.last_position - b.count - 3 + e.key AS position
            FROM batches AS b JOIN json_each(b.events) AS e ON e.key > 3
            LEFT JOIN event_ids AS i ON i.event_id = unhex(e.value ->> 0)
            WHERE i.position IS NOT b.last_position - b.count - 3 + e.key
            ORDER BY b.last_position LIMIT 1)
        UNION ALL
        SELECT NULL, NULL WHERE (SELECT count(*) FROM event_ids)
            > (SELECT coalesce(max(last_position), 0) FROM batches)
        LIMIT 1",
        |_, [position, ..]| Problem::IdMisleads {
            position: Some(position).filter(|found| *found > 0),
        },
    ),
    // Streams with other versions than 1, 2, 3 … in the stream index. For example 1, 2, 4.
    (
        "SELECT s.name, sum(b.count) AS events,
            min(i.last_version - b.count + 1) AS first, max(i.last_version) AS last
        FROM streams AS s JOIN stream_index AS i ON i.stream_key = s.stream_key
        JOIN batches AS b ON b.last_position = i.last_position
        GROUP BY s.stream_key HAVING first <> 1 OR last <> sum(b.count)",
        |stream, [events, first, last]| Problem::VersionGap {
            stream: stream.unwrap_or_default(),
            events,
            first,
            last,
        },
    ),
    // Listed streams without events.
    (
        "SELECT name FROM stream_versions WHERE version = 0",
        |name, _| Problem::EmptyStream {
            stream: name.unwrap_or_default(),
        },
    ),
    // Streams with a batch that has no entry in the stream index, or with an entry that leads to a
    // batch of another stream or version; NULL for an entry of no listed stream. (A batch with two
    // entries is a version gap.)
    (
        "SELECT b.events ->> 1 FROM batches AS b LEFT JOIN streams AS s ON s.name = b.events ->> 1
        WHERE NOT EXISTS (
            SELECT 1 FROM stream_index AS i
            WHERE i.stream_key = s.stream_key AND i.last_position = b.last_position
                AND i.last_version = (b.events ->> 2) + b.count - 1)
        UNION
        SELECT s.name FROM stream_index AS i
        LEFT JOIN streams AS s ON s.stream_key = i.stream_key
        LEFT JOIN batches AS b ON b.last_position = i.last_position
        WHERE s.name IS NULL OR b.events ->> 1 IS NOT s.name
            OR i.last_version IS NOT (b.events ->> 2) + b.count - 1",
        |name, _| match name {
            Some(stream) => Problem::StreamMisleads { stream },
            None => Problem::StreamIndexDiffers,
        },
    ),
];

fn problem(row: &SqliteRow, to_problem: ToProblem) -> Result<Problem, FileError> {
    let mut numbers = [0; 3];
    for (column, number) in (1..row.len()).zip(&mut numbers) {
        *number = get_optional::<i64>(row, column)?
            .unwrap_or(0)
            .cast_unsigned();
    }
    Ok(to_problem(get_optional(row, 0)?, numbers))
}

impl SqliteStore {
    /// Examines the whole store while it stays in use: the integrity of the file, its layout,
    /// contiguous positions and versions, the times, every event, and that its stream and its id
    /// lead to each event. It decodes the events up to the last one at the
    /// beginning, or to the first one that cannot be read, and calls `progress` now and then.
    ///
    /// One damage stays hidden: if a program drops the triggers, removes the last events and cleans
    /// up the indexes, the rest is a shorter, sound log.
    ///
    /// # Errors
    /// [`StoreError`] if the examination itself could not go on. Problems are not errors.
    pub async fn check(
        &self,
        progress: impl FnMut(CheckProgress) + Send,
    ) -> Result<CheckReport, StoreError> {
        let progress = Mutex::new(progress);
        let examine = || async {
            let mut report = CheckReport::default();
            let examined = self.examine(&mut report, &progress).await;
            Ok(match examined.map_err(|error| self.file().failed(error)) {
                // A page that cannot be read is a finding.
                Err(StoreError::Damaged { problem, .. }) => {
                    let problem = Problem::Integrity { message: problem };
                    report.problems.push(problem);
                    Ok(report)
                }
                examined => examined.map(|()| report),
            })
        };
        match self.answer(examine).await?? {
            report if report.is_clean() => Ok(report),
            // A disk that fails in passing looks like damage, once.
            _ => self.answer(examine).await?,
        }
    }

    async fn examine(
        &self,
        report: &mut CheckReport,
        progress: &Mutex<impl FnMut(CheckProgress) + Send>,
    ) -> Result<(), FileError> {
        let readers = self.readers();
        // This checkpoint only reports the length of the log; -1 if there is no log. It needs an
        // index that may be written.
        let log = sqlx::query("PRAGMA wal_checkpoint(NOOP)");
        if let Some(log) = readers
            .fetch_all(log)
            .await
            .ok()
            .and_then(|mut rows| rows.pop())
        {
            report.log_pages = get::<i64>(&log, 1)?.max(0).cast_unsigned();
            report.log_pages_copied = get::<i64>(&log, 2)?.max(0).cast_unsigned();
        }
        for row in readers
            .fetch_all(sqlx::query("PRAGMA integrity_check"))
            .await?
        {
            let message: String = get(&row, 0)?;
            if message != "ok" {
                report.problems.push(Problem::Integrity { message });
            }
        }
        if !report.is_clean() {
            // Nothing else that is read from such a file can be trusted.
            return Ok(());
        }
        self.examine_layout(report).await?;
        for (query, to_problem) in QUERIES {
            for row in readers.fetch_all(sqlx::query(query)).await? {
                report.problems.push(problem(&row, to_problem)?);
            }
            if let Some(Problem::PositionGap { .. }) = report.problems.last() {
                return Ok(());
            }
        }
        let streams = sqlx::query("SELECT count(*) FROM streams");
        if let Some(streams) = readers.fetch_all(streams).await?.pop() {
            report.streams = get::<i64>(&streams, 0)?.cast_unsigned();
        }
        self.examine_events(report, progress).await
    }

    /// Compares the layout with that of a new store. Further objects are no problem, for example an
    /// index.
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

    /// Decodes the events of the log, up to the present end.
    async fn examine_events(
        &self,
        report: &mut CheckReport,
        progress: &Mutex<impl FnMut(CheckProgress) + Send>,
    ) -> Result<(), FileError> {
        let head = lookup::head(self.readers()).await?;
        let head = head.unwrap_or(GlobalPosition::START);
        let mut query = LogQuery::new().positions(..=head);
        let mut times = RecordedTimes::default();
        while report.events < head.get() {
            let page = match log::read(self.readers(), &query).await {
                Err(FileError::Damaged(message)) => {
                    report.problems.push(Problem::Unreadable { message });
                    return Ok(());
                }
                page => page?,
            };
            for event in &page.items {
                let (before, time) = (event.position.previous(), event.recorded_at);
                match (times.examine(time), before) {
                    (Followed::WentBack, _) => {
                        let position = event.position.get();
                        report.problems.push(Problem::TimeWentBack { position });
                    }
                    (Followed::PassedOver(last), Some(before)) => {
                        let far_ahead = self.far_ahead(before, last, time).await?;
                        report.far_ahead.push(far_ahead);
                    }
                    _ => {}
                }
            }
            report.events += u64::try_from(page.items.len()).unwrap_or(0);
            let (read, total) = (report.events, head.get());
            let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress(CheckProgress { read, total });
            drop(progress);
            let Some(next) = page.next else { break };
            query = query.positions(next..=head);
        }
        self.examine_end(report, times, head).await
    }

    /// Compares the end of the log with the clock, and the leap of the last batch with the times.
    async fn examine_end(
        &self,
        report: &mut CheckReport,
        times: RecordedTimes,
        head: GlobalPosition,
    ) -> Result<(), FileError> {
        let Some(last) = times.last else {
            return Ok(());
        };
        let now = self.shared.options.clock.now();
        if last.duration_since(now) > RecordedTimes::FAR {
            let far_ahead = self.far_ahead(head, last, now).await?;
            report.far_ahead.push(far_ahead);
        }
        let went_back = |problem: &Problem| matches!(problem, Problem::TimeWentBack { .. });
        if report.problems.iter().any(went_back) {
            // The leap follows from times that are sound.
            return Ok(());
        }
        let leap = sqlx::query(
            "SELECT iif(typeof(leap) = 'integer', json_array(NULL, leap), leap)
            FROM batches WHERE last_position = ?1",
        );
        let leap = leap.bind(head.as_i64());
        let row = self.readers().fetch_all(leap).await?.pop();
        let leap: Option<String> = row.map_or(Ok(None), |row| get_optional(&row, 0))?;
        if leap != times.leap.map(leap_text) {
            let position = head.get();
            report.problems.push(Problem::LeapDiffers { position });
        }
        Ok(())
    }

    /// The events up to `last` that were recorded after the time `next`.
    async fn far_ahead(
        &self,
        last: GlobalPosition,
        recorded_at: Timestamp,
        next: Timestamp,
    ) -> Result<FarAhead, FileError> {
        let before = sqlx::query(
            "SELECT last_position FROM batches WHERE last_position < ?1 AND recorded_at <= ?2
            ORDER BY last_position DESC LIMIT 1",
        );
        let before = before.bind(last.as_i64()).bind(next.as_microsecond());
        let row = self.readers().fetch_all(before).await?.pop();
        let before: i64 = row.map_or(Ok(0), |row| get(&row, 0))?;
        Ok(FarAhead {
            first: before.cast_unsigned() + 1,
            last: last.get(),
            recorded_at,
            next,
        })
    }
}
