//! Taking snapshots: on request, or after a save if the policy decides so.
use std::sync::Arc;

use super::background_snapshot::save_in_background;
use super::retention::{report_failure, save_and_prune};
use super::{EventSourcedRepository, SnapshotError, SnapshotOutcome};
use crate::codec::StateCodec;
use crate::snapshot::policy::{SaveContext, SnapshotInfo};
use crate::snapshot::{SnapshotRecord, SnapshottedEventStore, StateSchema};
use crate::text::InvalidText;
use crate::{Aggregate, AggregateRoot, SnapshotStore, StreamId, StreamVersion};

/// The snapshot store, the codec and the schema of an aggregate's states.
pub(super) struct Snapshots<A> {
    pub(super) store: Arc<dyn SnapshotStore>,
    /// The same store, if it is a combined store.
    pub(super) combined: Option<Arc<dyn SnapshottedEventStore>>,
    pub(super) codec: Arc<dyn StateCodec<A>>,
    /// An error if `Aggregate::TYPE` makes no valid name. Then loads find no snapshot, and taking
    /// one fails with this error.
    pub(super) schema: Result<StateSchema, InvalidText>,
}

impl<A: Aggregate> Snapshots<A> {
    pub(super) fn new(store: Arc<dyn SnapshotStore>, codec: Arc<dyn StateCodec<A>>) -> Self {
        Self {
            store,
            combined: None,
            codec,
            schema: StateSchema::new(format!("{}/{}", A::TYPE, A::STATE_SCHEMA)),
        }
    }

    pub(super) fn combined(
        store: Arc<dyn SnapshottedEventStore>,
        codec: Arc<dyn StateCodec<A>>,
    ) -> Self {
        Self {
            combined: Some(Arc::clone(&store)),
            ..Self::new(store, codec)
        }
    }

    /// The schema of the snapshots. An invalid one is reported.
    pub(super) fn known_schema(&self, stream: &StreamId) -> Option<&StateSchema> {
        let schema = self.schema.as_ref();
        schema
            .inspect_err(|error| report_unusable(stream, *error))
            .ok()
    }

    /// The state in a snapshot. A payload that the codec cannot decode is reported.
    pub(super) fn decode(&self, record: &SnapshotRecord) -> Option<A> {
        let state = self.codec.decode(&record.payload);
        state
            .inspect_err(|error| report_unusable(&record.stream, &**error))
            .ok()
    }
}

impl<A> Clone for Snapshots<A> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            combined: self.combined.clone(),
            codec: Arc::clone(&self.codec),
            schema: self.schema.clone(),
        }
    }
}

impl<A: Aggregate> EventSourcedRepository<A> {
    /// Takes a snapshot now, independent of the policy, for example at the end of a session. The
    /// snapshot is in the store when this returns, even if the repository saves other snapshots
    /// [in the background](Self::with_snapshots_in_background).
    ///
    /// # Errors
    /// [`SnapshotError`]; the aggregate and its events stay as they are.
    pub async fn take_snapshot(
        &self,
        root: &mut AggregateRoot<A>,
    ) -> Result<SnapshotInfo, SnapshotError> {
        let snapshots = self.snapshots.as_ref().ok_or(SnapshotError::NoStore)?;
        let save = self.context(snapshots, root, root.version());
        let record = record(snapshots, root, save)?;
        self.save_snapshot(snapshots, root, record).await
    }

    /// Takes a snapshot after a save if the policy decides so, and reports a failure.
    pub(super) async fn after_save(
        &self,
        root: &mut AggregateRoot<A>,
        old_version: StreamVersion,
    ) -> SnapshotOutcome {
        let Some(snapshots) = &self.snapshots else {
            return SnapshotOutcome::NotDue;
        };
        // The policy and the codec run before the first await, because `SaveContext` is not `Sync`.
        let save = self.context(snapshots, root, old_version);
        if !self.policy.is_due(&save) {
            return SnapshotOutcome::NotDue;
        }
        let slot = match &self.background {
            Some(tasks) if !self.policy.is_awaited(&save) => tasks.reserve(),
            _ => None,
        };
        let saved = match (record(snapshots, root, save), slot) {
            (Ok(record), Some(slot)) => {
                let info = info_of(&record);
                // Noted before it is in the store, so that it is not due again meanwhile.
                root.note_snapshot(info);
                save_in_background(slot, Arc::clone(&snapshots.store), self.retention, record);
                return SnapshotOutcome::InBackground(info);
            }
            (Ok(record), None) => self.save_snapshot(snapshots, root, record).await,
            (Err(error), _) => Err(error),
        };
        match saved {
            Ok(taken) => SnapshotOutcome::Taken(taken),
            Err(error) => {
                report_failure(root.stream(), root.version(), &error);
                SnapshotOutcome::Failed(error)
            }
        }
    }

    /// The save as the policy sees it.
    fn context<'a>(
        &self,
        snapshots: &'a Snapshots<A>,
        root: &'a AggregateRoot<A>,
        old_version: StreamVersion,
    ) -> SaveContext<'a, A> {
        let now = self.clock.now();
        let codec = &*snapshots.codec;
        let save = SaveContext::new(root.state(), old_version, root.version(), now, codec)
            .with_replay_duration(root.replay_duration());
        let save = match root.newest_snapshot() {
            Some(newest) => save.with_newest_snapshot(newest),
            None => save,
        };
        if root.is_snapshot_requested() {
            save.with_request()
        } else {
            save
        }
    }

    /// Saves a snapshot while the caller waits, and notes it in the aggregate.
    async fn save_snapshot(
        &self,
        snapshots: &Snapshots<A>,
        root: &mut AggregateRoot<A>,
        record: SnapshotRecord,
    ) -> Result<SnapshotInfo, SnapshotError> {
        let info = info_of(&record);
        let saved = save_and_prune(&*snapshots.store, self.retention, record).await;
        if matches!(saved, Ok(()) | Err(SnapshotError::Prune(_))) {
            root.note_snapshot(info);
        }
        saved.map(|()| info)
    }
}

/// The record of a new snapshot.
fn record<A: Aggregate>(
    snapshots: &Snapshots<A>,
    root: &AggregateRoot<A>,
    save: SaveContext<'_, A>,
) -> Result<SnapshotRecord, SnapshotError> {
    if root.has_skipped_events() {
        let stream = root.stream().clone();
        return Err(SnapshotError::SkippedEvents { stream });
    }
    let unsaved = || SnapshotError::Unsaved {
        stream: root.stream().clone(),
    };
    let snapshot = root.to_snapshot().ok_or_else(unsaved)?;
    Ok(SnapshotRecord {
        stream: snapshot.stream,
        version: snapshot.version,
        schema: snapshots.schema.clone()?,
        taken_at: save.now(),
        payload: save.into_encoded_state()?,
    })
}

fn info_of(record: &SnapshotRecord) -> SnapshotInfo {
    SnapshotInfo {
        version: record.version,
        taken_at: record.taken_at,
    }
}

pub(super) fn report_unusable(stream: &StreamId, error: &(dyn std::error::Error + 'static)) {
    tracing::warn!(%stream, error, "the snapshot is unusable; replaying the whole history");
}
