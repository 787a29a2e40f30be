//! Saboteurs with wrong snapshots.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Mutex;

use async_trait::async_trait;
use persistence_memory::MemorySnapshotStore;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::{SnapshotStore, StoreError, StreamId, StreamVersion};

use crate::rewriting::Room;
use crate::snapshot_harness::SnapshotSabotage;

/// Fails if there is nothing to prune.
#[derive(Default)]
pub(crate) struct FailsToPruneNothing;

#[async_trait]
impl SnapshotSabotage for FailsToPruneNothing {
    async fn prune(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        if store
            .load(stream, schema, StreamVersion::MAX)
            .await?
            .is_none()
        {
            let location = stream.to_string();
            return Err(StoreError::Closed { location });
        }
        store.prune(stream, schema, keep).await
    }
}

/// Always returns the newest snapshot.
#[derive(Default)]
pub(crate) struct AlwaysGivesTheNewest;

#[async_trait]
impl SnapshotSabotage for AlwaysGivesTheNewest {
    async fn load(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        _at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        store.load(stream, schema, StreamVersion::MAX).await
    }
}

/// Returns a snapshot only at exactly the requested version, or if the request is above all
/// snapshots.
#[derive(Default)]
pub(crate) struct GivesOnlyExactVersions;

#[async_trait]
impl SnapshotSabotage for GivesOnlyExactVersions {
    async fn load(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        let found = store.load(stream, schema, at_most).await?;
        let newest = store.load(stream, schema, StreamVersion::MAX).await?;
        Ok(found.filter(|one| one.version == at_most || Some(one) == newest.as_ref()))
    }
}

/// Treats the last saved snapshot as the newest. Example: version 3 saved after version 7.
#[derive(Default)]
pub(crate) struct TakesTheLastSavedForTheNewest {
    last: Mutex<HashMap<(StreamId, StateSchema), StreamVersion>>,
}

#[async_trait]
impl SnapshotSabotage for TakesTheLastSavedForTheNewest {
    async fn save(
        &self,
        store: &MemorySnapshotStore,
        snapshot: SnapshotRecord,
    ) -> Result<(), StoreError> {
        let key = (snapshot.stream.clone(), snapshot.schema.clone());
        self.last.lock().unwrap().insert(key, snapshot.version);
        store.save(snapshot).await
    }

    async fn load(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        let key = (stream.clone(), schema.clone());
        let last = self.last.lock().unwrap().get(&key).copied();
        let at_most = match last {
            Some(last) if at_most == StreamVersion::MAX => last,
            _ => at_most,
        };
        store.load(stream, schema, at_most).await
    }
}

/// Keeps the first snapshot of a version.
#[derive(Default)]
pub(crate) struct KeepsTheFirstOfAVersion;

#[async_trait]
impl SnapshotSabotage for KeepsTheFirstOfAVersion {
    async fn save(
        &self,
        store: &MemorySnapshotStore,
        snapshot: SnapshotRecord,
    ) -> Result<(), StoreError> {
        let SnapshotRecord {
            stream,
            schema,
            version,
            ..
        } = &snapshot;
        match store.load(stream, schema, *version).await? {
            Some(old) if old.version == *version => Ok(()),
            _ => store.save(snapshot).await,
        }
    }
}

/// Compares names of schemas without case.
#[derive(Default)]
pub(crate) struct FindsSchemasInSmallLetters;

#[async_trait]
impl SnapshotSabotage for FindsSchemasInSmallLetters {
    async fn load(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        let small = StateSchema::new(schema.as_str().to_lowercase()).expect("it is well formed");
        store.load(stream, &small, at_most).await
    }
}

/// Compares names of streams without case.
#[derive(Default)]
pub(crate) struct FindsStreamsInSmallLetters;

#[async_trait]
impl SnapshotSabotage for FindsStreamsInSmallLetters {
    async fn load(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        let small = StreamId::new(stream.as_str().to_lowercase()).expect("it is well formed");
        store.load(&small, schema, at_most).await
    }
}

/// Converts states to UTF-8 with losses.
#[derive(Default)]
pub(crate) struct MakesTextOfStates;

#[async_trait]
impl SnapshotSabotage for MakesTextOfStates {
    async fn save(
        &self,
        store: &MemorySnapshotStore,
        snapshot: SnapshotRecord,
    ) -> Result<(), StoreError> {
        let text = String::from_utf8_lossy(&snapshot.payload).into_owned();
        let payload = text.into();
        store
            .save(SnapshotRecord {
                payload,
                ..snapshot
            })
            .await
    }
}

/// Keeps versions in 32 bits.
#[derive(Default)]
pub(crate) struct CutsVersionsTo32Bits;

#[async_trait]
impl SnapshotSabotage for CutsVersionsTo32Bits {
    async fn load(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        let cut = StreamVersion::new(at_most.get() & 0xffff_ffff).unwrap_or(at_most);
        store.load(stream, schema, cut).await
    }
}

/// Reports 0 removed snapshots after every pruning.
#[derive(Default)]
pub(crate) struct SaysThatNothingWent;

#[async_trait]
impl SnapshotSabotage for SaysThatNothingWent {
    async fn prune(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        store.prune(stream, schema, keep).await.map(|_| 0)
    }
}

/// Keeps one snapshot too many.
#[derive(Default)]
pub(crate) struct KeepsOneMore;

#[async_trait]
impl SnapshotSabotage for KeepsOneMore {
    async fn prune(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        store.prune(stream, schema, keep.saturating_add(1)).await
    }
}

/// Prunes the next schema too.
#[derive(Default)]
pub(crate) struct PrunesOtherSchemas;

#[async_trait]
impl SnapshotSabotage for PrunesOtherSchemas {
    async fn prune(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        let other = StateSchema::new("state/2").expect("it is well formed");
        store.prune(stream, &other, keep).await?;
        store.prune(stream, schema, keep).await
    }
}

/// Loses one of two snapshots that are saved at once.
#[derive(Default)]
pub(crate) struct LosesWhatIsSavedAtOneMoment(Room);

#[async_trait]
impl SnapshotSabotage for LosesWhatIsSavedAtOneMoment {
    async fn save(
        &self,
        store: &MemorySnapshotStore,
        snapshot: SnapshotRecord,
    ) -> Result<(), StoreError> {
        let _guest = self.0.enter();
        if self.0.fills().await {
            return Ok(());
        }
        store.save(snapshot).await
    }
}

/// Loses all snapshots at a reopening.
#[derive(Default)]
pub(crate) struct ForgetsSnapshotsOnReopening;

impl SnapshotSabotage for ForgetsSnapshotsOnReopening {
    fn opened(&self, store: MemorySnapshotStore, reopened: bool) -> MemorySnapshotStore {
        if reopened {
            MemorySnapshotStore::new()
        } else {
            store
        }
    }
}

/// Keeps separate snapshots for each handle.
#[derive(Default)]
pub(crate) struct KeepsHandlesApart;

impl SnapshotSabotage for KeepsHandlesApart {
    fn opened(&self, store: MemorySnapshotStore, reopened: bool) -> MemorySnapshotStore {
        if reopened {
            store
        } else {
            MemorySnapshotStore::new()
        }
    }
}
