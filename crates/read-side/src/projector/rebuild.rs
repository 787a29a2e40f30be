//! Building again, aside, and switching in one step.

use shared_kernel::{EventStore, GlobalPosition};

use super::session::LeftOut;
use super::{ProjectionError, Projector};
use crate::{BuildRecord, BuildState, Projection, ReadModelError, ReadModelStore, Skipped};

impl<P, S, M> Projector<P, S, M>
where
    M: ReadModelStore,
    P: Projection<M::Tx>,
    S: EventStore,
{
    /// Builds the rows again, aside, and switches to them in one step. Readers see the old rows
    /// until then. Events that an operator has skipped stay skipped; parked ones are tried again.
    ///
    /// The old build is kept for [`switch_back`](Self::switch_back); older ones are removed. If the
    /// old build cannot be read, for example because its file is damaged, it stays where it is. A
    /// warning of `tracing` says so; what an operator has skipped there is applied again.
    ///
    /// # Errors
    /// [`ProjectionError`]; the old build is still the live one then.
    pub async fn rebuild(&self) -> Result<GlobalPosition, ProjectionError> {
        let old = self.any_live_record().await?;
        let left_out = match &old {
            Some(old) => LeftOut::skipped(self.readable_skipped(old).await?),
            None => LeftOut::default(),
        };
        let new = self.new_build(old.as_ref()).await?;
        let built = self.build_and_switch(&new, old.as_ref(), &left_out).await;
        if built.is_err() {
            self.remove(&new).await;
        }
        let reached = built?;
        let keep = [Some(&new), old.as_ref()];
        self.remove_all_but(&keep).await?;
        Ok(reached)
    }

    /// The skipped events of the old build; none if it cannot be read.
    async fn readable_skipped(&self, old: &BuildRecord) -> Result<Vec<Skipped>, ProjectionError> {
        match self.shared.models.skipped(&old.build).await {
            Err(error @ ReadModelError::Unusable { .. }) => {
                tracing::warn!(%error, "the skipped events of the old build are applied again");
                Ok(Vec::new())
            }
            skipped => Ok(skipped?),
        }
    }

    async fn build_and_switch(
        &self,
        new: &BuildRecord,
        old: Option<&BuildRecord>,
        left_out: &LeftOut,
    ) -> Result<GlobalPosition, ProjectionError> {
        let reached = self.advance_all(new, GlobalPosition::MAX, left_out).await?;
        let from = old.map(|old| &old.build);
        self.shared.models.switch(&new.build, from).await?;
        Ok(reached)
    }

    /// Switches back to the build before the last rebuild, and brings it up to the end of the log.
    ///
    /// # Errors
    /// [`ProjectionError::NoEarlierBuild`].
    pub async fn switch_back(&self) -> Result<GlobalPosition, ProjectionError> {
        let live = self.live_record().await?;
        let records = self.shared.models.builds(&self.shared.model).await?;
        let earlier = records
            .into_iter()
            .filter(|record| record.build.version == self.shared.version)
            .filter(|record| record.state == BuildState::Earlier)
            .filter(|record| self.check_definition(record).is_ok())
            .max_by_key(|record| record.build.number);
        let Some(earlier) = earlier else {
            return Err(ProjectionError::NoEarlierBuild {
                model: self.shared.model.clone(),
                version: self.shared.version,
            });
        };
        let left_out = LeftOut::default();
        self.build_and_switch(&earlier, live.as_ref(), &left_out)
            .await
    }

    /// The live build of this version, even if another definition has made it.
    async fn any_live_record(&self) -> Result<Option<BuildRecord>, ProjectionError> {
        let records = self.shared.models.builds(&self.shared.model).await?;
        Ok(records
            .into_iter()
            .find(|record| record.is_live() && record.build.version == self.shared.version))
    }

    async fn remove_all_but(&self, keep: &[Option<&BuildRecord>]) -> Result<(), ProjectionError> {
        for record in self.shared.models.builds(&self.shared.model).await? {
            let is_kept = keep.iter().flatten().any(|kept| kept.build == record.build);
            let is_ours = record.build.version == self.shared.version && !record.is_live();
            if is_ours && !is_kept && !self.is_owned(&record).await? {
                self.remove(&record).await;
            }
        }
        Ok(())
    }

    /// Whether an owner is at work on a build, or the build cannot be read.
    async fn is_owned(&self, record: &BuildRecord) -> Result<bool, ProjectionError> {
        let progress = match self.shared.models.progress(&record.build).await {
            Err(ReadModelError::Unusable { .. }) => return Ok(true),
            progress => progress?,
        };
        // The lease is judged by the clock of the store: to try it is to ask.
        for progress in progress {
            let options = &self.shared.options;
            let claimed = self.shared.models.claim(
                &record.build,
                progress.segment,
                &options.holder,
                options.ttl,
            );
            match claimed.await {
                Ok(lease) => self.shared.models.release(&lease).await?,
                Err(_) => return Ok(true),
            }
        }
        Ok(false)
    }

    pub(super) async fn remove(&self, record: &BuildRecord) {
        if let Err(error) = self.shared.models.remove_build(&record.build).await {
            tracing::warn!(%error, build = %record.build, "a build was not removed");
        }
    }
}
