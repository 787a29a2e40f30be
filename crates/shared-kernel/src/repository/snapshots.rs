//! Owns the taking, finding and pruning of snapshots for a repository.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::{EventSourcedRepository, SnapshotError, SnapshotOutcome};
use crate::snapshot_policy::{SaveContext, SnapshotInfo};
use crate::{
    Aggregate, AggregateRoot, InvalidText, SnapshotRecord, SnapshotStore, StateCodec, StateSchema,
    StreamId, StreamVersion,
};

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
    pub(super) codec: Arc<dyn StateCodec<A>>,
    /// Invalid where the aggregate's type makes no valid name: then nothing is found, and the
    /// taking of a snapshot says why.
    pub(super) schema: Result<StateSchema, InvalidText>,
}

impl<A: Aggregate> Snapshots<A> {
    pub(super) fn new(store: Arc<dyn SnapshotStore>, codec: Arc<dyn StateCodec<A>>) -> Self {
        Self {
            store,
            codec,
            schema: StateSchema::new(format!("{}/{}", A::TYPE, A::STATE_SCHEMA)),
        }
    }

    /// The newest snapshot at or below a version. Whatever is wrong with it is reported and makes
    /// it none (law 25 of the contract).
    pub(super) async fn find(
        &self,
        stream: &StreamId,
        at_most: StreamVersion,
    ) -> Option<SnapshotRecord> {
        let schema = match &self.schema {
            Ok(schema) => schema,
            Err(error) => {
                pass_over(stream, error);
                return None;
            }
        };
        let record = match self.store.load(stream, schema, at_most).await {
            Ok(found) => found?,
            Err(error) => {
                pass_over(stream, &error);
                return None;
            }
        };
        let asked_for =
            record.stream == *stream && record.schema == *schema && record.version <= at_most;
        if !asked_for {
            tracing::warn!(
                %stream,
                found = %record.stream,
                schema = %record.schema,
                version = %record.version,
                "the snapshot store gave another snapshot than asked for; replaying the whole history",
            );
            return None;
        }
        Some(record)
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
            codec: Arc::clone(&self.codec),
            schema: self.schema.clone(),
        }
    }
}

impl<A: Aggregate> EventSourcedRepository<A> {
    /// Takes a snapshot now, whatever the policy says, for example at the end of a session.
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
        self.keep(snapshots, root, record).await
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
        let due = self.policy.is_due(&save);
        let outcome = match due.then(|| record(snapshots, root, save)) {
            None => return SnapshotOutcome::NotDue,
            Some(Ok(record)) => self.keep(snapshots, root, record).await,
            Some(Err(error)) => Err(error),
        };
        match outcome {
            Ok(taken) => SnapshotOutcome::Taken(taken),
            Err(error) => {
                tracing::warn!(
                    stream = %root.stream(),
                    version = %root.version(),
                    error = &error as &dyn std::error::Error,
                    "the events are saved, their snapshot is not",
                );
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

    /// Stores a snapshot and removes those that are kept no longer.
    async fn keep(
        &self,
        snapshots: &Snapshots<A>,
        root: &mut AggregateRoot<A>,
        record: SnapshotRecord,
    ) -> Result<SnapshotInfo, SnapshotError> {
        let schema = record.schema.clone();
        let taken = SnapshotInfo {
            version: record.version,
            taken_at: record.taken_at,
        };
        let saved = snapshots.store.save(record).await;
        saved.map_err(SnapshotError::Save)?;
        root.note_snapshot(taken);
        if let SnapshotRetention::Newest(keep) = self.retention {
            let pruned = snapshots.store.prune(root.stream(), &schema, keep).await;
            pruned.map_err(SnapshotError::Prune)?;
        }
        Ok(taken)
    }
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

fn pass_over(stream: &StreamId, error: &(dyn std::error::Error + 'static)) {
    tracing::warn!(%stream, error, "no snapshot can be read; replaying the whole history");
}
