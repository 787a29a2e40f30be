//! Opening stores in memory for the program: each path names one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use annals_cli::{OpenStore, OpenStoreError, OpenedStore, Purpose, StorePlace};
use async_trait::async_trait;
use persistence_memory::{MemoryNamedLeases, MemoryStore, MemoryWorkerLeases};
use shared_kernel::time::Clock;

use crate::place::Place;

/// The path of the store of the scenario.
pub(super) const OWN: &str = "/store.annals";

/// Stores in memory, by their paths.
pub(super) struct MemoryStores(Mutex<HashMap<String, OpenedStore>>);

impl MemoryStores {
    /// Stores with the store of the scenario as the only one.
    pub(super) fn with_own(place: &Place) -> Self {
        let own = OpenedStore {
            events: place.events(),
            snapshots: place.snapshots(),
            combined: None,
            transfer: place.transfer(),
            leases: Arc::new(MemoryWorkerLeases::with_clock(place.clock.clone())),
            named_leases: Arc::new(MemoryNamedLeases::with_clock(place.clock.clone())),
            file: None,
            server: None,
        };
        Self(Mutex::new(HashMap::from([(OWN.into(), own)])))
    }
}

#[async_trait]
impl OpenStore for MemoryStores {
    async fn open(
        &self,
        place: &StorePlace,
        purpose: Purpose,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<OpenedStore>, OpenStoreError> {
        let name = place.to_string();
        let mut stores = self.0.lock().unwrap();
        if !stores.contains_key(&name) && purpose == Purpose::Create {
            let store = Arc::new(MemoryStore::with_clock(Arc::clone(&clock)));
            let store = OpenedStore {
                events: store.clone(),
                snapshots: store.clone(),
                combined: Some(store.clone()),
                transfer: store,
                leases: Arc::new(MemoryWorkerLeases::with_clock(clock.clone())),
                named_leases: Arc::new(MemoryNamedLeases::with_clock(clock)),
                file: None,
                server: None,
            };
            stores.insert(name.clone(), store);
        }
        Ok(stores.get(&name).cloned())
    }
}
