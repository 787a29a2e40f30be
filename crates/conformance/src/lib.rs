//! The laws of the Annals ports as tests that any adapter can run.
//!
//! A law is an async function that panics where a store breaks it, named by its sentence and
//! numbered as in the contract. An adapter offers a harness, which opens a new and empty store,
//! and runs all laws in a few lines:
//!
//! ```
//! use std::sync::{Arc, OnceLock};
//!
//! use async_trait::async_trait;
//! use conformance::{Capability, EventStoreHarness, Harness, Unclaimed};
//! use persistence_memory::MemoryEventStore as MyStore;
//! use shared_kernel::EventStore;
//! use shared_kernel::time::Clock;
//!
//! /// One storage for each test: here memory, for a database a folder of its own.
//! #[derive(Default)]
//! struct MyHarness(OnceLock<MyStore>);
//!
//! impl Harness for MyHarness {
//!     fn unclaimed(&self) -> &[Unclaimed] {
//!         &[
//!             Unclaimed { capability: Capability::Durability, reason: "memory is not durable" },
//!             Unclaimed { capability: Capability::Immutability, reason: "only the port exists" },
//!             Unclaimed::FAULTS,
//!         ]
//!     }
//! }
//!
//! #[async_trait]
//! impl EventStoreHarness for MyHarness {
//!     async fn open_events(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventStore> {
//!         Arc::new(self.0.get_or_init(|| MyStore::with_clock(clock)).clone())
//!     }
//! }
//!
//! conformance::event_store_laws!(MyHarness::default());
//! ```
//!
//! The laws also run one by one, each with a verdict, or as plain async functions on a runtime of
//! your own:
//!
//! ```
//! # use std::sync::{Arc, OnceLock};
//! # use async_trait::async_trait;
//! # use conformance::{EventStoreHarness, Harness};
//! # use persistence_memory::MemoryEventStore as MyStore;
//! # use shared_kernel::EventStore;
//! # use shared_kernel::time::Clock;
//! # #[derive(Default)]
//! # struct MyHarness(OnceLock<MyStore>);
//! # impl Harness for MyHarness {}
//! # #[async_trait]
//! # impl EventStoreHarness for MyHarness {
//! #     async fn open_events(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventStore> {
//! #         Arc::new(self.0.get_or_init(|| MyStore::with_clock(clock)).clone())
//! #     }
//! # }
//! let laws = conformance::laws_of_event_stores();
//! let law = laws.iter().find(|law| law.number() == 4).unwrap();
//! assert_eq!(law.run(Arc::new(MyHarness::default())), conformance::Verdict::Kept);
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! let harness = MyHarness::default();
//! conformance::races::of_many_writers_on_one_exact_version_exactly_one_wins(&harness).await;
//! # });
//! ```
//!
//! Every law has a harness to itself and uses neither chance nor the wall clock. Sabotaged stores
//! in this crate's tests prove that each law can fail. The README explains capabilities and the
//! fault hook; [`double`] has store doubles for the tests of other crates, and [`states`] checks
//! the states of an aggregate.
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
pub mod times;
pub mod visibility;
pub mod waiting;

// The laws of snapshot stores
pub mod snapshots;

// The laws of stores that read both at once
pub mod snapshot_tails;

// The laws of leases
pub mod leases;
pub mod named_leases;

// The laws of logs that move
pub mod freezing;
pub mod imports;
pub mod transfers;

// The laws of read models
pub mod read_models;

// The check of an aggregate's states
pub mod states;

pub use capability::{Capability, Unclaimed};
pub use fault_hook::{FailingStore, FaultCounter};
pub use harness::{
    EventStoreHarness, Harness, LogTransferHarness, SnapshotStoreHarness,
    SnapshottedEventStoreHarness, Tampered, Tampering, WorkerLeasesHarness,
};
pub use law::{Law, LawFuture, Verdict};
pub use list::{
    laws_of_event_stores, laws_of_log_transfers, laws_of_snapshot_stores,
    laws_of_snapshotted_event_stores, laws_of_worker_leases,
};
pub use named_leases::{NamedLeasesHarness, laws_of_named_leases};
pub use read_models::{ReadModelsHarness, laws_of_read_models};

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
