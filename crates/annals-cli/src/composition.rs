//! Connecting the parts of the program: codecs, store, id generator and work tracker.

use std::sync::Arc;
use std::time::Duration;

use persistence_memory::{MemoryOverlay, MemoryOverlaySnapshots};
use read_models_sqlite::SqliteReadModels;
use serialization::{JsonEventCodec, JsonStateCodec};
use shared_kernel::lease::{LeaseHolder, WorkerLease};
use shared_kernel::snowflake::{SnowflakeGenerator, WorkerId};
use shared_kernel::time::Clock;
use work_item::WorkItemEvent;
use work_tracking::{Codecs, RegisterEvent, WorkTracker};
use work_views::{ItemViews, Items};

use crate::environment::OpenedStore;
use crate::overlaid_leases::OverlaidLeases;
use crate::run_error::RunError;

/// The duration of a worker lease. A run needs it for milliseconds and then releases it.
const LEASE: Duration = Duration::from_secs(30);

/// A tracker for existing items.
pub(crate) fn tracker(
    store: &OpenedStore,
    clock: &Arc<dyn Clock>,
) -> Result<WorkTracker, RunError> {
    compose(store, clock, no_ids(clock))
}

/// A tracker for existing items without snapshots: every load replays the whole history.
pub(crate) fn replaying_tracker(
    store: &OpenedStore,
    clock: &Arc<dyn Clock>,
) -> Result<WorkTracker, RunError> {
    let tracker = WorkTracker::new(Arc::clone(&store.events), codecs()?, no_ids(clock));
    Ok(tracker.with_clock(Arc::clone(clock)))
}

/// A generator that is never asked: only new items need ids, and [`Creator`] makes them with a
/// lease.
fn no_ids(clock: &Arc<dyn Clock>) -> Arc<SnowflakeGenerator> {
    let generator = SnowflakeGenerator::new(Arc::clone(clock), WorkerId::FIRST);
    Arc::new(generator)
}

/// A tracker that can create items: it holds a worker lease, so its ids are unique.
pub(crate) struct Creator {
    pub(crate) tracker: WorkTracker,
    ids: Arc<SnowflakeGenerator>,
    lease: WorkerLease,
}

impl Creator {
    pub(crate) async fn lease(
        store: &OpenedStore,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, RunError> {
        let holder = LeaseHolder::new(format!("annals/{}", std::process::id()))?;
        let lease = store.leases.acquire(&holder, LEASE).await?;
        let ids = Arc::new(SnowflakeGenerator::leased(Arc::clone(clock), &lease));
        let tracker = compose(store, clock, Arc::clone(&ids))?;
        Ok(Self {
            tracker,
            ids,
            lease,
        })
    }

    /// The generator of the ids of new items.
    pub(crate) fn ids(&self) -> Arc<SnowflakeGenerator> {
        Arc::clone(&self.ids)
    }

    /// Releases the worker lease. An error does no harm: the lease expires by itself.
    pub(crate) async fn release(self, store: &OpenedStore) {
        let _ = store.leases.release(&self.lease, self.ids.last()).await;
    }
}

/// A tracker on an overlay of a store. Snapshots and renewals of claims stay in memory, too.
pub(crate) fn overlaid_tracker(
    store: &OpenedStore,
    overlay: &MemoryOverlay,
    clock: &Arc<dyn Clock>,
    ids: Option<&Arc<SnowflakeGenerator>>,
) -> Result<WorkTracker, RunError> {
    let ids = ids.map_or_else(|| no_ids(clock), Arc::clone);
    let snapshots = MemoryOverlaySnapshots::over(Arc::clone(&store.snapshots));
    let leases = OverlaidLeases::over(Arc::clone(&store.named_leases), Arc::clone(clock));
    let tracker = WorkTracker::new(Arc::new(overlay.clone()), codecs()?, ids)
        .with_snapshots(Arc::new(snapshots), Arc::new(JsonStateCodec::new()))
        .with_leases(Arc::new(leases));
    Ok(tracker.with_clock(Arc::clone(clock)))
}

fn compose(
    store: &OpenedStore,
    clock: &Arc<dyn Clock>,
    ids: Arc<SnowflakeGenerator>,
) -> Result<WorkTracker, RunError> {
    let states = Arc::new(JsonStateCodec::new());
    let tracker = match &store.combined {
        Some(both) => WorkTracker::snapshotted(Arc::clone(both), codecs()?, states, ids),
        None => WorkTracker::new(Arc::clone(&store.events), codecs()?, ids)
            .with_snapshots(Arc::clone(&store.snapshots), states),
    };
    let tracker = tracker.with_leases(Arc::clone(&store.named_leases));
    Ok(tracker.with_clock(Arc::clone(clock)))
}

/// The read model of items, in these files.
pub(crate) fn item_views(
    store: &OpenedStore,
    models: SqliteReadModels,
) -> Result<ItemViews, RunError> {
    let items = Items::new(Arc::new(item_codec()?), Arc::new(JsonStateCodec::new()));
    Ok(ItemViews::new(items, Arc::clone(&store.events), models)?)
}

fn codecs() -> Result<Codecs, RunError> {
    Ok(Codecs {
        items: Arc::new(item_codec()?),
        register: Arc::new(
            JsonEventCodec::<RegisterEvent>::new()
                .map_err(|error| RunError::Internal(error.into()))?,
        ),
    })
}

/// The format of items: each event in its present schema, and the steps up to it from older ones.
pub(crate) fn item_codec() -> Result<JsonEventCodec<WorkItemEvent>, RunError> {
    let codec = WorkItemEvent::UPCASTERS
        .iter()
        .fold(JsonEventCodec::builder(), |codec, step| {
            codec.upcast(step.event_type, step.from, |payload| {
                Ok(serde_json::to_value(step.upgrade(payload)?)?)
            })
        });
    codec
        .build()
        .map_err(|error| RunError::Internal(error.into()))
}
