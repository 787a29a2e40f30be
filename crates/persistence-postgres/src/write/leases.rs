//! Changes of the worker leases, which are the leases with the names `worker/0` to `worker/1023`.
//!
//! A decision rests on the leases that were read. The statement that records it compares the lease
//! once more: if two processes take worker 7 at the same time, one succeeds and the other decides
//! again.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use postgres_database::{Database, DatabaseError};
use shared_kernel::lease::{LeaseHolder, LeaseTerm, WorkerLease, WorkerLeaseError, WorkerRecord};
use shared_kernel::snowflake::WorkerId;
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};

use crate::read::row::time;

const PREFIX: &str = "worker/";

const READ: &str = "
    SELECT name, term, holder, not_before, expires_at, released, floor, passed_from, passed_to
    FROM annals.leases WHERE name >= 'worker/' AND name < 'worker0' ORDER BY name ASC";

/// Writes a lease. The one before it must still have the term `$10`, the end `$11` and the release
/// `$12`.
const WRITE: &str = "
    INSERT INTO annals.leases AS l VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (name) DO UPDATE SET term = excluded.term, holder = excluded.holder,
        not_before = excluded.not_before, expires_at = excluded.expires_at,
        released = excluded.released, floor = excluded.floor,
        passed_from = excluded.passed_from, passed_to = excluded.passed_to
    WHERE l.term = $10 AND l.expires_at = $11 AND l.released IS NOT DISTINCT FROM $12
    RETURNING l.term";

/// The decision on a lease: its new record, from the records of all leases.
pub(crate) type LeaseDecision =
    Box<dyn Fn(&[WorkerRecord]) -> Result<WorkerRecord, WorkerLeaseError> + Send + Sync>;

/// The record of a worker.
pub(crate) fn record_of(records: &[WorkerRecord], worker: WorkerId) -> Option<&WorkerRecord> {
    records.iter().find(|record| record.lease.worker == worker)
}

/// The leases of all workers.
async fn read(
    database: &Database,
    connection: &mut PgConnection,
) -> Result<Vec<WorkerRecord>, DatabaseError> {
    let rows = database.write(connection, sqlx::query(READ)).await?;
    rows.iter().map(record).collect()
}

/// Reads all leases, decides and writes the new record. It does so again if another process has
/// changed the same worker in between, until the busy timeout is over.
///
/// `tried` is the last record that was written for a lease of the same term, so nobody else writes
/// it. After a lost connection it tells whether the lease was changed: a repeated release would
/// otherwise find it released. A new lease has no such record; if it is in doubt, the next decision
/// takes another worker, or the same one if nothing was written.
pub(super) async fn change(
    database: &Database,
    connection: &mut PgConnection,
    decide: &LeaseDecision,
    tried: &mut Option<WorkerRecord>,
    busy_timeout: Duration,
) -> Result<Result<WorkerLease, WorkerLeaseError>, DatabaseError> {
    let deadline = Instant::now() + busy_timeout;
    loop {
        let records = read(database, connection).await?;
        if let Some(tried) = tried
            && record_of(&records, tried.lease.worker) == Some(tried)
        {
            return Ok(Ok(tried.lease.clone()));
        }
        let record = match decide(&records) {
            Ok(record) => record,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let lease = &record.lease;
        let before = record_of(&records, lease.worker);
        let is_of_term = before.is_some_and(|before| before.lease.term == lease.term);
        *tried = is_of_term.then(|| record.clone());
        let passed = record.passed_over.as_ref();
        let write = sqlx::query(WRITE)
            .bind(format!("{PREFIX}{}", lease.worker.get()))
            .bind(lease.term.as_i64())
            .bind(lease.holder.as_str().to_owned())
            .bind(lease.not_before.as_microsecond())
            .bind(lease.expires_at.as_microsecond())
            .bind(record.released.map(Timestamp::as_microsecond))
            .bind(record.floor.as_microsecond())
            .bind(passed.map(|passed| passed.start.as_microsecond()))
            .bind(passed.map(|passed| passed.end.as_microsecond()))
            .bind(before.map(|before| before.lease.term.as_i64()))
            .bind(before.map(|before| before.lease.expires_at.as_microsecond()))
            .bind(before.and_then(|before| before.released.map(Timestamp::as_microsecond)));
        if !database.write(connection, write).await?.is_empty() {
            return Ok(Ok(record.lease));
        }
        if Instant::now() >= deadline {
            let obstacle = "other programs took each worker first".to_owned();
            return Err(DatabaseError::Busy(obstacle));
        }
    }
}

fn record(row: &PgRow) -> Result<WorkerRecord, DatabaseError> {
    let name: &str = row.try_get(0)?;
    let damaged =
        |e: &dyn std::fmt::Display| DatabaseError::Damaged(format!("the lease {name}: {e}"));
    let worker: u16 = name
        .strip_prefix(PREFIX)
        .unwrap_or(name)
        .parse()
        .map_err(|e| damaged(&e))?;
    Ok(WorkerRecord {
        lease: WorkerLease {
            worker: WorkerId::new(worker).map_err(|e| damaged(&e))?,
            term: LeaseTerm::try_from(row.try_get::<i64, _>(1)?).map_err(|e| damaged(&e))?,
            holder: LeaseHolder::new(row.try_get::<&str, _>(2)?).map_err(|e| damaged(&e))?,
            not_before: time(row.try_get(3)?)?,
            expires_at: time(row.try_get(4)?)?,
        },
        released: row.try_get::<Option<i64>, _>(5)?.map(time).transpose()?,
        floor: time(row.try_get(6)?)?,
        passed_over: match (row.try_get::<Option<i64>, _>(7)?).zip(row.try_get(8)?) {
            Some((from, to)) => Some(time(from)?..time(to)?),
            None => None,
        },
    })
}
