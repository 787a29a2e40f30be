//! Owns how the parts are joined: the formats of what is stored, and the tracker over a store.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serialization::{JsonEventCodec, JsonEventCodecBuilder, JsonStateCodec, RegistryError};
use shared_kernel::{Clock, DomainEvent, LeaseHolder, SnowflakeGenerator, WorkerId, WorkerLease};
use work_item::WorkItemEvent;
use work_tracking::{Codecs, RegisterEvent, WorkTracker};

use crate::failure::Failure;
use crate::surroundings::OpenedStore;

/// For how long a worker is leased. A run makes its id well within, and hands the worker back.
const LEASE: Duration = Duration::from_secs(30);

/// The schema in which all events of the register are written so far.
const FIRST_SCHEMA: u32 = 1;

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
    let snapshots = Arc::clone(&store.snapshots);
    let tracker = replaying(store, clock, ids)?;
    Ok(tracker.with_snapshots(snapshots, Arc::new(JsonStateCodec::new())))
}

fn replaying(
    store: &OpenedStore,
    clock: &Arc<dyn Clock>,
    ids: Arc<SnowflakeGenerator>,
) -> Result<WorkTracker, Failure> {
    let codecs = Codecs {
        items: Arc::new(built(item_codec())?),
        register: Arc::new(built(register_codec())?),
    };
    let tracker = WorkTracker::new(Arc::clone(&store.events), codecs, ids);
    Ok(tracker.with_clock(Arc::clone(clock)))
}

/// The items in all schemas that they were ever written in.
fn item_codec() -> JsonEventCodecBuilder<WorkItemEvent> {
    let all = WorkItemEvent::SCHEMAS.iter().fold(
        JsonEventCodec::builder(),
        |builder, (event_type, schema)| builder.event(event_type, *schema),
    );
    WorkItemEvent::UPCASTERS.iter().fold(all, |builder, step| {
        builder.upcast(step.event_type, step.from, |payload| {
            Ok(serde_json::to_value(step.upgrade(payload)?)?)
        })
    })
}

fn register_codec() -> JsonEventCodecBuilder<RegisterEvent> {
    let types = RegisterEvent::TYPES.iter();
    types.fold(JsonEventCodec::builder(), |builder, event_type| {
        builder.event(event_type, FIRST_SCHEMA)
    })
}

fn built<E>(builder: JsonEventCodecBuilder<E>) -> Result<JsonEventCodec<E>, Failure>
where
    E: DomainEvent + Serialize + DeserializeOwned,
{
    builder
        .build()
        .map_err(|error: RegistryError| Failure::Composition(error.into()))
}
