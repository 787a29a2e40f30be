//! The examination of a whole store: the file, its layout, every event, and every index.

use futures_util::TryStreamExt;
use jiff::Timestamp;
use shared_kernel::store::{LogQuery, StreamQuery};
use shared_kernel::{
    EventStore, EventStoreExt, GlobalPosition, RecordedEvent, StoreError, StreamId, StreamVersion,
};
use sqlx::Row;

use super::extent::{Extent, Extents};
use super::report::{CheckProgress, CheckReport, Problem};
use super::schema;
use crate::error::ReadError;
use crate::read::row::{number, text};
use crate::store::SqliteStore;

/// The events between two reports of progress, and between two looks at the index of event ids.
const EVENTS_AT_ONCE: usize = 1_000;

/// The first position that no batch has, between 1 and the end of the log.
const POSITION_GAP: &str = "
    SELECT before + 1 FROM (
        SELECT last_position, count, lag(last_position, 1, 0) OVER (ORDER BY last_position) AS before
        FROM batches)
    WHERE last_position - count <> before AND last_position <= ?1 LIMIT 1";

/// The first batch whose text says something else than its columns.
const HEADER_DIFFERS: &str = "
    SELECT last_position FROM batches
    WHERE last_position <= ?1 AND (events ->> 0 IS NOT last_position - count + 1
        OR events ->> 3 IS NOT recorded_at OR json_array_length(events) IS NOT count + 4)
    ORDER BY last_position LIMIT 1";

/// The first time mark that does not have the earliest time of its stretch of the log.
const WRONG_TIME_MARK: &str = "
    SELECT last_position FROM (
        SELECT last_position, earliest, lag(last_position, 1, 0) OVER (ORDER BY last_position) AS before
        FROM time_marks) AS m
    WHERE m.last_position <= ?1 AND m.earliest IS NOT (
        SELECT min(recorded_at) FROM batches
        WHERE last_position > m.before AND last_position <= m.last_position) LIMIT 1";

/// A row where the stream index does not have one row for each batch, or has one of no stream.
const INDEX_DIFFERS: &str = "
    SELECT 0 WHERE (SELECT count(*) FROM batches WHERE last_position <= ?1)
        <> (SELECT count(*) FROM stream_batches WHERE last_position <= ?1)
            + (SELECT count(*) FROM recent_batches WHERE last_position <= ?1)
        OR EXISTS (SELECT 1 FROM stream_batches WHERE stream_key NOT IN
            (SELECT stream_key FROM streams))
        OR EXISTS (SELECT 1 FROM recent_batches WHERE stream_key NOT IN
            (SELECT stream_key FROM streams))";

/// A row where `offsets` does not have the numbers from 0 to 127.
const OFFSETS_DIFFER: &str = "
    SELECT 0 FROM (SELECT count(*) AS count, min(n) AS low, max(n) AS high FROM offsets)
    WHERE count <> 128 OR low <> 0 OR high <> 127 OR ?1 IS NULL";

/// How many pairs of event id and position, in the list `?1`, the index of ids has.
const IDS_FOUND: &str = "
    SELECT count(*) FROM json_each(?1) AS wanted JOIN event_ids AS i
        ON i.event_id = unhex(wanted.value ->> 0) AND i.position = wanted.value ->> 1";

const IDS_UP_TO: &str = "SELECT count(*) FROM event_ids WHERE position <= ?1";

impl SqliteStore {
    /// Examines the whole store while it stays in use: the integrity of the file, its layout,
    /// contiguous positions and versions, times that never go back, every event, and that its stream
    /// and its id lead to each event. It reads up to the event that is the last one at the beginning,
    /// or to the first one that cannot be read. It calls `progress` now and then. Its memory grows
    /// with the number of streams.
    ///
    /// It cannot find that the last events were removed by someone who dropped the triggers first and
    /// cleaned up the indexes: what is left is a shorter log.
    ///
    /// # Errors
    /// [`StoreError`] where the examination itself could not go on. Problems are not errors.
    pub async fn check(
        &self,
        mut progress: impl FnMut(CheckProgress) + Send,
    ) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        match self.examine(&mut report, &mut progress).await {
            // A page that cannot be read is a finding.
            Err(StoreError::Damaged { problem, .. }) => {
                report
                    .problems
                    .push(Problem::Integrity { message: problem });
                Ok(report)
            }
            examined => examined.map(|()| report),
        }
    }

    async fn examine(
        &self,
        report: &mut CheckReport,
        progress: &mut (impl FnMut(CheckProgress) + Send),
    ) -> Result<(), StoreError> {
        self.check_integrity(report).await?;
        if !report.is_clean() {
            // Nothing else that is read from such a file can be trusted.
            return Ok(());
        }
        self.check_layout(report).await?;
        let head = self.head().await?;
        let end = head.map_or(0, GlobalPosition::as_i64);
        if let Some(missing) = self.first_position(POSITION_GAP, end).await? {
            report.problems.push(Problem::PositionGap { missing });
            return Ok(());
        }
        if let Some(position) = self.first_position(HEADER_DIFFERS, end).await? {
            report.problems.push(Problem::BatchDiffers { position });
        }
        if let Some(position) = self.first_position(WRONG_TIME_MARK, end).await? {
            report.problems.push(Problem::TimeMarkMisleads { position });
        }
        if self.first_position(OFFSETS_DIFFER, end).await?.is_some() {
            let name = "offsets".to_owned();
            report.problems.push(Problem::LayoutChanged { name });
        }
        if let Some(extents) = self.check_events(head, report, progress).await? {
            self.check_streams(head, &extents, report).await?;
            self.check_list(head, &extents, report).await?;
        }
        // Most often a stream that misleads says more.
        if report.is_clean() && self.first_position(INDEX_DIFFERS, end).await?.is_some() {
            report.problems.push(Problem::StreamIndexDiffers);
        }
        Ok(())
    }

    async fn check_integrity(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query("PRAGMA integrity_check")
            .fetch_all(&mut reader.connection)
            .await;
        for row in rows.map_err(|e| self.failed(e.into()))? {
            let message = text(&row, 0).map_err(|e| self.failed(e))?.to_owned();
            if message != "ok" {
                report.problems.push(Problem::Integrity { message });
            }
        }
        let log = sqlx::query("PRAGMA wal_checkpoint(NOOP)")
            .fetch_one(&mut reader.connection)
            .await;
        let log = log.map_err(|e| self.failed(e.into()))?;
        let pages = |column| {
            let pages = number(&log, column).map_err(|e| self.failed(e))?;
            Ok::<_, StoreError>(u64::try_from(pages).unwrap_or(0))
        };
        (report.log_pages, report.log_pages_copied) = (pages(1)?, pages(2)?);
        reader.give_back();
        Ok(())
    }

    /// Compares the layout with that of a new store. Objects that someone added are no problem.
    async fn check_layout(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        const LAYOUT: &str =
            "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
        let failed = |error: sqlx::Error| self.failed(error.into());
        let mut fresh = schema::in_memory().await.map_err(failed)?;
        let expected: Vec<(String, String)> = sqlx::query_as(LAYOUT)
            .fetch_all(&mut fresh)
            .await
            .map_err(failed)?;
        let mut reader = self.reader().await?;
        let found: Vec<(String, String)> = sqlx::query_as(LAYOUT)
            .fetch_all(&mut reader.connection)
            .await
            .map_err(failed)?;
        reader.give_back();
        let changed = expected
            .into_iter()
            .filter(|object| !found.contains(object));
        let changed = changed.map(|(name, _)| Problem::LayoutChanged { name });
        report.problems.extend(changed);
        Ok(())
    }

    /// The position that a statement finds up to the position `end`, if any.
    async fn first_position(
        &self,
        statement: &'static str,
        end: i64,
    ) -> Result<Option<u64>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query(statement)
            .bind(end)
            .fetch_optional(&mut reader.connection)
            .await;
        let row = row.map_err(|e| self.failed(e.into()))?;
        reader.give_back();
        let position = row.map(|row| number(&row, 0)).transpose();
        let position = position.map_err(|e| self.failed(e))?;
        Ok(position.map(i64::cast_unsigned))
    }

    /// Reads the log up to `head`. Returns the extent of each stream, unless an event cannot be read.
    async fn check_events(
        &self,
        head: Option<GlobalPosition>,
        report: &mut CheckReport,
        progress: &mut (impl FnMut(CheckProgress) + Send),
    ) -> Result<Option<Extents>, StoreError> {
        let mut extents = Extents::new();
        let Some(head) = head else {
            return Ok(Some(extents));
        };
        let total = head.get();
        let mut last_time = Timestamp::MIN;
        let mut events = self
            .read_log(LogQuery::new().positions(..=head))
            .try_chunks(EVENTS_AT_ONCE);
        loop {
            let chunk = match events.try_next().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(error) => match error.1 {
                    StoreError::Damaged { problem, .. } => {
                        report
                            .problems
                            .push(Problem::Unreadable { message: problem });
                        return Ok(None);
                    }
                    error => return Err(error),
                },
            };
            for event in &chunk {
                report.events += 1;
                if event.recorded_at < last_time {
                    let position = event.position.get();
                    report.problems.push(Problem::TimeWentBack { position });
                }
                last_time = event.recorded_at;
                let extent = extents.entry(event.stream.clone()).or_default();
                extent.add(event.version);
            }
            self.check_ids(&chunk, report).await?;
            progress(CheckProgress {
                read: report.events,
                total,
            });
        }
        let ids = self.first_position(IDS_UP_TO, head.as_i64()).await?;
        let is_reported = |problem: &Problem| matches!(problem, Problem::IdMisleads { .. });
        if ids != Some(report.events) && !report.problems.iter().any(is_reported) {
            report.problems.push(Problem::IdMisleads { position: None });
        }
        Ok(Some(extents))
    }

    /// Looks the ids of some events up. Only the first problem is reported.
    async fn check_ids(
        &self,
        events: &[RecordedEvent],
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        if self.find_ids(events).await? == events.len() {
            return Ok(());
        }
        let is_reported = |problem: &Problem| matches!(problem, Problem::IdMisleads { .. });
        if report.problems.iter().any(is_reported) {
            return Ok(());
        }
        for event in events {
            if self.find_ids(std::slice::from_ref(event)).await? == 0 {
                let position = Some(event.position.get());
                report.problems.push(Problem::IdMisleads { position });
                break;
            }
        }
        Ok(())
    }

    async fn find_ids(&self, events: &[RecordedEvent]) -> Result<usize, StoreError> {
        let pairs: Vec<_> = events
            .iter()
            .map(|event| {
                (
                    event.id.as_uuid().simple().to_string(),
                    event.position.get(),
                )
            })
            .collect();
        let pairs = serde_json::to_string(&pairs)
            .map_err(|e| self.failed(ReadError::Sqlite(sqlx::Error::Encode(e.into()))))?;
        let mut reader = self.reader().await?;
        let row = sqlx::query(IDS_FOUND)
            .bind(pairs)
            .fetch_one(&mut reader.connection)
            .await;
        let row = row.map_err(|e| self.failed(e.into()))?;
        reader.give_back();
        let found = number(&row, 0).map_err(|e| self.failed(e))?;
        Ok(usize::try_from(found).unwrap_or(0))
    }

    /// Compares the events of each stream in the log with those that the stream index leads to.
    async fn check_streams(
        &self,
        head: Option<GlobalPosition>,
        extents: &Extents,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        for (stream, extent) in extents {
            if extent.first != StreamVersion::FIRST || extent.last.get() != extent.events {
                report.problems.push(Problem::VersionGap {
                    stream: stream.to_string(),
                    events: extent.events,
                    first: extent.first.get(),
                    last: extent.last.get(),
                });
            }
            let mut found = Extent::default();
            let query = StreamQuery::new(stream.clone()).versions(..=extent.last);
            let mut events = self.read_stream(query);
            let read = loop {
                match events.try_next().await {
                    Ok(Some(event)) => found.add(event.version),
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
            let ends = match read {
                Ok(()) if found == *extent => self.ends_with(stream, extent.last, head).await,
                Ok(()) => Ok(false),
                Err(error) => Err(error),
            };
            if !or_damaged(ends, false)? {
                let stream = stream.to_string();
                report.problems.push(Problem::StreamMisleads { stream });
            }
        }
        Ok(())
    }

    /// Whether the version of a stream is `last`, apart from events after `head`.
    async fn ends_with(
        &self,
        stream: &StreamId,
        last: StreamVersion,
        head: Option<GlobalPosition>,
    ) -> Result<bool, StoreError> {
        let version = self.stream_version(stream).await?;
        if version <= last {
            return Ok(version == last);
        }
        let later = StreamQuery::new(stream.clone())
            .versions(last.next().unwrap_or(last)..)
            .limit(1);
        let later = self.read_stream_page(&later).await?;
        Ok(later.items.first().map(|event| event.position) > head)
    }

    /// Looks for listed streams that have no event in the log.
    async fn check_list(
        &self,
        head: Option<GlobalPosition>,
        extents: &Extents,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT name FROM streams ORDER BY stream_key")
            .fetch_all(&mut reader.connection)
            .await;
        let rows = rows.map_err(|e| self.failed(e.into()))?;
        reader.give_back();
        for row in &rows {
            report.streams += 1;
            let name: &str = row
                .try_get_unchecked(0)
                .map_err(|e| self.failed(e.into()))?;
            let stream = StreamId::new(name)
                .map_err(|e| self.failed(ReadError::Damaged(format!("a stream: {e}"))))?;
            if extents.contains_key(&stream) {
                continue;
            }
            let name = stream.to_string();
            if or_damaged(self.stream_version(&stream).await, StreamVersion::MAX)?
                == StreamVersion::EMPTY
            {
                report.problems.push(Problem::EmptyStream { stream: name });
                continue;
            }
            // It may have come during the examination.
            let first = self
                .read_stream_page(&StreamQuery::new(stream).limit(1))
                .await
                .map(|page| page.items.first().map(|event| event.position));
            let first = or_damaged(first, None)?;
            if first.is_none_or(|first| head.is_some_and(|head| first <= head)) {
                report
                    .problems
                    .push(Problem::StreamMisleads { stream: name });
            }
        }
        Ok(())
    }
}

/// The value that was read, or `damaged` where the file is damaged there.
fn or_damaged<T>(read: Result<T, StoreError>, damaged: T) -> Result<T, StoreError> {
    match read {
        Err(StoreError::Damaged { .. }) => Ok(damaged),
        read => read,
    }
}
