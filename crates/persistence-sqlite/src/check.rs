//! Owns the examination of a whole store: the file, the counts, and every event.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use shared_kernel::{
    EventStore, EventStoreExt, GlobalPosition, LogQuery, StoreError, StreamId, StreamQuery,
    StreamVersion,
};
use sqlx::Row;

use crate::columns::{integer, text};
use crate::error::damaged;
use crate::migration;
use crate::store::SqliteStore;

/// How often the progress is told, in events.
const TELL_EVERY: u64 = 1_000;

/// What is wrong with a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// SQLite found the file damaged, or a constraint broken.
    Integrity {
        /// What SQLite said.
        message: String,
    },
    /// A table, trigger or view of the layout is missing, or is not as it was made.
    LayoutChanged {
        /// Its name.
        name: String,
    },
    /// Positions are not 1, 2, 3 … up to the last one.
    PositionGap {
        /// The position that should be there.
        missing: u64,
    },
    /// The versions of a stream are not 1, 2, 3 … up to its last one.
    VersionGap {
        /// The name of the stream.
        stream: String,
        /// How many events it has.
        events: u64,
        /// The lowest version found.
        first: u64,
        /// The highest version found.
        last: u64,
    },
    /// A stream is listed and has no event.
    EmptyStream {
        /// The name of the stream.
        stream: String,
    },
    /// Reading a stream does not give the events that the log has of it.
    StreamMisleads {
        /// The name of the stream.
        stream: String,
    },
    /// Looking for an event by its id leads to another one, or nowhere.
    IdMisleads {
        /// The position that the id of another event leads to; `None` where ids of events are missing.
        position: Option<u64>,
    },
    /// An event was recorded before the one that precedes it in the log.
    TimeWentBack {
        /// The position of the event.
        position: u64,
    },
    /// An event cannot be read.
    Unreadable {
        /// What was found.
        message: String,
    },
}

/// What an examination found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckReport {
    /// How many events were read.
    pub events: u64,
    /// How many streams are listed.
    pub streams: u64,
    /// What is wrong; empty for a store in good health.
    pub problems: Vec<Problem>,
}

impl CheckReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// How far an examination has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckProgress {
    /// How many events have been read.
    pub read: u64,
    /// How many there are to read.
    pub total: u64,
}

impl SqliteStore {
    /// Examines the whole store while it stays in use: the integrity of the file, its layout,
    /// contiguous positions and versions, times that never go back, every event, decoded, up to the last
    /// at the beginning or the first that cannot be read, and that each is found again by its stream and
    /// by its id. `progress` is told now and then. The memory that it takes grows with the number of streams.
    ///
    /// That somebody has taken away the last events, past all triggers, cannot be found: a log that
    /// ends earlier is a log.
    ///
    /// # Errors
    /// [`StoreError`] where the examination itself could not go on; what it finds is no error.
    pub async fn check(
        &self,
        mut progress: impl FnMut(CheckProgress) + Send,
    ) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        match self.examine(&mut report, &mut progress).await {
            // What cannot even be read is what an examination is there to find.
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
        let mut reader = self.reader().await?;
        let connection = reader.connection().await.map_err(|e| self.failed(e))?;
        let mut messages = sqlx::query("PRAGMA integrity_check").fetch(connection);
        while let Some(row) = messages.try_next().await.map_err(|e| self.failed(e))? {
            let message = text(self.location(), &row, 0)?.to_owned();
            if message != "ok" {
                report.problems.push(Problem::Integrity { message });
            }
        }
        drop(messages);
        drop(reader);
        if !report.is_clean() {
            // Whatever else could be found would be found in a file that cannot be trusted.
            return Ok(());
        }
        self.check_layout(report).await?;
        let head = self.head().await?;
        if let Some(extents) = self.check_events(head, report, progress).await? {
            self.check_streams(head, extents, report).await?;
            self.check_ids(head, report).await?;
        }
        Ok(())
    }

    /// Compares the layout with that of a new store; what somebody has added harms nobody.
    async fn check_layout(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        const LAYOUT: &str =
            "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
        let mut fresh = migration::fresh_layout()
            .await
            .map_err(|e| self.failed(e))?;
        let expected: Vec<(String, String)> = sqlx::query_as(LAYOUT)
            .fetch_all(&mut fresh)
            .await
            .map_err(|e| self.failed(e))?;
        let mut reader = self.reader().await?;
        let connection = reader.connection().await.map_err(|e| self.failed(e))?;
        let found: Vec<(String, String)> = sqlx::query_as(LAYOUT)
            .fetch_all(connection)
            .await
            .map_err(|e| self.failed(e))?;
        let missing = expected
            .into_iter()
            .filter(|object| !found.contains(object));
        report
            .problems
            .extend(missing.map(|(name, _)| Problem::LayoutChanged { name }));
        Ok(())
    }

    /// Reads the log up to `head`, and gives what it has of each stream, unless it cannot be read to its end.
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
        let count = sqlx::query(
            "SELECT coalesce(sum(length(event_ids)) / 16, 0) FROM runs WHERE position <= ?1",
        );
        let total = self.one_row(count.bind(head.as_i64())).await?;
        let total = integer(self.location(), &total, 0)?.cast_unsigned();
        let mut expected = GlobalPosition::FIRST;
        let mut last_time = Timestamp::MIN;
        let mut events = self.read_log(LogQuery::new().positions(..=head));
        loop {
            let event = match events.try_next().await {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(StoreError::Damaged { problem, .. }) => {
                    let message = problem;
                    report.problems.push(Problem::Unreadable { message });
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            report.events += 1;
            let position = event.position.get();
            if event.position != expected {
                report.problems.push(Problem::PositionGap {
                    missing: expected.get(),
                });
            }
            if event.recorded_at < last_time {
                report.problems.push(Problem::TimeWentBack { position });
            }
            expected = event.position.next().unwrap_or(GlobalPosition::MAX);
            last_time = event.recorded_at;
            extents.entry(event.stream).or_default().add(event.version);
            if report.events.is_multiple_of(TELL_EVERY) || report.events == total {
                progress(CheckProgress {
                    read: report.events,
                    total,
                });
            }
        }
        Ok(Some(extents))
    }

    /// Compares what the log has of each stream with what a reader of the stream gets.
    async fn check_streams(
        &self,
        head: Option<GlobalPosition>,
        extents: Extents,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        for (stream, extent) in &extents {
            let name = || stream.to_string();
            if extent.first != StreamVersion::FIRST || extent.last.get() != extent.events {
                report.problems.push(Problem::VersionGap {
                    stream: name(),
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
            let is_sound = match read {
                Err(StoreError::Damaged { .. }) => false,
                Err(error) => return Err(error),
                Ok(()) => found == *extent && self.ends_with(stream, extent.last, head).await?,
            };
            if !is_sound {
                report
                    .problems
                    .push(Problem::StreamMisleads { stream: name() });
            }
        }
        self.check_list(head, &extents, report).await
    }

    /// Whether the head of a stream says that it ends with `last`, but for what came after `head`.
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

    /// Looks for streams that are listed and of which the log has nothing.
    async fn check_list(
        &self,
        head: Option<GlobalPosition>,
        extents: &Extents,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let mut unheard_of = Vec::new();
        let mut reader = self.reader().await?;
        let connection = reader.connection().await.map_err(|e| self.failed(e))?;
        let mut rows =
            sqlx::query("SELECT name FROM streams ORDER BY stream_key").fetch(connection);
        while let Some(row) = rows.try_next().await.map_err(|e| self.failed(e))? {
            let name = StreamId::new(text(self.location(), &row, 0)?);
            let name = name.map_err(|e| damaged(self.location(), format!("a stream: {e}")))?;
            report.streams += 1;
            if !extents.contains_key(&name) {
                unheard_of.push(name);
            }
        }
        drop(rows);
        drop(reader);
        for stream in unheard_of {
            let name = stream.to_string();
            if self.stream_version(&stream).await? == StreamVersion::EMPTY {
                report.problems.push(Problem::EmptyStream { stream: name });
                continue;
            }
            // It may have come while the examination went on.
            let first = self
                .read_stream_page(&StreamQuery::new(stream).limit(1))
                .await?;
            let first = first.items.first().map(|event| event.position);
            if first.is_none_or(|first| head.is_some_and(|head| first <= head)) {
                report
                    .problems
                    .push(Problem::StreamMisleads { stream: name });
            }
        }
        Ok(())
    }

    /// Compares the index of ids with the events, up to `head`, and the ids that it does not lead to yet with each
    /// other and with those that it leads to.
    async fn check_ids(
        &self,
        head: Option<GlobalPosition>,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let ids = sqlx::query(
            "WITH ends AS MATERIALIZED (SELECT min(?1, through) AS indexed, through FROM indexed) \
             SELECT count(*) FILTER (WHERE i.position <= ends.indexed), \
                (SELECT coalesce(sum(length(event_ids)) / 16, 0) FROM runs, ends \
                    WHERE position <= ends.indexed), \
                min(iif(i.position <= ends.through AND i.event_id IS substr(r.event_ids, \
                    (i.position - r.position) * 16 + 1, 16), NULL, i.position)) \
             FROM ends, indexed_ids AS i LEFT JOIN runs AS r \
                ON r.position = (SELECT max(position) FROM runs WHERE position <= i.position) \
             WHERE i.position <= ?1 OR i.position > ends.through",
        );
        let head = head.map_or(0, GlobalPosition::as_i64);
        let row = self.one_row(ids.bind(head)).await?;
        let (found, expected) = (
            integer(self.location(), &row, 0)?,
            integer(self.location(), &row, 1)?,
        );
        let wrong: Option<i64> = row.try_get_unchecked(2).map_err(|e| self.failed(e))?;
        let wrong = match wrong {
            None => self.twice_in_tail().await?,
            wrong => wrong,
        };
        if wrong.is_some() || found != expected {
            let position = wrong.map(i64::cast_unsigned);
            report.problems.push(Problem::IdMisleads { position });
        }
        Ok(())
    }

    /// The first position behind the index whose event has an id that another one has too.
    async fn twice_in_tail(&self) -> Result<Option<i64>, StoreError> {
        let twice = sqlx::query(
            "WITH RECURSIVE ids (position, id, others) AS (SELECT position, substr(event_ids, 1, 16), \
                    substr(event_ids, 17) FROM runs, indexed WHERE position > through \
                UNION ALL SELECT position + 1, substr(others, 1, 16), substr(others, 17) \
                    FROM ids WHERE length(others) > 0), \
            tail AS MATERIALIZED (SELECT position, id FROM ids) \
            SELECT min(position) FROM tail WHERE ?1 AND (id IN (SELECT event_id FROM indexed_ids) \
                OR id IN (SELECT id FROM tail GROUP BY id HAVING count(*) > 1))",
        );
        let row = self.one_row(twice.bind(true)).await?;
        row.try_get_unchecked(0).map_err(|e| self.failed(e))
    }
}

/// What there is of each stream.
type Extents = HashMap<StreamId, Extent>;

/// What there is of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extent {
    events: u64,
    first: StreamVersion,
    last: StreamVersion,
}

impl Default for Extent {
    fn default() -> Self {
        Self {
            events: 0,
            first: StreamVersion::MAX,
            last: StreamVersion::EMPTY,
        }
    }
}

impl Extent {
    fn add(&mut self, version: StreamVersion) {
        self.events += 1;
        self.first = self.first.min(version);
        self.last = self.last.max(version);
    }
}
