//! Owns how the parts are joined: the formats of what is stored, and the tracker over a store.

use std::sync::Arc;
use std::time::Duration;

use serialization::{JsonEventCodec, JsonStateCodec};
use shared_kernel::{Clock, LeaseHolder, SnowflakeGenerator, WorkerId, WorkerLease};
use work_item::WorkItemEvent;
use work_tracking::{Codecs, RegisterEvent, WorkTracker};

use crate::failure::Failure;
use crate::surroundings::OpenedStore;

/// For how long a worker is leased. A run makes its id well within, and hands the worker back.
const LEASE: Duration = Duration::from_secs(30);

/// A tracker for items that are there already.
pub(crate) fn tracker(store: &OpenedStore, clock: &Arc<dyn Clock>) -> Result<WorkTracker, Failure> {
    // Ids are only made for new items, and those come with a lease.
    let unused = SnowflakeGenerator::new(Arc::clone(clock), WorkerId::FIRST);
    compose(store, clock, Arc::new(unused))
}

/// The same, without snapshots: every load replays the whole history.
pub(crate) fn replaying_tracker(
    store: &OpenedStore,
    clock: &Arc<dyn Clock>,
) -> Result<WorkTracker, Failure> {
    let unused = SnowflakeGenerator::new(Arc::clone(clock), WorkerId::FIRST);
    replaying(store, clock, Arc::new(unused))
}

/// The right to make ids for new items, from a lease until it is handed back.
pub(crate) struct Creator {
    pub(crate) tracker: WorkTracker,
    ids: Arc<SnowflakeGenerator>,
    lease: WorkerLease,
}

impl Creator {
    pub(crate) async fn lease(
        store: &OpenedStore,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
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

    /// Hands the worker back. A lease that is not handed back expires, so a failure harms nobody.
    pub(crate) async fn hand_back(self, store: &OpenedStore) {
        let _ = store.leases.release(&self.lease, self.ids.last()).await;
    }
}

fn compose(
    store: &OpenedStore,
    clock: &Arc<dyn Clock>,
    ids: Arc<SnowflakeGenerator>,
) -> Result<WorkTracker, Failure> {
    let states = Arc::new(JsonStateCodec::new());
    let tracker = match &store.both {
        Some(both) => WorkTracker::snapshotted(Arc::clone(both), codecs()?, states, ids),
        None => WorkTracker::new(Arc::clone(&store.events), codecs()?, ids)
            .with_snapshots(Arc::clone(&store.snapshots), states),
    };
    Ok(tracker.with_clock(Arc::clone(clock)))
}

fn replaying(
    store: &OpenedStore,
    clock: &Arc<dyn Clock>,
    ids: Arc<SnowflakeGenerator>,
) -> Result<WorkTracker, Failure> {
    let tracker = WorkTracker::new(Arc::clone(&store.events), codecs()?, ids);
    Ok(tracker.with_clock(Arc::clone(clock)))
}

fn codecs() -> Result<Codecs, Failure> {
    Ok(Codecs {
        items: Arc::new(item_codec()?),
        register: Arc::new(
            JsonEventCodec::<RegisterEvent>::new()
                .map_err(|error| Failure::Composition(error.into()))?,
        ),
    })
}

/// The format of items: each event in its present schema, and the steps up to it from older ones.
fn item_codec() -> Result<JsonEventCodec<WorkItemEvent>, Failure> {
    let codec = WorkItemEvent::UPCASTERS
        .iter()
        .fold(JsonEventCodec::builder(), |codec, step| {
            codec.upcast(step.event_type, step.from, |payload| {
                Ok(serde_json::to_value(step.upgrade(payload)?)?)
            })
        });
    codec
        .build()
        .map_err(|error| Failure::Composition(error.into()))
}
