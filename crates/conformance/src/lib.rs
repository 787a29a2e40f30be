//! The laws of the Annals ports as tests that any adapter can run.
//!
//! A law is an async function that panics where a store breaks it, named by its sentence and
//! numbered as in the contract. An adapter offers a harness, which opens a new and empty store,
//! and runs all laws in a few lines:
//!
//! ```toml
//! [dev-dependencies]
//! conformance = { git = "https://example.org/annals.git" }
//! ```
//!
//! ```
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use conformance::{Capability, EventStoreHarness, FailingStore, Harness, Unclaimed};
//! use shared_kernel::time::Clock;
//! use shared_kernel::EventStore;
//! # use std::sync::OnceLock;
//! # use persistence_memory::MemoryEventStore as MyStore;
//!
//! /// Where one store is kept: a file in a folder of its own, for example.
//! #[derive(Default)]
//! struct MyHarness {
//! #   store: OnceLock<MyStore>,
//! }
//!
//! impl Harness for MyHarness {
//!     // Capabilities that this adapter lacks; it claims all others.
//!     fn unclaimed(&self) -> &[Unclaimed] {
//!         &[
//!             Unclaimed {
//!                 capability: Capability::Durability,
//!                 reason: "memory ends with the process",
//!             },
//!             Unclaimed {
//!                 capability: Capability::Immutability,
//!                 reason: "there is no way to the events but the port",
//!             },
//!         ]
//!     }
//! }
//!
//! #[async_trait]
//! impl EventStoreHarness for MyHarness {
//!     async fn open_events(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventStore> {
//!         let store = self.store.get_or_init(|| MyStore::with_clock(clock));
//!         Arc::new(store.clone())
//!     }
//!
//!     // The fault hook: this one fails whole calls of the port.
//!     async fn open_failing(&self, clock: Arc<dyn Clock>) -> Option<FailingStore> {
//!         Some(FailingStore::around(self.open_events(clock).await))
//!     }
//! }
//!
//! // In the adapter's tests: one test of every law.
//! conformance::event_store_laws!(MyHarness::default());
//!
//! // Or without macros, one by one, with a verdict for each.
//! let laws = conformance::laws_of_event_stores();
//! let law = laws.iter().find(|law| law.number() == 4).unwrap();
//! assert_eq!(law.run(Arc::new(MyHarness::default())), conformance::Verdict::Kept);
//!
//! // Or as plain async functions, on a runtime of one's own.
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! let harness = MyHarness::default();
//! conformance::races::of_many_writers_on_one_exact_version_exactly_one_wins(&harness).await;
//! # });
//! ```
//!
//! Every law has a harness to itself and uses neither chance nor the wall clock. Sabotaged stores
//! in this crate's tests prove that each law can fail. The README has more on capabilities and on
//! the fault hook; [`double`] has store doubles for the tests of other crates.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is a test library: a law says that it is broken by panicking"
)]

// Running laws
mod capability;
mod fault_hook;
mod harness;
mod law;
mod list;

// The parts of laws
mod race;
mod specimen;
mod walk;

// Doubles for the tests of other crates
pub mod double;

// The laws of event stores
pub mod atomicity;
pub mod bounds;
pub mod cancellation;
pub mod checks;
pub mod expectations;
pub mod faults;
pub mod fidelity;
pub mod handles;
pub mod history;
pub mod immutability;
pub mod independence;
pub mod large;
pub mod limits;
pub mod listing;
pub mod log;
pub mod lookup;
pub mod names;
pub mod pages;
pub mod races;
pub mod reopening;
pub mod repetition;
pub mod reused_ids;
pub mod visibility;
pub mod waiting;

// The laws of snapshot stores
pub mod snapshots;

// The laws of stores that read both at once
pub mod snapshot_tails;

pub use capability::{Capability, Unclaimed};
pub use fault_hook::{FailingStore, FaultCounter};
pub use harness::{
    EventStoreHarness, Harness, SnapshotStoreHarness, SnapshottedEventStoreHarness, Tampered,
    Tampering,
};
pub use law::{Law, LawFuture, Verdict};
pub use list::{laws_of_event_stores, laws_of_snapshot_stores, laws_of_snapshotted_event_stores};
