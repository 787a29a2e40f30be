//! The test double of a combined store, on the doubles of the two ports.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use conformance::double::{Delegating, EventDouble, SnapshotDouble, SnapshottedEventDouble};
use shared_kernel::snapshot::{SnapshotAndTail, SnapshotQuery};
use shared_kernel::{EventStore, SnapshotStore, StoreError};

use crate::doubles::{Events, Snapshots};

pub(crate) struct Joined {
    events: Arc<Delegating<Events>>,
    snapshots: Arc<Snapshots>,
    errors: Mutex<VecDeque<StoreError>>,
    reads: Mutex<Vec<SnapshotQuery>>,
}

impl Joined {
    pub(crate) fn over(
        events: &Arc<Delegating<Events>>,
        snapshots: &Arc<Snapshots>,
    ) -> Arc<Delegating<Self>> {
        Arc::new(Delegating::new(Self {
            events: Arc::clone(events),
            snapshots: Arc::clone(snapshots),
            errors: Mutex::default(),
            reads: Mutex::default(),
        }))
    }

    pub(crate) fn fail_next_read(&self, error: StoreError) {
        self.errors.lock().unwrap().push_back(error);
    }

    /// The queries since the last call of this.
    pub(crate) fn take_reads(&self) -> Vec<SnapshotQuery> {
        std::mem::take(&mut self.reads.lock().unwrap())
    }
}

#[async_trait]
impl SnapshottedEventDouble for Joined {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        self.reads.lock().unwrap().push(query.clone());
        if let Some(error) = self.errors.lock().unwrap().pop_front() {
            return Err(error);
        }
        let planted = self.snapshots.faults.lock().unwrap().always.clone();
        let snapshot = match planted {
            Some(planted) => Some(planted),
            None => {
                let stored = &self.snapshots.inner;
                stored
                    .load(&query.stream, &query.schema, query.at_most)
                    .await?
            }
        };
        let tail = query.tail(snapshot.as_ref().map(|snapshot| snapshot.version));
        let tail = self.events.inner.read_stream_page(&tail).await?;
        Ok(SnapshotAndTail { snapshot, tail })
    }
}

impl EventDouble for Joined {
    fn events(&self) -> &dyn EventStore {
        &*self.events
    }
}

impl SnapshotDouble for Joined {
    fn snapshots(&self) -> &dyn SnapshotStore {
        &*self.snapshots
    }
}
