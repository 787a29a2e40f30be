//! The examination of a whole store: its layout, its rights, and every event.
//!
//! The events up to the end of the log at the beginning are examined, so appends meanwhile are no
//! problem.

mod layout;
mod report;

use jiff::Timestamp;
use postgres_database::{Database, DatabaseError};
use shared_kernel::store::LogQuery;
use shared_kernel::time::{FarAhead, Followed, Leap, RecordedTimes};
use shared_kernel::{GlobalPosition, StoreError};
use sqlx::Row;
use sqlx::postgres::PgRow;

pub use self::report::{CheckProgress, CheckReport, Problem};
use crate::read::log;
use crate::read::row::time;
use crate::store::PostgresStore;

/// The end of the log, and the position and the time of the last event, at one moment.
const END: &str = "
    SELECT h.position, h.recorded_at, h.leap_from, h.leap_to, e.position, e.recorded_at
    FROM annals.head AS h LEFT JOIN LATERAL (
        SELECT position, recorded_at FROM annals.events ORDER BY position DESC LIMIT 1) AS e ON true";

const STREAMS: &str = "SELECT count(DISTINCT stream) FROM annals.events WHERE position <= $1";

/// The problem of a row: its first column is a name or NULL, three numbers follow.
type ToProblem = fn(String, [i64; 3]) -> Problem;

/// A sound store has no rows for these queries. `$1` is the end of the log. The first is the basis
/// of the others.
const QUERIES: [(&str, ToProblem); 4] = [
    // The first position that no event has.
    (
        "SELECT NULL::text, before + 1, 0::bigint, 0::bigint FROM (
            SELECT position, lag(position, 1, 0::bigint) OVER (ORDER BY position) AS before
            FROM annals.events WHERE position <= $1) AS e
        WHERE position <> before + 1 ORDER BY position LIMIT 1",
        |_, [missing, ..]| Problem::PositionGap {
            missing: missing.cast_unsigned(),
        },
    ),
    // The first event of each stream whose version does not follow that before it.
    (
        "SELECT DISTINCT ON (stream) stream, position, before + 1, version FROM (
            SELECT stream, position, version, lag(version, 1, 0::bigint)
                OVER (PARTITION BY stream ORDER BY position) AS before
            FROM annals.events WHERE position <= $1) AS e
        WHERE version <> before + 1 ORDER BY stream, position",
        |stream, [position, expected, found]| Problem::VersionMisleads {
            stream,
            position: position.cast_unsigned(),
            expected: expected.cast_unsigned(),
            found,
        },
    ),
    (
        "SELECT NULL::text, position, 0::bigint, 0::bigint FROM (
            SELECT position, event_id = lag(event_id) OVER (ORDER BY event_id, position) AS again
            FROM annals.events WHERE position <= $1) AS e
        WHERE again ORDER BY position",
        |_, [position, ..]| Problem::IdTwice {
            position: position.cast_unsigned(),
        },
    ),
    (
        "SELECT NULL::text, last_position, 0::bigint, 0::bigint FROM (
            SELECT last_position, earliest,
                lag(last_position, 1, 0::bigint) OVER (ORDER BY last_position) AS before
            FROM annals.time_marks WHERE last_position <= $1) AS m
        WHERE m.earliest IS DISTINCT FROM (
            SELECT min(recorded_at) FROM annals.events
            WHERE position > m.before AND position <= m.last_position)",
        |_, [position, ..]| Problem::TimeMarkMisleads {
            position: position.cast_unsigned(),
        },
    ),
];

/// The last event before `$1` that was recorded at or before `$2`.
const BEFORE: &str = "
    SELECT position FROM annals.events WHERE position < $1 AND recorded_at <= $2
    ORDER BY position DESC LIMIT 1";

/// The end of the log as the table `head` has it.
struct End {
    position: GlobalPosition,
    times: RecordedTimes,
}

impl PostgresStore {
    /// Examines the whole store while it stays in use: columns, keys, triggers, functions and
    /// rights, the end of the log, contiguous positions and versions, ids, times and time marks. It
    /// decodes the events up to the last one at the beginning, or to the first one that cannot be
    /// read, and calls `progress` now and then. Payloads are bytes, so none of them is damage.
    ///
    /// Two kinds of damage stay hidden. If a superuser removes the last events and sets the end of
    /// the log back, the rest is a shorter, sound log. And PostgreSQL compares an index with its
    /// table only by the extension `amcheck`.
    ///
    /// # Errors
    /// [`StoreError`] if the examination itself could not go on. Problems are not errors.
    pub async fn check(
        &self,
        progress: impl FnMut(CheckProgress) + Send,
    ) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        let examined = self.examine(&mut report, progress).await;
        match examined.map_err(|error| error.at(self.location())) {
            // A table that is missing is a finding.
            Err(StoreError::Damaged { problem, .. }) => {
                report.problems.push(Problem::Database { message: problem });
                Ok(report)
            }
            examined => examined.map(|()| report),
        }
    }

    async fn examine(
        &self,
        report: &mut CheckReport,
        mut progress: impl FnMut(CheckProgress) + Send,
    ) -> Result<(), DatabaseError> {
        let database = self.database();
        layout::examine(database, &mut report.problems).await?;
        let Some(end) = end(database, report).await? else {
            return Ok(());
        };
        let head = end.position;
        for (query, to_problem) in QUERIES {
            for row in database
                .rows(|| sqlx::query(query).bind(head.as_i64()))
                .await?
            {
                report.problems.push(problem(&row, to_problem)?);
            }
            if let Some(Problem::PositionGap { .. }) = report.problems.last() {
                return Ok(());
            }
        }
        let streams = database
            .rows(|| sqlx::query(STREAMS).bind(head.as_i64()))
            .await?;
        if let Some(streams) = streams.first() {
            report.streams = streams.try_get::<i64, _>(0)?.cast_unsigned();
        }

        let mut times = RecordedTimes::default();
        let mut query = LogQuery::new().positions(..=head);
        while report.events < head.get() {
            let page = match log::read(database, &query).await {
                Err(DatabaseError::Damaged(message)) => {
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
                        let far_ahead = far_ahead(database, before, last, time).await?;
                        report.far_ahead.push(far_ahead);
                    }
                    _ => {}
                }
            }
            report.events += u64::try_from(page.items.len()).unwrap_or(0);
            progress(CheckProgress {
                read: report.events,
                total: head.get(),
            });
            let Some(next) = page.next else { break };
            query = query.positions(next..=head);
        }
        self.examine_end(report, times, &end).await
    }

    /// Compares the end of the log with the clock, and its leap with the times of the log.
    async fn examine_end(
        &self,
        report: &mut CheckReport,
        times: RecordedTimes,
        end: &End,
    ) -> Result<(), DatabaseError> {
        let Some(last) = times.last else {
            return Ok(());
        };
        let now = self.shared.options.clock.now();
        if last.duration_since(now) > RecordedTimes::FAR {
            let far_ahead = far_ahead(self.database(), end.position, last, now).await?;
            report.far_ahead.push(far_ahead);
        }
        let position = end.position.get();
        if end.times.last != times.last {
            report.problems.push(Problem::HeadTimeDiffers { position });
        }
        let went_back = |problem: &Problem| matches!(problem, Problem::TimeWentBack { .. });
        // The leap follows from times that are sound.
        if !report.problems.iter().any(went_back) && end.times.leap != times.leap {
            report.problems.push(Problem::LeapDiffers { position });
        }
        Ok(())
    }
}

/// The end of the log; `None` if the table `head` does not lead to the last event.
async fn end(database: &Database, report: &mut CheckReport) -> Result<Option<End>, DatabaseError> {
    let rows = database.rows(|| sqlx::query(END)).await?;
    let [row] = &rows[..] else {
        report.problems.push(Problem::HeadMissing);
        return Ok(None);
    };
    let number = |column: usize| row.try_get::<Option<i64>, _>(column);
    let (head, last) = (number(0)?.unwrap_or(0), number(4)?.unwrap_or(0));
    if head != last {
        report.problems.push(Problem::HeadMisleads {
            head: head.cast_unsigned(),
            last: last.cast_unsigned(),
        });
        return Ok(None);
    }
    let damaged = |e| DatabaseError::Damaged(format!("the table head: {e}"));
    let moment = |column| number(column)?.map(time).transpose();
    let leap = match moment(3)? {
        Some(to) => Some(Leap {
            from: moment(2)?,
            to,
        }),
        None => None,
    };
    Ok(Some(End {
        position: GlobalPosition::try_from(head).map_err(damaged)?,
        times: RecordedTimes {
            last: moment(1)?,
            leap,
        },
    }))
}

fn problem(row: &PgRow, to_problem: ToProblem) -> Result<Problem, DatabaseError> {
    let name: Option<String> = row.try_get(0)?;
    let numbers = [row.try_get(1)?, row.try_get(2)?, row.try_get(3)?];
    Ok(to_problem(name.unwrap_or_default(), numbers))
}

/// The events up to `last` that were recorded after the time `next`.
async fn far_ahead(
    database: &Database,
    last: GlobalPosition,
    recorded_at: Timestamp,
    next: Timestamp,
) -> Result<FarAhead, DatabaseError> {
    let before = database.rows(|| {
        sqlx::query(BEFORE)
            .bind(last.as_i64())
            .bind(next.as_microsecond())
    });
    let before = match before.await?.first() {
        Some(row) => row.try_get::<i64, _>(0)?,
        None => 0,
    };
    Ok(FarAhead {
        first: before.cast_unsigned() + 1,
        last: last.get(),
        recorded_at,
        next,
    })
}
