//! Owns the worker leases' side of the handle: every decision is made under the file's write lock,
//! so that no two processes are given the same worker.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use shared_kernel::{
    LeaseHolder, LeaseTerm, Snowflake, StoreError, WorkerId, WorkerLease, WorkerLeaseError,
    WorkerLeases, WorkerRecord,
};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use tokio::sync::oneshot;

use crate::columns::{integer, text, timestamp};
use crate::error::{damaged, store_error};
use crate::store::SqliteStore;
use crate::write_job::{Failure, WriteJob};
use crate::write_transaction::WriteTransaction;

const READ: &str = "SELECT worker, term, holder, not_before, expires_at, released \
    FROM worker_leases ORDER BY worker";

const WRITE: &str = "INSERT OR REPLACE INTO worker_leases \
    (worker, term, holder, not_before, expires_at, released) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

#[async_trait]
impl WorkerLeases for SqliteStore {
    async fn acquire(
        &self,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        self.change_lease(Change::Acquire {
            holder: holder.clone(),
            ttl,
        })
        .await
    }

    async fn renew(
        &self,
        lease: &WorkerLease,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        self.change_lease(Change::Renew {
            lease: lease.clone(),
            ttl,
        })
        .await
    }

    async fn release(
        &self,
        lease: &WorkerLease,
        last_used: Option<Snowflake>,
    ) -> Result<(), WorkerLeaseError> {
        self.change_lease(Change::Release {
            lease: lease.clone(),
            last_used,
        })
        .await
        .map(drop)
    }
}

impl SqliteStore {
    async fn change_lease(&self, change: Change) -> Result<WorkerLease, WorkerLeaseError> {
        let location = Arc::clone(self.location());
        let job = |reply| -> Box<dyn WriteJob> {
            Box::new(LeaseJob {
                location,
                change,
                found: None,
                reply,
            })
        };
        self.write(job)
            .await?
            .unwrap_or_else(|| Err(self.closed().into()))
    }
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

impl Change {
    fn decide(
        &self,
        records: &[WorkerRecord],
        now: Timestamp,
    ) -> Result<WorkerRecord, WorkerLeaseError> {
        let record_of = |lease: &WorkerLease| {
            records
                .iter()
                .find(|record| record.lease.worker == lease.worker)
        };
        match self {
            Self::Acquire { holder, ttl } => WorkerRecord::acquire(records, holder, now, *ttl),
            Self::Renew { lease, ttl } => WorkerRecord::renew(record_of(lease), lease, now, *ttl),
            Self::Release { lease, last_used } => {
                WorkerRecord::release(record_of(lease), lease, *last_used)
            }
        }
    }
}

type Answer = Result<WorkerLease, WorkerLeaseError>;

struct LeaseJob {
    location: Arc<str>,
    change: Change,
    found: Option<Answer>,
    reply: oneshot::Sender<Answer>,
}

#[async_trait]
impl WriteJob for LeaseJob {
    async fn perform(&mut self, transaction: &mut WriteTransaction<'_>) -> Result<(), sqlx::Error> {
        let rows = sqlx::query(READ)
            .fetch_all(&mut *transaction.connection)
            .await?;
        let records: Result<Vec<_>, _> = rows
            .iter()
            .map(|row| worker_record(&self.location, row))
            .collect();
        let decided = records
            .map_err(WorkerLeaseError::from)
            .and_then(|records| self.change.decide(&records, transaction.now()));
        self.found = Some(match decided {
            Ok(record) => {
                write(transaction.connection, &record).await?;
                Ok(record.lease)
            }
            Err(refusal) => Err(refusal),
        });
        Ok(())
    }

    fn committed(self: Box<Self>) {
        if let Some(found) = self.found {
            let _ = self.reply.send(found);
        }
    }

    fn failed(self: Box<Self>, failure: Failure) {
        let error = failure.into_store_error(&self.location);
        let _ = self.reply.send(Err(error.into()));
    }
}

async fn write(
    connection: &mut SqliteConnection,
    record: &WorkerRecord,
) -> Result<(), sqlx::Error> {
    let lease = &record.lease;
    sqlx::query(WRITE)
        .bind(i64::from(lease.worker.get()))
        .bind(lease.term.as_i64())
        .bind(lease.holder.as_str().to_owned())
        .bind(lease.not_before.as_microsecond())
        .bind(lease.expires_at.as_microsecond())
        .bind(record.released.map(Timestamp::as_microsecond))
        .execute(connection)
        .await
        .map(drop)
}

fn worker_record(location: &str, row: &SqliteRow) -> Result<WorkerRecord, StoreError> {
    let damage = |e: &dyn std::fmt::Display| damaged(location, format!("a worker lease: {e}"));
    let number = integer(location, row, 0)?;
    let number = u16::try_from(number).map_err(|e| damage(&e))?;
    let released: Option<i64> = row
        .try_get_unchecked(5)
        .map_err(|e| store_error(location, e))?;
    Ok(WorkerRecord {
        lease: WorkerLease {
            worker: WorkerId::new(number).map_err(|e| damage(&e))?,
            term: LeaseTerm::try_from(integer(location, row, 1)?).map_err(|e| damage(&e))?,
            holder: LeaseHolder::new(text(location, row, 2)?).map_err(|e| damage(&e))?,
            not_before: timestamp(location, integer(location, row, 3)?)?,
            expires_at: timestamp(location, integer(location, row, 4)?)?,
        },
        released: released
            .map(|micros| timestamp(location, micros))
            .transpose()?,
    })
}
