//! The Annals ports in memory: for tests, for trials, and for data that may be lost when the
//! process ends.
//!
//! A clone of a store is another handle on the same data. Events and snapshots have a store each,
//! [`MemoryEventStore`] and [`MemorySnapshotStore`], or share one, [`MemoryStore`]. The stores keep
//! the laws of the ports, except that nothing survives the process; their tests run the crate
//! `conformance`. The second append of this example is refused, because the stream is not empty:
//!
//! ```
//! use persistence_memory::MemoryEventStore;
//! use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, StreamId};
//! use shared_kernel::event::EventType;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let store = MemoryEventStore::new();
//!     let lamp = StreamId::new("lamp-7")?;
//!     let lit = NewEvent::with_fresh_id(EventType::new("LampLit")?, "{}")?;
//!     store.append_to(lamp.clone(), ExpectedVersion::NoStream, vec![lit.clone()]).await?;
//!
//!     let clone = store.clone(); // another handle on the same events
//!     let history = clone.read_whole_stream(lamp.clone()).await?;
//!     assert_eq!(history[0].id, lit.id);
//!
//!     let late = NewEvent::with_fresh_id(EventType::new("LampLit")?, "{}")?;
//!     assert!(clone.append_to(lamp, ExpectedVersion::NoStream, vec![late]).await.is_err());
//!     Ok(())
//! }
//! ```

mod entry;
mod event_store;
mod log;
mod microsecond;
mod named_leases;
mod overlay;
mod overlay_snapshots;
mod page;
mod read_models;
mod snapshot_store;
mod store;
mod worker_leases;

pub use event_store::MemoryEventStore;
pub use named_leases::MemoryNamedLeases;
pub use overlay::MemoryOverlay;
pub use overlay_snapshots::MemoryOverlaySnapshots;
pub use read_models::{MemoryReadModels, MemoryTx};
pub use snapshot_store::MemorySnapshotStore;
pub use store::MemoryStore;
pub use worker_leases::MemoryWorkerLeases;

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
