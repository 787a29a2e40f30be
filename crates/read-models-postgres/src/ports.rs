//! The port [`ReadModelStore`] on the database.

use std::time::Duration;

use async_trait::async_trait;
use read_side::{
    Build, BuildRecord, Checksum, Definition, HeldLease, Lease, ModelName, Parked, Progress,
    ReadModelError, ReadModelStore, Skipped, Step,
};
use shared_kernel::lease::LeaseHolder;

use crate::checksum::checksum;
use crate::error::failed;
use crate::models::PostgresReadModels;
use crate::progress::{PARKED, PROGRESS, SKIPPED, parked_of, progress_of, skipped_of};
use crate::tx::PostgresTx;

#[async_trait]
impl ReadModelStore for PostgresReadModels {
    type Tx = PostgresTx;

    async fn builds(&self, model: &ModelName) -> Result<Vec<BuildRecord>, ReadModelError> {
        let builds = self.catalog().builds(model).await;
        builds.map_err(|error| failed(self.database(), error))
    }

    async fn create_build(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, ReadModelError> {
        let created = self.catalog().create(model, version, definition).await;
        created.map_err(|error| failed(self.database(), error))
    }

    async fn switch(&self, to: &Build, from: Option<&Build>) -> Result<(), ReadModelError> {
        self.catalog().switch(to, from).await
    }

    async fn remove_build(&self, build: &Build) -> Result<(), ReadModelError> {
        let removed = self.catalog().remove(build).await;
        removed.map_err(|error| failed(self.database(), error))
    }

    async fn progress(&self, build: &Build) -> Result<Vec<Progress>, ReadModelError> {
        self.build_schema(build).read(PROGRESS, progress_of).await
    }

    async fn claim(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        let claim =
            |last: Option<&HeldLease>| HeldLease::claim(last, holder, self.clock.now(), ttl);
        self.build_schema(build).lease(segment, claim).await
    }

    async fn take_over(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        let take_over = |last: Option<&HeldLease>| {
            let now = self.clock.now();
            Ok(HeldLease::take_over(last, holder, now, ttl))
        };
        self.build_schema(build).lease(segment, take_over).await
    }

    async fn renew(&self, lease: &Lease) -> Result<(), ReadModelError> {
        let renew = |progress: &Progress| {
            progress.check(lease)?;
            Ok(lease.renewed(self.clock.now()))
        };
        let schema = self.build_schema(&lease.build);
        schema.change_lease(lease.segment, renew).await.map(drop)
    }

    async fn release(&self, lease: &Lease) -> Result<(), ReadModelError> {
        let release = |progress: &Progress| {
            progress.check(lease)?;
            Ok(lease.released())
        };
        let schema = self.build_schema(&lease.build);
        match schema.change_lease(lease.segment, release).await {
            Err(ReadModelError::Fenced { .. } | ReadModelError::NoSuchBuild { .. }) => Ok(()),
            released => released.map(drop),
        }
    }

    async fn begin(&self, lease: &Lease) -> Result<PostgresTx, ReadModelError> {
        let schema = self.build_schema(&lease.build);
        let (session, progress) = schema.begin(lease.segment, "", lease.ttl).await?;
        progress.check(lease)?;
        Ok(PostgresTx::new(schema, lease, session))
    }

    async fn commit(
        &self,
        tx: PostgresTx,
        lease: &Lease,
        step: Step,
    ) -> Result<(), ReadModelError> {
        tx.commit(lease, &step, self.clock.now()).await
    }

    async fn parked(&self, build: &Build) -> Result<Vec<Parked>, ReadModelError> {
        self.build_schema(build).read(PARKED, parked_of).await
    }

    async fn skipped(&self, build: &Build) -> Result<Vec<Skipped>, ReadModelError> {
        self.build_schema(build).read(SKIPPED, skipped_of).await
    }

    async fn checksum(&self, build: &Build) -> Result<Checksum, ReadModelError> {
        let schema = self.build_schema(build);
        checksum(&schema)
            .await
            .map_err(|error| schema.failed(error))
    }
}
