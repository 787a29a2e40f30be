//! The Annals ports kept in memory: for tests, for trials, and for whatever may be forgotten when
//! the process ends.
//!
//! The stores are handles: a clone is another door to the same memory. Events and snapshots are apart,
//! or together in a [`MemoryStore`]. They keep every law of the
//! ports that says nothing of durability; the `conformance` crate runs all of them.
//!
//! ```
//! use jiff::Timestamp;
//! use persistence_memory::MemoryEventStore;
//! use shared_kernel::event::EventType;
//! use shared_kernel::{EventId, EventStore, EventStoreExt, ExpectedVersion, NewEvent, StreamId};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let store = MemoryEventStore::new();
//! let lamp = StreamId::new("lamp-1")?;
//! let id = EventId::from_parts(Timestamp::UNIX_EPOCH, [1; 10]);
//! let lit = NewEvent::new(id, EventType::new("LampLit")?, "{}");
//! store.append_to(lamp.clone(), ExpectedVersion::NoStream, vec![lit]).await?;
//!
//! let other_door = store.clone();
//! assert_eq!(other_door.stream_version(&lamp).await?.get(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod entry;
mod event_store;
mod log;
mod microsecond;
mod page;
mod snapshot_store;
mod store;
mod worker_leases;

pub use event_store::MemoryEventStore;
pub use snapshot_store::MemorySnapshotStore;
pub use store::MemoryStore;
pub use worker_leases::MemoryWorkerLeases;
