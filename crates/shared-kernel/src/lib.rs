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
//! # A command that refuses
//!
//! A command returns one of these [decisions](Decision):
//!
//! | decision | meaning |
//! |---|---|
//! | `E` | one event |
//! | `Option<E>` | one event, or none |
//! | `Vec<E>`, `[E; N]` | several events |
//! | `()` | no event |
//! | `Result<D, R>` | one of the above, or the refusal `R` |
//!
//! The error type of a refusal needs `From<RepositoryError>`, and is then the error of `execute`.
//! `anyhow::Error` and `Box<dyn Error>` have it. A pure domain error is wrapped in
//! [`CommandError`](repository::CommandError).
//!
//! ```
//! use shared_kernel::RepositoryError;
//! # use persistence_memory::MemoryStore;
//! # use serialization::JsonEventCodec;
//! # use shared_kernel::{Aggregate, DomainEvent, EventSourcedRepository, Inapplicable, StreamId};
//! # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
//! # struct LampDimmed { percent: u8 }
//! # struct Lamp { percent: u8 }
//! # impl Aggregate for Lamp {
//! #     type Event = LampDimmed;
//! #     const TYPE: &'static str = "lamp";
//! #     fn create(event: &LampDimmed) -> Result<Self, Inapplicable> {
//! #         Ok(Lamp { percent: event.percent })
//! #     }
//! #     fn apply(&mut self, event: &LampDimmed) -> Result<(), Inapplicable> {
//! #         self.percent = event.percent;
//! #         Ok(())
//! #     }
//! # }
//!
//! #[derive(Debug, thiserror::Error)]
//! enum LampError {
//!     #[error("{0} % is more than 100 %")]
//!     TooBright(u8),
//!     #[error(transparent)]
//!     Repository(#[from] RepositoryError),
//! }
//!
//! impl Lamp {
//!     fn dim(&self, percent: u8) -> Result<Option<LampDimmed>, LampError> {
//!         if percent > 100 {
//!             return Err(LampError::TooBright(percent));
//!         }
//!         Ok((percent != self.percent).then_some(LampDimmed { percent }))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//! # let lamps = EventSourcedRepository::<Lamp>::new(MemoryStore::new(), JsonEventCodec::new()?);
//! # let kitchen = StreamId::of::<Lamp>("kitchen")?;
//! # lamps.create(&kitchen, LampDimmed { percent: 100 }).await?;
//! let refused = lamps.execute(&kitchen, |lamp| lamp.dim(140)).await;
//! assert!(matches!(refused, Err(LampError::TooBright(140))));
//!
//! // In a function that returns `anyhow::Result`:
//! let dimmed = lamps.execute(&kitchen, |lamp| lamp.dim(40)).await?;
//! assert_eq!(dimmed.recorded(), 1);
//! let again = lamps.execute(&kitchen, |lamp| lamp.dim(40)).await?;
//! assert_eq!(again.recorded(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! # Snapshots and earlier states
//!
//! A [policy](snapshot::policy) decides when a snapshot is taken. A snapshot makes a load shorter
//! and never changes its result ([law 26](laws#law-26)). [`AsOf`](repository::AsOf) names an
//! earlier moment: a version, a position or a time.
//!
//! ```
//! use std::num::NonZeroU64;
//! use serialization::JsonStateCodec;
//! use shared_kernel::repository::AsOf;
//! use shared_kernel::snapshot::policy::{EveryEvents, OnRequest, SnapshotPolicy};
//! # use persistence_memory::MemoryStore;
//! # use serialization::JsonEventCodec;
//! # use shared_kernel::{Aggregate, DomainEvent, EventSourcedRepository, Inapplicable, StreamId};
//! # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
//! # struct LampDimmed { percent: u8 }
//! # #[derive(serde::Serialize, serde::Deserialize)]
//! # struct Lamp { percent: u8 }
//! # impl Aggregate for Lamp {
//! #     type Event = LampDimmed;
//! #     const TYPE: &'static str = "lamp";
//! #     fn create(event: &LampDimmed) -> Result<Self, Inapplicable> {
//! #         Ok(Lamp { percent: event.percent })
//! #     }
//! #     fn apply(&mut self, event: &LampDimmed) -> Result<(), Inapplicable> {
//! #         self.percent = event.percent;
//! #         Ok(())
//! #     }
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//!
//! const TWO: NonZeroU64 = NonZeroU64::new(2).unwrap();
//! let lamps = EventSourcedRepository::<Lamp>::snapshotted(
//!     MemoryStore::new(),
//!     JsonEventCodec::new()?,
//!     JsonStateCodec::new(),
//! )
//! .with_policy(EveryEvents::new(TWO).or(OnRequest));
//! # let kitchen = StreamId::of::<Lamp>("kitchen")?;
//! # lamps.create(&kitchen, LampDimmed { percent: 100 }).await?;
//!
//! for percent in [80, 60, 40] {
//!     lamps.execute(&kitchen, |_| LampDimmed { percent }).await?;
//! }
//! let now = lamps.get(&kitchen).await?;
//! assert_eq!(now.state().percent, 40);
//! assert_eq!(now.newest_snapshot().map(|taken| taken.version), Some(4.into()));
//!
//! let earlier = lamps.load_as_of(&kitchen, AsOf::Version(2.into())).await?;
//! assert_eq!(earlier.map(|lamp| lamp.state().percent), Some(80));
//!
//! // The version that a user has seen: the load is a conflict if the lamp has changed since.
//! assert!(lamps.get_at(&kitchen, 3.into()).await.is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # Metadata, and reading the log
//!
//! ```
//! use std::sync::Arc;
//! use futures_util::TryStreamExt;
//! use shared_kernel::event::ActorKind;
//! use shared_kernel::store::{LogQuery, ReadStream, StreamQuery};
//! use shared_kernel::{Actor, EventStoreExt, Metadata, RecordedEvent};
//! # use persistence_memory::MemoryStore;
//! # use serialization::JsonEventCodec;
//! # use shared_kernel::{Aggregate, DomainEvent, EventSourcedRepository, Inapplicable, StreamId};
//! # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
//! # struct LampDimmed { percent: u8 }
//! # struct Lamp { percent: u8 }
//! # impl Aggregate for Lamp {
//! #     type Event = LampDimmed;
//! #     const TYPE: &'static str = "lamp";
//! #     fn create(event: &LampDimmed) -> Result<Self, Inapplicable> {
//! #         Ok(Lamp { percent: event.percent })
//! #     }
//! #     fn apply(&mut self, event: &LampDimmed) -> Result<(), Inapplicable> {
//! #         self.percent = event.percent;
//! #         Ok(())
//! #     }
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//!
//! let store = Arc::new(MemoryStore::new());
//! let lamps = EventSourcedRepository::<Lamp>::new(Arc::clone(&store), JsonEventCodec::new()?);
//! # let kitchen = StreamId::of::<Lamp>("kitchen")?;
//!
//! // One clone of the repository for each request: it stores the actor with every event.
//! let ada = Metadata::new().with_actor(Actor::new(ActorKind::Person, "ada")?);
//! let lamps = lamps.clone().with_metadata(ada);
//! lamps.create(&kitchen, [LampDimmed { percent: 100 }, LampDimmed { percent: 40 }]).await?;
//!
//! let stream = store.read_stream(StreamQuery::new(kitchen).versions(2..));
//! let events: Vec<RecordedEvent> = stream.try_collect().await?;
//! assert_eq!(events[0].event_type.as_str(), "LampDimmed");
//! assert_eq!(events[0].metadata.actor.as_ref().map(|actor| actor.name.as_str()), Some("ada"));
//!
//! // `follow` reads all events from a position on, and then waits for new ones.
//! let mut log: ReadStream<'_, RecordedEvent> = store.follow(LogQuery::new().positions(2..));
//! let next = log.try_next().await?;
//! assert_eq!(next.map(|event| event.position.get()), Some(2));
//! # Ok(())
//! # }
//! ```
//!
//! # Modules
//!
//! The names of the examples are at the root, or in one of these modules:
//!
//! | module | names |
//! |---|---|
//! | [`event`] | [`DomainEvent`], [`NewEvent`], [`RecordedEvent`], [`EventId`], [`Metadata`] |
//! | [`stream`] | [`StreamId`], [`Category`], [`StreamVersion`], [`GlobalPosition`] |
//! | [`store`] | [`EventStore`], [`EventStoreExt`], [`Append`], [`StreamQuery`], [`LogQuery`] |
//! | [`aggregate`] | [`Aggregate`], [`AggregateRoot`], [`Decision`], [`HistoryError`] |
//! | [`repository`] | [`EventSourcedRepository`], [`AsOf`], [`Draft`], [`RetryPolicy`] |
//! | [`snapshot`] | [`SnapshotStore`], [`Snapshot`], the [policies](snapshot::policy) |
//! | [`codec`] | [`EventCodec`], [`StateCodec`], [`DecodedEvents`] |
//! | [`snowflake`], [`lease`] | [`Snowflake`], [`WorkerLeases`] |
//! | [`time`], [`random`] | [`Clock`], [`Timer`], [`Randomness`] |
//! | [`text`] | [`InvalidText`], the error of an invalid name |
//! | [`laws`] | the numbered promises |
//!
//! [`Category`]: stream::Category
//! [`StreamQuery`]: store::StreamQuery
//! [`LogQuery`]: store::LogQuery
//! [`HistoryError`]: aggregate::HistoryError
//! [`AsOf`]: repository::AsOf
//! [`Draft`]: repository::Draft
//! [`RetryPolicy`]: repository::RetryPolicy
//! [`Snapshot`]: snapshot::Snapshot
//! [`EventCodec`]: codec::EventCodec
//! [`StateCodec`]: codec::StateCodec
//! [`DecodedEvents`]: codec::DecodedEvents
//! [`Snowflake`]: snowflake::Snowflake
//! [`WorkerLeases`]: lease::WorkerLeases
//! [`Clock`]: time::Clock
//! [`Timer`]: time::Timer
//! [`Randomness`]: random::Randomness
//! [`InvalidText`]: text::InvalidText

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
