//! Owns the examination of a whole store: the file, the counts, and every event.

use futures_util::TryStreamExt;
use jiff::Timestamp;
use shared_kernel::{EventStore, EventStoreExt, GlobalPosition, LogQuery, StoreError};
use sqlx::Row;

use crate::columns::{integer, text};
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
    /// An event belongs to a stream that is not listed.
    UnknownStream {
        /// The position of the first such event.
        position: u64,
    },
    /// A stream is listed and has no event.
    EmptyStream {
        /// The name of the stream.
        stream: String,
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
    /// contiguous positions and versions, streams and events that belong together, times that never
    /// go back, and every event, decoded, up to the last at the beginning or the first that cannot
    /// be read. `progress` is told now and then.
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
        self.check_streams(report).await?;
        self.check_events(report, progress).await
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

    async fn check_streams(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        let mut reader = self.reader().await?;
        let connection = reader.connection().await.map_err(|e| self.failed(e))?;
        let mut rows = sqlx::query(
            "SELECT s.name, count(e.version), min(e.version), max(e.version) \
             FROM streams AS s LEFT JOIN events AS e ON e.stream_key = s.stream_key \
             GROUP BY s.stream_key ORDER BY s.stream_key",
        )
        .fetch(&mut *connection);
        while let Some(row) = rows.try_next().await.map_err(|e| self.failed(e))? {
            report.streams += 1;
            let stream: String = row.try_get_unchecked(0).map_err(|e| self.failed(e))?;
            let events = integer(self.location(), &row, 1)?.cast_unsigned();
            let bound = |column| {
                let found: Result<Option<i64>, _> = row.try_get_unchecked(column);
                found
                    .map(|bound| bound.unwrap_or(0).cast_unsigned())
                    .map_err(|e| self.failed(e))
            };
            let (first, last) = (bound(2)?, bound(3)?);
            if events == 0 {
                report.problems.push(Problem::EmptyStream { stream });
            } else if first != 1 || last != events {
                report.problems.push(Problem::VersionGap {
                    stream,
                    events,
                    first,
                    last,
                });
            }
        }
        drop(rows);
        let orphan: Option<i64> = sqlx::query_scalar(
            "SELECT min(position) FROM events \
             WHERE stream_key NOT IN (SELECT stream_key FROM streams)",
        )
        .fetch_one(connection)
        .await
        .map_err(|e| self.failed(e))?;
        let orphan = orphan.map(|p| Problem::UnknownStream {
            position: p.cast_unsigned(),
        });
        report.problems.extend(orphan);
        Ok(())
    }

    async fn check_events(
        &self,
        report: &mut CheckReport,
        progress: &mut (impl FnMut(CheckProgress) + Send),
    ) -> Result<(), StoreError> {
        let Some(head) = self.head().await? else {
            return Ok(());
        };
        let count = sqlx::query("SELECT count(*) FROM events WHERE position <= ?1");
        let total = self.one_row(count.bind(head.as_i64())).await?;
        let total = integer(self.location(), &total, 0)?.cast_unsigned();
        let mut expected = GlobalPosition::FIRST;
        let mut last_time = Timestamp::MIN;
        let mut events = self.read_log(LogQuery::new().to_position(head));
        loop {
            let event = match events.try_next().await {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(StoreError::Damaged { problem, .. }) => {
                    report
                        .problems
                        .push(Problem::Unreadable { message: problem });
                    break;
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
            if report.events.is_multiple_of(TELL_EVERY) || report.events == total {
                progress(CheckProgress {
                    read: report.events,
                    total,
                });
            }
        }
        Ok(())
    }
}
