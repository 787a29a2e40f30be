//! The rows of this crate in the schema of a build: progress, parked and skipped events.

use std::error::Error;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use postgres_database::Statement;
use read_side::{Failure, HeldLease, Parked, Progress, Skipped, Status, Step};
use shared_kernel::event::EventType;
use shared_kernel::lease::{LeaseHolder, LeaseTerm};
use shared_kernel::{EventId, StreamId};
use sqlx::Row;
use sqlx::postgres::PgRow;

pub(crate) const PROGRESS: &str = "SELECT * FROM {schema}.annals_progress ORDER BY segment";

/// Ends with the number of the segment. A hash in the name of a schema may be that of two builds,
/// so the full name counts. Types of their own depend on the schema; those of tables do not.
pub(crate) const SEGMENT: &str = "
    SELECT *, EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass
        AND refobjid = '{schema}'::regnamespace AND classid = 'pg_type'::regclass) AS has_types
    FROM {schema}.annals_progress
    WHERE EXISTS (SELECT FROM {schema}.annals_build WHERE name = '{build}') AND segment = ";
pub(crate) const PARKED: &str = "SELECT * FROM {schema}.annals_parked ORDER BY position";
pub(crate) const SKIPPED: &str = "SELECT * FROM {schema}.annals_skipped ORDER BY position";

/// Takes [`bind_lease`].
pub(crate) const WRITE_LEASE: &str = "
    UPDATE {schema}.annals_progress SET term = $1, holder = $2, expires_at = $3, ttl_nanos = $4
    WHERE segment = $5";

/// Takes [`bind_lease`] and [`bind_step`]. The lease must still be the last one of its segment, and
/// the position the one from which the step begins.
pub(crate) const WRITE_STEP: &str = "
    UPDATE {schema}.annals_progress SET term = $1, holder = $2, expires_at = $3, ttl_nanos = $4,
        through = $7, last_event = $8, status = $9, position = $10, stream = $11, version = $12,
        event_id = $13, event_type = $14, reason = $15
    WHERE segment = $5 AND term = $1 AND expires_at IS NOT NULL AND through = $6";

const UNPARK: &str = "DELETE FROM {schema}.annals_parked WHERE event_id = $1";

const PARK: &str = "
    INSERT INTO {schema}.annals_parked VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (position) DO UPDATE SET reason = excluded.reason, was_tried = excluded.was_tried";

const SKIP: &str = "
    INSERT INTO {schema}.annals_skipped VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (position) DO UPDATE SET reason = excluded.reason, why = excluded.why";

pub(crate) fn bind_lease<'q>(
    statement: Statement<'q>,
    segment: u16,
    lease: &HeldLease,
) -> Statement<'q> {
    statement
        .bind(lease.term.as_i64())
        .bind(lease.holder.as_str().to_owned())
        .bind(lease.expires_at.map(|time| time.to_string()))
        .bind(i64::try_from(lease.ttl.as_nanos()).unwrap_or(i64::MAX))
        .bind(i32::from(segment))
}

pub(crate) fn bind_step<'q>(statement: Statement<'q>, step: &Step) -> Statement<'q> {
    let (status, failure) = match &step.status {
        Status::NeverRun => ("never run", None),
        Status::Building => ("building", None),
        Status::Live => ("live", None),
        Status::Stopped(failure) => ("stopped", Some(failure)),
    };
    let statement = statement
        .bind(step.from.as_i64())
        .bind(step.through.as_i64())
        .bind(step.last_event.map(|event| event.to_string()))
        .bind(status);
    bind_failure(statement, failure)
}

/// The statements that write the events that a step puts aside, takes back and passes over. `sql`
/// puts the schema into a text.
pub(crate) fn left_out<'q>(
    step: &Step,
    sql: impl Fn(&'static str) -> Statement<'q>,
) -> Vec<Statement<'q>> {
    let unpark = step
        .unpark
        .iter()
        .map(|event| sql(UNPARK).bind(event.to_string()));
    let park = step
        .park
        .iter()
        .map(|parked| bind_failure(sql(PARK), Some(&parked.failure)).bind(parked.was_tried));
    let skip = step
        .skip
        .iter()
        .map(|skipped| bind_failure(sql(SKIP), Some(&skipped.failure)).bind(text_of(&skipped.why)));
    unpark.chain(park).chain(skip).collect()
}

fn bind_failure<'q>(statement: Statement<'q>, failure: Option<&Failure>) -> Statement<'q> {
    statement
        .bind(failure.map(|failure| failure.position.as_i64()))
        .bind(failure.map(|failure| failure.stream.as_str().to_owned()))
        .bind(failure.map(|failure| failure.version.as_i64()))
        .bind(failure.map(|failure| failure.event_id.to_string()))
        .bind(failure.map(|failure| failure.event_type.as_str().to_owned()))
        .bind(failure.map(|failure| text_of(&failure.reason)))
}

/// A text that PostgreSQL takes: the reason of a failure may quote a payload with a NUL.
fn text_of(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

pub(crate) fn progress_of(row: &PgRow) -> Result<Progress, sqlx::Error> {
    let status = match row.try_get("status")? {
        "never run" => Status::NeverRun,
        "building" => Status::Building,
        "live" => Status::Live,
        _ => Status::Stopped(failure_of(row)?),
    };
    let last_event: Option<&str> = row.try_get("last_event")?;
    let segment: i32 = row.try_get("segment")?;
    Ok(Progress {
        segment: parsed("segment", u16::try_from(segment))?,
        through: number(row, "through")?,
        last_event: last_event
            .map(|id| parsed("last_event", EventId::from_str(id)))
            .transpose()?,
        status,
        lease: lease_of(row)?,
    })
}

fn lease_of(row: &PgRow) -> Result<Option<HeldLease>, sqlx::Error> {
    let term: LeaseTerm = number(row, "term")?;
    if term == LeaseTerm::NONE {
        return Ok(None);
    }
    let expires_at: Option<&str> = row.try_get("expires_at")?;
    let nanos: i64 = row.try_get("ttl_nanos")?;
    Ok(Some(HeldLease {
        term,
        holder: parsed("holder", LeaseHolder::new(text(row, "holder")?))?,
        expires_at: expires_at
            .map(|time| parsed("expires_at", time.parse::<Timestamp>()))
            .transpose()?,
        ttl: Duration::from_nanos(parsed("ttl_nanos", u64::try_from(nanos))?),
    }))
}

pub(crate) fn parked_of(row: &PgRow) -> Result<Parked, sqlx::Error> {
    Ok(Parked {
        failure: failure_of(row)?,
        was_tried: row.try_get("was_tried")?,
    })
}

pub(crate) fn skipped_of(row: &PgRow) -> Result<Skipped, sqlx::Error> {
    Ok(Skipped {
        failure: failure_of(row)?,
        why: row.try_get("why")?,
    })
}

fn failure_of(row: &PgRow) -> Result<Failure, sqlx::Error> {
    Ok(Failure {
        position: number(row, "position")?,
        stream: parsed("stream", StreamId::new(text(row, "stream")?))?,
        version: number(row, "version")?,
        event_id: parsed("event_id", EventId::from_str(text(row, "event_id")?))?,
        event_type: parsed("event_type", EventType::new(text(row, "event_type")?))?,
        reason: row.try_get("reason")?,
    })
}

fn text<'r>(row: &'r PgRow, column: &str) -> Result<&'r str, sqlx::Error> {
    row.try_get(column)
}

fn number<N>(row: &PgRow, column: &str) -> Result<N, sqlx::Error>
where
    N: TryFrom<i64, Error: Error + Send + Sync + 'static>,
{
    parsed(column, N::try_from(row.try_get::<i64, _>(column)?))
}

pub(crate) fn parsed<T, E>(column: &str, parsed: Result<T, E>) -> Result<T, sqlx::Error>
where
    E: Error + Send + Sync + 'static,
{
    parsed.map_err(|error| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: Box::new(error),
    })
}
