//! The builds of a read model: which is live, and whether its rows may be read.

use shared_kernel::{EventStore, GlobalPosition};

use super::session::{LeftOut, Session, event_at};
use super::{ProjectionError, Projector};
use crate::{
    Build, BuildRecord, BuildState, Progress, Projection, ReadModelError, ReadModelStore, Status,
};

use std::time::Duration;

impl<P, S, M> Projector<P, S, M>
where
    M: ReadModelStore,
    P: Projection<M::Tx>,
    S: EventStore,
{
    /// Brings the rows up to the end of the log, once. It builds them if there are none, and again
    /// if they are stale.
    ///
    /// If another process has a segment, this waits until that one has caught up.
    ///
    /// # Errors
    /// [`ProjectionError`].
    pub async fn catch_up(&self) -> Result<GlobalPosition, ProjectionError> {
        loop {
            let caught_up = match self.live().await {
                Ok(live) => {
                    self.advance_all(&live.record, GlobalPosition::MAX, &LeftOut::default())
                        .await
                }
                Err(ProjectionError::NotBuilt { .. }) => self.first_build().await,
                Err(ProjectionError::Stale { build, .. }) => {
                    tracing::warn!(%build, "the rows belong to another history; building again");
                    self.rebuild().await
                }
                Err(error) => Err(error),
            };
            match caught_up {
                Err(error) if error.is_transient() => {
                    tracing::debug!(%error, "trying again");
                    self.sleep(Duration::from_millis(20)).await;
                }
                caught_up => return caught_up,
            }
        }
    }

    /// The live build of this version.
    pub(super) async fn live_record(&self) -> Result<Option<BuildRecord>, ProjectionError> {
        let records = self.shared.models.builds(&self.shared.model).await?;
        let live = records
            .into_iter()
            .find(|record| record.is_live() && record.build.version == self.shared.version);
        if let Some(live) = &live {
            self.check_definition(live)?;
        }
        Ok(live)
    }

    /// Whether the rows of a build were made by this projection.
    pub(super) fn check_definition(&self, record: &BuildRecord) -> Result<(), ProjectionError> {
        let Some(fingerprint) = &self.shared.fingerprint else {
            return Ok(());
        };
        let text = |fingerprint: &str, segments| format!("{fingerprint}\nsegments: {segments}");
        let made_with = text(&record.fingerprint, record.segments);
        let now = text(fingerprint, self.shared.options.segments.get());
        if made_with == now {
            return Ok(());
        }
        Err(ProjectionError::Changed {
            build: record.build.clone(),
            made_with,
            now,
        })
    }

    /// Whether the rows belong to the log.
    pub(super) async fn check_stale(
        &self,
        record: &BuildRecord,
        progress: &[Progress],
    ) -> Result<(), ProjectionError> {
        let is_other = self.shared.log.id().await? != record.log;
        for progress in progress {
            let Some(known) = progress.last_event else {
                continue;
            };
            let found = event_at(&self.shared.log, progress.through).await?;
            if is_other || found != Some(known) {
                return Err(ProjectionError::Stale {
                    build: record.build.clone(),
                    at: progress.through,
                    known,
                    found,
                });
            }
        }
        Ok(())
    }

    /// Continues an unfinished build of this version, or begins one, and makes it live.
    async fn first_build(&self) -> Result<GlobalPosition, ProjectionError> {
        let record = match self.unfinished().await? {
            Some(record) => record,
            None => self.new_build(None).await?,
        };
        let reached = self
            .advance_all(&record, GlobalPosition::MAX, &LeftOut::default())
            .await?;
        match self.shared.models.switch(&record.build, None).await {
            // Another process was faster with this build.
            Err(ReadModelError::Switched { .. }) => {}
            switched => switched?,
        }
        Ok(reached)
    }

    /// Makes a build up to a position, beside all others.
    pub(crate) async fn build_up_to(&self, to: GlobalPosition) -> Result<Build, ProjectionError> {
        let record = self.new_build(None).await?;
        self.advance_all(&record, to, &LeftOut::default()).await?;
        Ok(record.build)
    }

    /// The build of this version that was begun and is not live.
    pub(super) async fn unfinished(&self) -> Result<Option<BuildRecord>, ProjectionError> {
        for record in self.shared.models.builds(&self.shared.model).await? {
            let is_ours =
                record.build.version == self.shared.version && record.state == BuildState::Aside;
            if is_ours && self.check_definition(&record).is_ok() {
                let progress = match self.shared.models.progress(&record.build).await {
                    Err(error @ ReadModelError::Unusable { .. }) => {
                        tracing::warn!(%error, "an unfinished build is passed over");
                        continue;
                    }
                    progress => progress?,
                };
                if self.check_stale(&record, &progress).await.is_ok() {
                    return Ok(Some(record));
                }
            }
        }
        Ok(None)
    }

    pub(super) async fn new_build(
        &self,
        like: Option<&BuildRecord>,
    ) -> Result<BuildRecord, ProjectionError> {
        let definition = self.definition(like).await?;
        let (model, version) = (&self.shared.model, self.shared.version);
        let created = self.shared.models.create_build(model, version, &definition);
        Ok(created.await?)
    }

    /// Brings every segment of a build up to the end of the log, but not past `limit`. A segment of
    /// another owner counts once that owner has brought it to the present end.
    pub(super) async fn advance_all(
        &self,
        record: &BuildRecord,
        limit: GlobalPosition,
        left_out: &LeftOut,
    ) -> Result<GlobalPosition, ProjectionError> {
        let head = self.shared.log.head().await?;
        let head = head.unwrap_or(GlobalPosition::START);
        let target = head.min(limit);
        let mut reached = GlobalPosition::MAX;
        let mut waiting: Vec<u16> = (0..record.segments).collect();
        loop {
            let mut held = Vec::new();
            for segment in waiting {
                match Session::claim(self, record, segment, left_out.clone()).await {
                    Ok(mut session) => {
                        let advanced = session.advance_to_end(head, limit).await;
                        reached = reached.min(session.through());
                        session.end().await;
                        advanced?;
                    }
                    Err(ProjectionError::Models(ReadModelError::Held { .. })) => held.push(segment),
                    Err(error) => return Err(error),
                }
            }
            if held.is_empty() {
                return Ok(reached);
            }
            let progress = self.shared.models.progress(&record.build).await?;
            held.retain(|segment| {
                let own = progress.get(usize::from(*segment));
                let there = own.filter(|own| own.through >= target && own.status == Status::Live);
                reached = there.map_or(reached, |own| reached.min(own.through));
                there.is_none()
            });
            if held.is_empty() {
                return Ok(reached);
            }
            waiting = held;
            self.sleep(Duration::from_millis(20)).await;
        }
    }
}
