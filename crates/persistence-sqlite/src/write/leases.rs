//! Changes of the worker leases, which are the leases with the names `worker/0` to `worker/1023`.
//!
//! A decision rests on the leases that were read. The statement that records it compares the lease
//! once more: if two processes take worker 7 at the same time, one succeeds and the other decides
//! again.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use shared_kernel::StoreError;
use shared_kernel::lease::{LeaseHolder, LeaseTerm, WorkerLease, WorkerLeaseError, WorkerRecord};
use shared_kernel::snowflake::WorkerId;
use shared_kernel::time::from_micros;
use sqlite_file::{FileError, get, get_optional};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

const PREFIX: &str = "worker/";

const READ: &str = "
    SELECT name, term, holder, not_before, expires_at, released, floor, passed_from, passed_to
    FROM leases WHERE name >= 'worker/' AND name < 'worker0' ORDER BY name ASC";

/// Writes a lease. The one before it must still have the term `?10`, the end `?11` and the release
/// `?12`.
const WRITE: &str = "
    INSERT INTO leases VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (name) DO UPDATE SET term = excluded.term, holder = excluded.holder,
        not_before = excluded.not_before, expires_at = excluded.expires_at,
        released = excluded.released, floor = excluded.floor,
        passed_from = excluded.passed_from, passed_to = excluded.passed_to
    WHERE term = ?10 AND expires_at = ?11 AND released IS ?12";

/// The decision on a lease: its new record, from the records of all leases.
pub(crate) type LeaseDecision =
    Box<dyn Fn(&[WorkerRecord]) -> Result<WorkerRecord, WorkerLeaseError> + Send + Sync>;

/// The record of a worker.
pub(crate) fn record_of(records: &[WorkerRecord], worker: WorkerId) -> Option<&WorkerRecord> {
    records.iter().find(|record| record.lease.worker == worker)
}

/// Decides and writes the record. It decides again if another process has changed the same worker
/// in between, until the busy timeout is over.
pub(super) async fn change(
    connection: &mut SqliteConnection,
    location: &str,
    decide: &LeaseDecision,
    busy_timeout: Duration,
) -> Result<Result<WorkerLease, WorkerLeaseError>, FileError> {
    let deadline = Instant::now() + busy_timeout;
    loop {
        let rows = sqlx::query(READ).fetch_all(&mut *connection).await?;
        let records: Vec<_> = rows.iter().map(record).collect::<Result<_, _>>()?;
        let record = match decide(&records) {
            Ok(record) => record,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let lease = &record.lease;
        let before = record_of(&records, lease.worker);
        let passed = record.passed_over.as_ref();
        let written = sqlx::query(WRITE)
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
            .bind(before.and_then(|before| before.released.map(Timestamp::as_microsecond)))
            .execute(&mut *connection)
            .await?;
        if written.rows_affected() > 0 {
            return Ok(Ok(record.lease));
        }
        if Instant::now() >= deadline {
            return Ok(Err(StoreError::busy(location).into()));
        }
    }
}

fn record(row: &SqliteRow) -> Result<WorkerRecord, FileError> {
    let name: &str = get(row, 0)?;
    let damaged = |e: &dyn std::fmt::Display| FileError::Damaged(format!("the lease {name}: {e}"));
    let time = |micros: i64| from_micros(micros).map_err(|e| damaged(&e));
    let worker: u16 = name
        .strip_prefix(PREFIX)
        .unwrap_or(name)
        .parse()
        .map_err(|e| damaged(&e))?;
    Ok(WorkerRecord {
        lease: WorkerLease {
            worker: WorkerId::new(worker).map_err(|e| damaged(&e))?,
            term: LeaseTerm::try_from(get::<i64>(row, 1)?).map_err(|e| damaged(&e))?,
            holder: LeaseHolder::new(get::<&str>(row, 2)?).map_err(|e| damaged(&e))?,
            not_before: time(get(row, 3)?)?,
            expires_at: time(get(row, 4)?)?,
        },
        released: get_optional::<i64>(row, 5)?.map(time).transpose()?,
        floor: time(get(row, 6)?)?,
        passed_over: match get_optional::<i64>(row, 7)?.zip(get_optional::<i64>(row, 8)?) {
            Some((from, to)) => Some(time(from)?..time(to)?),
            None => None,
        },
    })
}
