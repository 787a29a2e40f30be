//! The ports that a handle implements. Writes go through the queue of the writer, reads to the
//! connections that only read.

use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use futures_timer::Delay;
use futures_util::future::{Either, select};
use shared_kernel::{
    Append, AppendError, AppendReceipt, EventId, EventStore, GlobalPosition, LeaseHolder, LogPage,
    LogQuery, RecordedEvent, SnapshotAndTail, SnapshotQuery, SnapshotRecord, SnapshotStore,
    SnapshottedEventStore, Snowflake, StateSchema, StoreError, StreamId, StreamPage, StreamQuery,
    StreamVersion, StreamsPage, StreamsQuery, WorkerLease, WorkerLeaseError, WorkerLeases,
};

use crate::codec::batch::encode;
use crate::read::{log, lookup, stream};
use crate::store::SqliteStore;
use crate::write::job::{AppendRequest, Job};
use crate::write::leases::{LeaseChange, LeaseRequest};
use crate::write::snapshots::SnapshotChange;

/// How often a waiting reader looks for the events of other processes.
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[async_trait]
impl EventStore for SqliteStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        append.validate()?;
        let batches = encode(&append).map_err(|e| self.failed(e))?;
        let request = AppendRequest {
            append,
            batches,
            asked_at: self.options().clock.now(),
        };
        self.submit(request, Job::Append).await
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        let page = stream::read(self.readers(), query).await;
        page.map_err(|e| self.failed(e))
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let page = log::read(self.readers(), query).await;
        page.map_err(|e| self.failed(e))
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        let version = lookup::version(self.readers(), stream).await;
        version.map_err(|e| self.failed(e))
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        let head = lookup::head(self.readers()).await;
        head.map_err(|e| self.failed(e))
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        let event = lookup::event(self.readers(), id).await;
        event.map_err(|e| self.failed(e))
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        let page = lookup::streams(self.readers(), query).await;
        page.map_err(|e| self.failed(e))
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        let mut committed = self.committed();
        loop {
            if let Some(head) = self.head().await?.filter(|head| *head > position) {
                return Ok(head);
            }
            let change = std::pin::pin!(committed.changed());
            let woken = select(change, Delay::new(LOOK_EVERY)).await;
            if let Either::Left((Err(_), delay)) = woken {
                // The writer has ended; only other processes write now.
                delay.await;
            }
        }
    }
}

#[async_trait]
impl SnapshottedEventStore for SqliteStore {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let read = stream::read_from_snapshot(self.readers(), query).await;
        read.map_err(|e| self.failed(e))
    }
}

#[async_trait]
impl SnapshotStore for SqliteStore {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        let saved = self.submit(SnapshotChange::Save(snapshot), Job::Snapshot);
        saved.await.map(drop)
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        let newest = lookup::newest_snapshot(self.readers(), stream, schema, at_most).await;
        newest.map_err(|e| self.failed(e))
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        let prune = SnapshotChange::Prune {
            stream: stream.clone(),
            schema: schema.clone(),
            keep,
        };
        self.submit(prune, Job::Snapshot).await
    }
}

#[async_trait]
impl WorkerLeases for SqliteStore {
    async fn acquire(
        &self,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        let holder = holder.clone();
        self.change_lease(LeaseChange::Acquire { holder, ttl })
            .await
    }

    async fn renew(
        &self,
        lease: &WorkerLease,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        let lease = lease.clone();
        self.change_lease(LeaseChange::Renew { lease, ttl }).await
    }

    async fn release(
        &self,
        lease: &WorkerLease,
        last_used: Option<Snowflake>,
    ) -> Result<(), WorkerLeaseError> {
        let lease = lease.clone();
        let released = self.change_lease(LeaseChange::Release { lease, last_used });
        released.await.map(drop)
    }
}

impl SqliteStore {
    async fn change_lease(&self, change: LeaseChange) -> Result<WorkerLease, WorkerLeaseError> {
        let now = self.options().clock.now();
        self.submit(LeaseRequest { now, change }, Job::Lease).await
    }
}
