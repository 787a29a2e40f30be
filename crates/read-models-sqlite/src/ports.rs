//! The port [`ReadModelStore`] on the files.

use std::time::Duration;

use async_trait::async_trait;
use read_side::{
    Build, BuildRecord, Checksum, Definition, HeldLease, Lease, ModelName, Parked, Progress,
    ReadModelError, ReadModelStore, Skipped, Step,
};
use shared_kernel::lease::LeaseHolder;

use crate::checksum::checksum;
use crate::models::SqliteReadModels;
use crate::progress::{PARKED, PROGRESS, SKIPPED, parked_of, progress_of, skipped_of};
use crate::tx::SqliteTx;

#[async_trait]
impl ReadModelStore for SqliteReadModels {
    type Tx = SqliteTx;

    async fn builds(&self, model: &ModelName) -> Result<Vec<BuildRecord>, ReadModelError> {
        self.catalog().builds(model).await
    }

    async fn create_build(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, ReadModelError> {
        self.catalog().create(model, version, definition).await
    }

    async fn switch(&self, to: &Build, from: Option<&Build>) -> Result<(), ReadModelError> {
        self.catalog().switch(to, from).await
    }

    async fn remove_build(&self, build: &Build) -> Result<(), ReadModelError> {
        self.catalog().remove(build).await
    }

    async fn progress(&self, build: &Build) -> Result<Vec<Progress>, ReadModelError> {
        self.file(build).read(PROGRESS, progress_of).await
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
        self.file(build).lease(segment, claim).await
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
        self.file(build).lease(segment, take_over).await
    }

    async fn renew(&self, lease: &Lease) -> Result<(), ReadModelError> {
        let renew = |progress: Progress| {
            progress.check(lease)?;
            Ok(lease.renewed(self.clock.now()))
        };
        self.file(&lease.build)
            .change_lease(lease.segment, renew)
            .await
    }

    async fn release(&self, lease: &Lease) -> Result<(), ReadModelError> {
        let release = |progress: Progress| {
            progress.check(lease)?;
            Ok(lease.released())
        };
        let file = self.file(&lease.build);
        match file.change_lease(lease.segment, release).await {
            Err(ReadModelError::Fenced { .. } | ReadModelError::NoSuchBuild { .. }) => Ok(()),
            released => released,
        }
    }

    async fn begin(&self, lease: &Lease) -> Result<SqliteTx, ReadModelError> {
        let file = self.file(&lease.build);
        let mut connection = file.take().await?;
        let progress = file.segment(&mut connection, lease.segment).await?;
        file.give_back(connection);
        progress.check(lease)?;
        Ok(SqliteTx::new(file, lease))
    }

    async fn commit(&self, tx: SqliteTx, lease: &Lease, step: Step) -> Result<(), ReadModelError> {
        tx.commit(lease, &step, self.clock.now()).await
    }

    async fn parked(&self, build: &Build) -> Result<Vec<Parked>, ReadModelError> {
        self.file(build).read(PARKED, parked_of).await
    }

    async fn skipped(&self, build: &Build) -> Result<Vec<Skipped>, ReadModelError> {
        self.file(build).read(SKIPPED, skipped_of).await
    }

    async fn checksum(&self, build: &Build) -> Result<Checksum, ReadModelError> {
        let file = self.file(build);
        let mut connection = file.take().await?;
        let checksum = checksum(&mut connection.sqlite).await;
        let checksum = checksum.map_err(|error| file.failed(error))?;
        file.give_back(connection);
        Ok(checksum)
    }
}
