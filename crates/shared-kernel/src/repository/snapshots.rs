//! Owns the taking and pruning of snapshots for a repository.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::handover::hand_over;
use super::{EventSourcedRepository, SnapshotError, SnapshotOutcome};
use crate::codec::StateCodec;
use crate::snapshot::policy::{SaveContext, SnapshotInfo};
use crate::snapshot::{SnapshotRecord, SnapshottedEventStore, StateSchema};
use crate::text::InvalidText;
use crate::{Aggregate, AggregateRoot, SnapshotStore, StreamId, StreamVersion};

/// Which snapshots of a stream are kept. More of them make looking back cheaper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotRetention {
    /// All of them.
    All,
    /// So many of the newest.
    Newest(NonZeroU32),
}

impl Default for SnapshotRetention {
    /// The newest ten.
    fn default() -> Self {
        Self::Newest(NonZeroU32::MIN.saturating_add(9))
    }
}

/// Where the snapshots of an aggregate are, and how they are written.
pub(super) struct Snapshots<A> {
    pub(super) store: Arc<dyn SnapshotStore>,
    /// The same store, where it is also that of the events.
    pub(super) beside_events: Option<Arc<dyn SnapshottedEventStore>>,
    pub(super) codec: Arc<dyn StateCodec<A>>,
    /// Invalid where the aggregate's type makes no valid name: then nothing is found, and the
    /// taking of a snapshot says why.
    pub(super) schema: Result<StateSchema, InvalidText>,
}

impl<A: Aggregate> Snapshots<A> {
    pub(super) fn new(store: Arc<dyn SnapshotStore>, codec: Arc<dyn StateCodec<A>>) -> Self {
        Self {
            store,
            beside_events: None,
            codec,
            schema: StateSchema::new(format!("{}/{}", A::TYPE, A::STATE_SCHEMA)),
        }
    }

    pub(super) fn beside_events(
        store: Arc<dyn SnapshottedEventStore>,
        codec: Arc<dyn StateCodec<A>>,
    ) -> Self {
        Self {
            beside_events: Some(Arc::clone(&store)),
            ..Self::new(store, codec)
        }
    }

    /// The schema of the snapshots. That there can be none is reported.
    pub(super) fn known_schema(&self, stream: &StreamId) -> Option<&StateSchema> {
        let schema = self.schema.as_ref();
        schema.inspect_err(|error| pass_over(stream, *error)).ok()
    }

    /// The state in a snapshot. One that cannot be read is reported and makes it none.
    pub(super) fn decode(&self, record: &SnapshotRecord) -> Option<A> {
        let state = self.codec.decode(&record.payload);
        state
            .inspect_err(|error| pass_over(&record.stream, &**error))
            .ok()
    }
}

impl<A> Clone for Snapshots<A> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            beside_events: self.beside_events.clone(),
            codec: Arc::clone(&self.codec),
            schema: self.schema.clone(),
        }
    }
}

impl<A: Aggregate> EventSourcedRepository<A> {
    /// Takes a snapshot now, whatever the policy says, for example at the end of a session. It is
    /// in the store when this returns, also where other snapshots are saved
    /// [in the background](Self::with_snapshots_in_background).
    ///
    /// # Errors
    /// [`SnapshotError`]; the aggregate and its events are untouched.
    pub async fn take_snapshot(
        &self,
        root: &mut AggregateRoot<A>,
    ) -> Result<SnapshotInfo, SnapshotError> {
        let snapshots = self.snapshots.as_ref().ok_or(SnapshotError::NoStore)?;
        let save = self.context(snapshots, root, root.version());
        let record = record(snapshots, root, save)?;
        self.keep_of(snapshots, root, record).await
    }

    /// Takes a snapshot after a save where the policy says so, and reports a failure.
    pub(super) async fn after_save(
        &self,
        root: &mut AggregateRoot<A>,
        old_version: StreamVersion,
    ) -> SnapshotOutcome {
        let Some(snapshots) = &self.snapshots else {
            return SnapshotOutcome::NotDue;
        };
        // The policy and the codec are asked before the first await: what they look at is not
        // `Sync`.
        let save = self.context(snapshots, root, old_version);
        if !self.policy.is_due(&save) {
            return SnapshotOutcome::NotDue;
        }
        let place = match &self.background {
            Some(tasks) if !self.policy.is_awaited(&save) => tasks.place(),
            _ => None,
        };
        let kept = match (record(snapshots, root, save), place) {
            (Ok(record), Some(place)) => {
                let info = info_of(&record);
                // Before it is in the store: it must not be due again while it is under way.
                root.note_snapshot(info);
                hand_over(place, Arc::clone(&snapshots.store), self.retention, record);
                return SnapshotOutcome::HandedOver(info);
            }
            (Ok(record), None) => self.keep_of(snapshots, root, record).await,
            (Err(error), _) => Err(error),
        };
        match kept {
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

    /// Keeps a snapshot while the caller waits, and takes note of it.
    async fn keep_of(
        &self,
        snapshots: &Snapshots<A>,
        root: &mut AggregateRoot<A>,
        record: SnapshotRecord,
    ) -> Result<SnapshotInfo, SnapshotError> {
        let info = info_of(&record);
        let kept = keep(&*snapshots.store, self.retention, record).await;
        if matches!(kept, Ok(()) | Err(SnapshotError::Prune(_))) {
            root.note_snapshot(info);
        }
        kept.map(|()| info)
    }
}

/// Stores a snapshot and removes those that are kept no longer.
pub(super) async fn keep(
    store: &dyn SnapshotStore,
    retention: SnapshotRetention,
    record: SnapshotRecord,
) -> Result<(), SnapshotError> {
    let (stream, schema) = (record.stream.clone(), record.schema.clone());
    store.save(record).await.map_err(SnapshotError::Save)?;
    if let SnapshotRetention::Newest(keep) = retention {
        let pruned = store.prune(&stream, &schema, keep).await;
        pruned.map_err(SnapshotError::Prune)?;
    }
    Ok(())
}

/// The snapshot of an aggregate as the store keeps it.
fn record<A: Aggregate>(
    snapshots: &Snapshots<A>,
    root: &AggregateRoot<A>,
    save: SaveContext<'_, A>,
) -> Result<SnapshotRecord, SnapshotError> {
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

pub(super) fn report_failure(stream: &StreamId, version: StreamVersion, error: &SnapshotError) {
    tracing::warn!(
        %stream,
        %version,
        error = error as &dyn std::error::Error,
        "the events are saved, their snapshot is not",
    );
}

pub(super) fn pass_over(stream: &StreamId, error: &(dyn std::error::Error + 'static)) {
    tracing::warn!(%stream, error, "no snapshot can be read; replaying the whole history");
}
