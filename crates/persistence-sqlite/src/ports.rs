//! The ports that a handle implements. Writes go through the queue of the writer, reads to the
//! connections that only read.

use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use shared_kernel::lease::{
    LeaseHolder, LeaseName, LeaseTerm, NamedLease, NamedLeaseError, NamedLeases, WorkerLease,
    WorkerLeaseError, WorkerLeases, WorkerRecord,
};
use shared_kernel::snapshot::{
    SnapshotAndTail, SnapshotQuery, SnapshotRecord, SnapshottedEventStore, StateSchema,
};
use shared_kernel::snowflake::Snowflake;
use shared_kernel::store::{
    AppendReceipt, Destination, ImportError, LogPage, LogPart, LogQuery, LogTransfer, StoreId,
    StreamPage, StreamQuery, StreamsPage, StreamsQuery,
};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, GlobalPosition, RecordedEvent, SnapshotStore,
    StoreError, StreamId, StreamVersion,
};

use crate::codec::batch::encode;
use crate::read::{log, lookup, stream};
use crate::store::SqliteStore;
use crate::write::job::{AppendRequest, Job};
use crate::write::leases::{LeaseDecision, record_of};
use crate::write::named_leases;
use crate::write::snapshots::SnapshotChange;

#[async_trait]
impl EventStore for SqliteStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        append.validate()?;
        let batches =
            encode(&append).map_err(|e| self.file().failed(sqlx::Error::Encode(e.into())))?;
        let request = AppendRequest {
            append,
            batches,
            asked_at: self.shared.options.clock.now(),
        };
        self.shared.committer.submit(request, Job::Append).await
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.answer(|| stream::read(self.readers(), query)).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.answer(|| log::read(self.readers(), query)).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        self.answer(|| lookup::version(self.readers(), stream))
            .await
    }

    async fn id(&self) -> Result<StoreId, StoreError> {
        self.answer(|| lookup::id(self.readers())).await
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.shared.watch.head().await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Option<GlobalPosition>, StoreError> {
        self.answer(|| lookup::position_at(self.readers(), time))
            .await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        self.answer(|| lookup::event(self.readers(), id)).await
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        self.answer(|| lookup::streams(self.readers(), query)).await
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        self.shared.watch.wait_past(position).await
    }
}

#[async_trait]
impl LogTransfer for SqliteStore {
    async fn import(&self, part: LogPart) -> Result<(), ImportError> {
        part.validate()?;
        self.shared.committer.submit(part, Job::Import).await
    }

    async fn freeze(
        &self,
        destination: &Destination,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        let destination = Some(destination.clone());
        self.shared.committer.submit(destination, Job::Freeze).await
    }

    async fn unfreeze(&self) -> Result<(), StoreError> {
        let thawed = self.shared.committer.submit(None, Job::Freeze).await;
        thawed.map(drop)
    }

    async fn frozen_for(&self) -> Result<Option<Destination>, StoreError> {
        self.answer(|| lookup::frozen_for(self.readers())).await
    }
}

#[async_trait]
impl SnapshottedEventStore for SqliteStore {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        self.answer(|| stream::read_from_snapshot(self.readers(), query))
            .await
    }
}

#[async_trait]
impl SnapshotStore for SqliteStore {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        let saved = self
            .shared
            .committer
            .submit(SnapshotChange::Save(snapshot), Job::Snapshot);
        saved.await.map(drop)
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        self.answer(|| lookup::newest_snapshot(self.readers(), stream, schema, at_most))
            .await
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
        self.shared.committer.submit(prune, Job::Snapshot).await
    }
}

#[async_trait]
impl WorkerLeases for SqliteStore {
    async fn acquire(
        &self,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        let (holder, now) = (holder.clone(), self.shared.options.clock.now());
        self.decide(move |all| WorkerRecord::acquire(all, &holder, now, ttl))
            .await
    }

    async fn renew(
        &self,
        lease: &WorkerLease,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        let (lease, now) = (lease.clone(), self.shared.options.clock.now());
        self.decide(move |all| WorkerRecord::renew(record_of(all, lease.worker), &lease, now, ttl))
            .await
    }

    async fn release(
        &self,
        lease: &WorkerLease,
        last_used: Option<Snowflake>,
    ) -> Result<(), WorkerLeaseError> {
        let lease = lease.clone();
        let released = self.decide(move |all| {
            WorkerRecord::release(record_of(all, lease.worker), &lease, last_used)
        });
        released.await.map(drop)
    }
}

#[async_trait]
impl NamedLeases for SqliteStore {
    async fn hold(
        &self,
        name: &LeaseName,
        term: LeaseTerm,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<NamedLease, NamedLeaseError> {
        let (name, holder) = (name.clone(), holder.clone());
        let now = self.shared.options.clock.now();
        let wanted = NamedLease::from_now(name, term, holder, now, ttl);
        self.shared.committer.submit(wanted, Job::NamedLease).await
    }

    async fn leases(&self, names: &[LeaseName]) -> Result<Vec<NamedLease>, StoreError> {
        self.answer(|| named_leases::read(self.readers(), names))
            .await
    }
}

impl SqliteStore {
    async fn decide<D>(&self, decide: D) -> Result<WorkerLease, WorkerLeaseError>
    where
        D: Fn(&[WorkerRecord]) -> Result<WorkerRecord, WorkerLeaseError> + Send + Sync + 'static,
    {
        let decide: LeaseDecision = Box::new(decide);
        self.shared.committer.submit(decide, Job::Lease).await
    }
}
