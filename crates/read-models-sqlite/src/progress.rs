//! The rows of this crate in the file of a build: progress, parked and skipped events.

use std::error::Error;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use read_side::{Failure, HeldLease, Parked, Progress, Skipped, Status, Step};
use shared_kernel::event::EventType;
use shared_kernel::lease::{LeaseHolder, LeaseTerm};
use shared_kernel::{EventId, StreamId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Type};

use crate::value::{Value, Values};

pub(crate) const PROGRESS: &str = "SELECT * FROM annals_progress ORDER BY segment";
pub(crate) const SEGMENT: &str = "SELECT * FROM annals_progress WHERE segment = ?";
pub(crate) const PARKED: &str = "SELECT * FROM annals_parked ORDER BY position";
pub(crate) const SKIPPED: &str = "SELECT * FROM annals_skipped ORDER BY position";

pub(crate) const BEGIN_SEGMENT: &str =
    "BEGIN IMMEDIATE; SELECT * FROM annals_progress WHERE segment = ?";

/// Takes [`lease_values`].
pub(crate) const COMMIT_LEASE: &str = "\
    UPDATE annals_progress SET term = ?, holder = ?, expires_at = ?, ttl_nanos = ? \
    WHERE segment = ?; COMMIT";

/// Takes [`step_values`].
pub(crate) const COMMIT_STEP: &str = "\
    UPDATE annals_progress SET through = ?, last_event = ?, status = ?, position = ?, stream = ?, \
    version = ?, event_id = ?, event_type = ?, reason = ?, term = ?, holder = ?, expires_at = ?, \
    ttl_nanos = ? WHERE segment = ?; COMMIT";

/// A statement of this crate, and its values.
pub(crate) type Statement = (&'static str, Vec<Value>);

pub(crate) fn lease_values(segment: u16, lease: &HeldLease) -> Vec<Value> {
    let values = (
        lease.term.as_i64(),
        lease.holder.as_str(),
        lease.expires_at.map(|time| time.to_string()),
        i64::try_from(lease.ttl.as_nanos()).unwrap_or(i64::MAX),
        segment,
    );
    values.into_values()
}

pub(crate) fn step_values(segment: u16, step: &Step, lease: &HeldLease) -> Vec<Value> {
    let (status, failure) = match &step.status {
        Status::NeverRun => ("never run", None),
        Status::Building => ("building", None),
        Status::Live => ("live", None),
        Status::Stopped(failure) => ("stopped", Some(failure)),
    };
    let mut values = (step.through, step.last_event, status).into_values();
    values.extend(failure_values(failure));
    values.extend(lease_values(segment, lease));
    values
}

/// Writes the events that a step puts aside, takes back and passes over.
pub(crate) fn write_left_out(step: &Step) -> Vec<Statement> {
    let mut statements = Vec::new();
    for event in &step.unpark {
        let sql = "DELETE FROM annals_parked WHERE event_id = ?";
        statements.push((sql, [*event].into_values()));
    }
    for parked in &step.park {
        let mut values = failure_values(Some(&parked.failure)).to_vec();
        values.push(parked.was_tried.into());
        let sql = "INSERT OR REPLACE INTO annals_parked VALUES (?, ?, ?, ?, ?, ?, ?)";
        statements.push((sql, values));
    }
    for skipped in &step.skip {
        let mut values = failure_values(Some(&skipped.failure)).to_vec();
        values.push(skipped.why.as_str().into());
        let sql = "INSERT OR REPLACE INTO annals_skipped VALUES (?, ?, ?, ?, ?, ?, ?)";
        statements.push((sql, values));
    }
    statements
}

fn failure_values(failure: Option<&Failure>) -> [Value; 6] {
    [
        failure.map(|failure| failure.position).into(),
        failure.map(|failure| &failure.stream).into(),
        failure.map(|failure| failure.version).into(),
        failure.map(|failure| failure.event_id).into(),
        failure.map(|failure| failure.event_type.as_str()).into(),
        failure.map(|failure| failure.reason.as_str()).into(),
    ]
}

pub(crate) fn progress_of(row: &SqliteRow) -> Result<Progress, sqlx::Error> {
    let status = match row.try_get("status")? {
        "never run" => Status::NeverRun,
        "building" => Status::Building,
        "live" => Status::Live,
        _ => Status::Stopped(failure_of(row)?),
    };
    let last_event: Option<&str> = row.try_get("last_event")?;
    Ok(Progress {
        segment: row.try_get("segment")?,
        through: number(row, "through")?,
        last_event: last_event
            .map(|id| parsed("last_event", EventId::from_str(id)))
            .transpose()?,
        status,
        lease: lease_of(row)?,
    })
}

fn lease_of(row: &SqliteRow) -> Result<Option<HeldLease>, sqlx::Error> {
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

pub(crate) fn parked_of(row: &SqliteRow) -> Result<Parked, sqlx::Error> {
    Ok(Parked {
        failure: failure_of(row)?,
        was_tried: row.try_get("was_tried")?,
    })
}

pub(crate) fn skipped_of(row: &SqliteRow) -> Result<Skipped, sqlx::Error> {
    Ok(Skipped {
        failure: failure_of(row)?,
        why: row.try_get("why")?,
    })
}

fn failure_of(row: &SqliteRow) -> Result<Failure, sqlx::Error> {
    Ok(Failure {
        position: number(row, "position")?,
        stream: parsed("stream", StreamId::new(text(row, "stream")?))?,
        version: number(row, "version")?,
        event_id: parsed("event_id", EventId::from_str(text(row, "event_id")?))?,
        event_type: parsed("event_type", EventType::new(text(row, "event_type")?))?,
        reason: row.try_get("reason")?,
    })
}

fn text<'r>(row: &'r SqliteRow, column: &str) -> Result<&'r str, sqlx::Error>
where
    &'r str: Type<Sqlite>,
{
    row.try_get(column)
}

fn number<N>(row: &SqliteRow, column: &str) -> Result<N, sqlx::Error>
where
    N: TryFrom<i64, Error: Error + Send + Sync + 'static>,
{
    parsed(column, N::try_from(row.try_get::<i64, _>(column)?))
}

fn parsed<T, E>(column: &str, parsed: Result<T, E>) -> Result<T, sqlx::Error>
where
    E: Error + Send + Sync + 'static,
{
    parsed.map_err(|error| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: Box::new(error),
    })
}
