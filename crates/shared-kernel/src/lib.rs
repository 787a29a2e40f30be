//! Event sourcing without a server: events, aggregates, a repository, and the ports of the stores.
//!
//! An *event* is a fact that happened, for example "the kitchen lamp was dimmed to 50 %". The
//! events of one thing are a *stream*. An *aggregate* is the state that the events of a stream
//! produce. A *repository* loads and saves aggregates.
//!
//! This crate knows no database, no serialization format and no async runtime. The examples take a
//! store from `persistence-memory` and JSON codecs from `serialization`; `persistence-sqlite` has a
//! store in one file. The promises of all stores are numbered [laws].
//!
//! # Events and an aggregate
//!
//! ```
//! use persistence_memory::MemoryStore;
//! use serialization::JsonEventCodec;
//! use shared_kernel::{Aggregate, DomainEvent, EventSourcedRepository, Inapplicable, StreamId};
//!
//! #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
//! enum LampEvent {
//!     LampInstalled,
//!     LampDimmed { percent: u8 },
//! }
//!
//! struct Lamp {
//!     percent: u8,
//! }
//!
//! impl Aggregate for Lamp {
//!     type Event = LampEvent;
//!     const TYPE: &'static str = "lamp";
//!
//!     fn create(first: &LampEvent) -> Result<Self, Inapplicable> {
//!         match first {
//!             LampEvent::LampInstalled => Ok(Lamp { percent: 100 }),
//!             LampEvent::LampDimmed { .. } => Err(Inapplicable::new("the lamp is not installed")),
//!         }
//!     }
//!
//!     fn apply(&mut self, event: &LampEvent) -> Result<(), Inapplicable> {
//!         match event {
//!             LampEvent::LampInstalled => return Err(Inapplicable::new("installed twice")),
//!             LampEvent::LampDimmed { percent } => self.percent = *percent,
//!         }
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//! let lamps = EventSourcedRepository::<Lamp>::new(MemoryStore::new(), JsonEventCodec::new()?);
//! let kitchen = StreamId::of::<Lamp>("kitchen")?;
//! assert_eq!(kitchen.as_str(), "lamp-kitchen");
//!
//! lamps.create(&kitchen, LampEvent::LampInstalled).await?;
//! let half = |lamp: &Lamp| LampEvent::LampDimmed { percent: lamp.percent / 2 };
//! let lamp = lamps.execute(&kitchen, half).await?;
//! assert_eq!(lamp.state().percent, 50);
//!
//! // A command that also creates: its state is `None` before the first event.
//! let hall = StreamId::of::<Lamp>("hall")?;
//! let install_or_dim = |lamp: Option<&Lamp>| lamp.map_or(LampEvent::LampInstalled, half);
//! let lamp = lamps.execute_or_create(&hall, install_or_dim).await?;
//! assert_eq!(lamp.state().percent, 100);
//! # Ok(())
//! # }
//! ```
//!
//! `execute` loads the aggregate, runs the command and saves its events. If another writer was
//! faster, it loads and runs the command again ([law 31](laws#law-31)).
//!
//! # Tasks
//!
//! | task | example |
//! |---|---|
//! | refuse a command with your own error | [`repository`](repository#a-command-that-refuses) |
//! | take snapshots, load an earlier state | [`snapshot`](snapshot#snapshots-and-earlier-states) |
//! | store the actor, read and follow the log | [`store`](store#metadata-and-reading-the-log) |
//! | read events of an older schema, or several for one | `JsonEventCodec` in `serialization` |
//! | keep the streams in a file | `SqliteStore` in `persistence-sqlite` |
//!
//! # Modules
//!
//! | module | subject |
//! |---|---|
//! | [`event`] | events, their names, ids and metadata; records of events |
//! | [`stream`] | the names of streams and categories; versions and positions |
//! | [`store`] | the event store: appends and reads |
//! | [`aggregate`] | aggregates, decisions, and the errors of a history |
//! | [`repository`] | loading, commands over one or several aggregates, earlier states, retries |
//! | [`snapshot`] | the snapshot store, and the [policies](snapshot::policy) |
//! | [`codec`] | the codecs of events and states |
//! | [`snowflake`], [`lease`] | unique 64-bit ids, and the workers that make them |
//! | [`time`], [`random`] | clocks, timers and randomness, which tests replace |
//! | [`text`] | [`InvalidText`](text::InvalidText), the error of an invalid name |
//! | [`laws`] | the numbered promises |

pub mod aggregate;
pub mod codec;
pub mod event;
pub mod laws;
pub mod lease;
pub mod random;
pub mod repository;
pub mod snapshot;
pub mod snowflake;
pub mod store;
pub mod stream;
pub mod text;
pub mod time;

/// The crate of the times in this API, re-exported: `jiff::Timestamp` needs no further dependency.
pub use jiff;

#[doc(inline)]
pub use aggregate::{Aggregate, AggregateRoot, Decision, Inapplicable};
#[doc(inline)]
pub use event::{Actor, DomainEvent, EventEnvelope, EventId, Metadata, NewEvent, RecordedEvent};
#[doc(inline)]
pub use repository::{EventSourcedRepository, RepositoryError};
#[doc(inline)]
pub use snapshot::SnapshotStore;
#[doc(inline)]
pub use store::{Append, AppendError, EventStore, EventStoreExt, ExpectedVersion, StoreError};
#[doc(inline)]
pub use stream::{GlobalPosition, StreamId, StreamVersion};

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
