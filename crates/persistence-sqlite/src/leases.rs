//! The worker leases of a handle, kept as the leases with the names `worker/0` to `worker/1023`.
//!
//! A decision rests on the leases that were read. The statement that records it compares the term
//! and the time of release once more, so that of two processes that take one worker at the same
//! time only one succeeds, and the other decides again.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use shared_kernel::lease::{
    LeaseHolder, LeaseTerm, WorkerLease, WorkerLeaseError, WorkerLeases, WorkerRecord,
};
use shared_kernel::snowflake::{Snowflake, WorkerId};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::error::ReadError;
use crate::read::row::{number, text, time};
use crate::store::SqliteStore;
use crate::write::job::Job;

const PREFIX: &str = "worker/";

const READ: &str = "
    SELECT name, term, holder, not_before, expires_at, released FROM leases
    WHERE name >= 'worker/' AND name < 'worker0' ORDER BY name ASC";

/// Writes a lease where the one before it still has the term `?7`, 0 for none, the end `?8` and the
/// release `?9`.
const WRITE: &str = "
    INSERT INTO leases (name, term, holder, not_before, expires_at, released)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6
    WHERE ?7 = coalesce((SELECT term FROM leases WHERE name = ?1), 0)
        AND ?8 IS (SELECT expires_at FROM leases WHERE name = ?1)
        AND ?9 IS (SELECT released FROM leases WHERE name = ?1)
    ON CONFLICT (name) DO UPDATE SET term = excluded.term, holder = excluded.holder,
        not_before = excluded.not_before, expires_at = excluded.expires_at,
        released = excluded.released";

/// A change of the leases, and when the caller asked for it.
pub(crate) struct LeaseChange {
    now: Timestamp,
    change: Change,
}

enum Change {
    Acquire {
        holder: LeaseHolder,
        ttl: Duration,
    },
    Renew {
        lease: WorkerLease,
        ttl: Duration,
    },
    Release {
        lease: WorkerLease,
        last_used: Option<Snowflake>,
    },
}

#[async_trait]
impl WorkerLeases for SqliteStore {
    async fn acquire(
        &self,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        let holder = holder.clone();
        self.change_lease(Change::Acquire { holder, ttl }).await
    }

    async fn renew(
        &self,
        lease: &WorkerLease,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        let lease = lease.clone();
        self.change_lease(Change::Renew { lease, ttl }).await
    }

    async fn release(
        &self,
        lease: &WorkerLease,
        last_used: Option<Snowflake>,
    ) -> Result<(), WorkerLeaseError> {
        let lease = lease.clone();
        let released = self.change_lease(Change::Release { lease, last_used });
        released.await.map(drop)
    }
}

impl SqliteStore {
    async fn change_lease(&self, change: Change) -> Result<WorkerLease, WorkerLeaseError> {
        let now = self.options().clock.now();
        self.submit(LeaseChange { now, change }, Job::Lease).await
    }
}

impl LeaseChange {
    /// The lease as it is to be, from all leases as they are.
    fn decide(&self, records: &[WorkerRecord]) -> Result<WorkerRecord, WorkerLeaseError> {
        let record_of = |lease: &WorkerLease| {
            records
                .iter()
                .find(|record| record.lease.worker == lease.worker)
        };
        match &self.change {
            Change::Acquire { holder, ttl } => {
                WorkerRecord::acquire(records, holder, self.now, *ttl)
            }
            Change::Renew { lease, ttl } => {
                WorkerRecord::renew(record_of(lease), lease, self.now, *ttl)
            }
            Change::Release { lease, last_used } => {
                WorkerRecord::release(record_of(lease), lease, *last_used)
            }
        }
    }
}

/// Decides and records a change. `None` where other processes changed the same worker first at
/// every attempt within the busy timeout.
pub(crate) async fn change(
    connection: &mut SqliteConnection,
    location: &str,
    change: &LeaseChange,
    busy_timeout: Duration,
) -> Result<Option<Result<WorkerLease, WorkerLeaseError>>, sqlx::Error> {
    let deadline = Instant::now() + busy_timeout;
    loop {
        let rows = sqlx::query(READ).fetch_all(&mut *connection).await?;
        let records: Result<Vec<_>, _> = rows.iter().map(worker_record).collect();
        let records = match records {
            Ok(records) => records,
            Err(ReadError::Sqlite(error)) => return Err(error),
            Err(damaged) => return Ok(Some(Err(damaged.at(location).into()))),
        };
        let record = match change.decide(&records) {
            Ok(record) => record,
            Err(refusal) => return Ok(Some(Err(refusal))),
        };
        let before = records
            .iter()
            .find(|before| before.lease.worker == record.lease.worker);
        if write(connection, &record, before).await? {
            return Ok(Some(Ok(record.lease)));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
    }
}

/// Writes a lease, unless another process has changed it since `before` was read.
async fn write(
    connection: &mut SqliteConnection,
    record: &WorkerRecord,
    before: Option<&WorkerRecord>,
) -> Result<bool, sqlx::Error> {
    let lease = &record.lease;
    let written = sqlx::query(WRITE)
        .bind(format!("{PREFIX}{}", lease.worker.get()))
        .bind(lease.term.as_i64())
        .bind(lease.holder.as_str().to_owned())
        .bind(lease.not_before.as_microsecond())
        .bind(lease.expires_at.as_microsecond())
        .bind(record.released.map(Timestamp::as_microsecond))
        .bind(before.map_or(0, |before| before.lease.term.as_i64()))
        .bind(before.map(|before| before.lease.expires_at.as_microsecond()))
        .bind(before.and_then(|before| before.released.map(Timestamp::as_microsecond)))
        .execute(connection)
        .await?;
    Ok(written.rows_affected() > 0)
}

fn worker_record(row: &SqliteRow) -> Result<WorkerRecord, ReadError> {
    let name = text(row, 0)?;
    let damage = |e: &dyn std::fmt::Display| ReadError::Damaged(format!("the lease {name}: {e}"));
    let worker = name.strip_prefix(PREFIX).unwrap_or(name);
    let worker: u16 = worker.parse().map_err(|e| damage(&e))?;
    let released: Option<i64> = row.try_get_unchecked(5)?;
    Ok(WorkerRecord {
        lease: WorkerLease {
            worker: WorkerId::new(worker).map_err(|e| damage(&e))?,
            term: LeaseTerm::try_from(number(row, 1)?).map_err(|e| damage(&e))?,
            holder: LeaseHolder::new(text(row, 2)?).map_err(|e| damage(&e))?,
            not_before: time(number(row, 3)?)?,
            expires_at: time(number(row, 4)?)?,
        },
        released: released.map(time).transpose()?,
    })
}
