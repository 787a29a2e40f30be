//! Event sourcing without a server, in one dependency.
//!
//! This crate re-exports the names of the first hour. Each comes from a crate of its own, which can
//! also be used alone. The guide, `docs/guide` in the repository, has a chapter for each task;
//! `cargo xtask book` builds it.
//!
//! # The first aggregate
//!
//! ```
//! use annals::{
//!     Aggregate, DomainEvent, EventSourcedRepository, Inapplicable, JsonEventCodec, MemoryStore,
//!     StreamId,
//! };
//!
//! #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
//! struct LampDimmed { percent: u8 }
//!
//! struct Lamp { percent: u8 }
//! impl Aggregate for Lamp {
//!     type Event = LampDimmed;
//!     const TYPE: &'static str = "lamp";
//!     fn create(event: &LampDimmed) -> Result<Self, Inapplicable> {
//!         Ok(Lamp { percent: event.percent })
//!     }
//!     fn apply(&mut self, event: &LampDimmed) -> Result<(), Inapplicable> {
//!         self.percent = event.percent;
//!         Ok(())
//!     }
//! }
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let lamps = EventSourcedRepository::<Lamp>::new(MemoryStore::new(), JsonEventCodec::new()?);
//! let kitchen = StreamId::of::<Lamp>("kitchen")?;
//! lamps.create(&kitchen, LampDimmed { percent: 100 }).await?;
//! let lamp = lamps.execute(&kitchen, |lamp| LampDimmed { percent: lamp.percent / 2 }).await?;
//! assert_eq!(lamp.state().percent, 50);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With `SqliteStore::open("lamps.annals").await?` in place of `MemoryStore::new()`, the lamps are
//! kept in one file. A second run of that program needs `execute_or_create` in place of `create`,
//! since the lamp exists then.
//!
//! # The names
//!
//! | to | use |
//! |---|---|
//! | declare events | [`DomainEvent`] and its derive |
//! | build a state from events | [`Aggregate`], [`Inapplicable`] |
//! | name a stream | [`StreamId`] |
//! | run commands | [`EventSourcedRepository`]: `create`, `execute`, `execute_or_create` |
//! | answer a command | [`Decision`]: one event, several, none, or a refusal |
//! | handle failures | [`RepositoryError`], [`CommandError`](repository::CommandError) |
//! | choose a store | `SqliteStore` (feature `sqlite`), `MemoryStore` (feature `memory`) |
//! | choose a store on a server | `PostgresStore` (feature `postgres`) |
//! | choose a codec | `JsonEventCodec`, `JsonStateCodec` (feature `json`); their `JsonError` |
//! | append without an aggregate | [`EventStore`], [`Append`], [`NewEvent`], [`ExpectedVersion`] |
//! | read events | [`EventStoreExt`], [`RecordedEvent`], [`store`] |
//! | fill tables from events | [`TypedProjection`], [`Projector`], `SqliteReadModels` |
//! | fill tables on a server | `PostgresReadModels` (feature `postgres`) |
//! | answer events with events, once | [`Reactor`], [`ReactorRunner`] |
//! | take events one by one, with a kept position | [`Subscription`] |
//! | keep snapshots | [`SnapshotStore`], [`snapshot::policy`] |
//! | name the actor and the reason | [`Actor`], [`Metadata`] |
//! | move a log to another store | [`store::LogTransfer`], `transfer` (feature `transfer`) |
//! | write events for a language model | `toon`, `event_tables` (feature `toon`) |
//!
//! # Features
//!
//! | feature | on by default | adds |
//! |---|---|---|
//! | `json` | yes | `JsonEventCodec`, `JsonStateCodec` |
//! | `memory` | yes | `MemoryStore`, `MemoryReadModels` |
//! | `sqlite` | yes | `SqliteStore`, `SqliteReadModels`, `sqlx`, with a bundled SQLite |
//! | `postgres` | no | `PostgresStore`, `PostgresReadModels`, `sqlx` |
//! | `transfer` | no | `transfer`: `Export`, `Import` |
//! | `toon` | no | `toon`, `event_tables`, `tokens` |

#[doc(inline)]
pub use shared_kernel::{
    Actor, Aggregate, AggregateRoot, Append, AppendError, Decision, EventEnvelope, EventId,
    EventSourcedRepository, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition,
    Inapplicable, Metadata, NewEvent, RecordedEvent, RepositoryError, SnapshotStore, StoreError,
    StreamId, StreamVersion,
};
#[doc(inline)]
pub use shared_kernel::{
    aggregate, codec, jiff, laws, lease, random, repository, snapshot, snowflake, store, stream,
    text, time,
};

/// Events: the domain's own, and as a store records them.
pub mod event {
    #[doc(inline)]
    pub use shared_kernel::event::domain_event::DomainEvent;
    #[doc(inline)]
    pub use shared_kernel::event::{
        Actor, ActorKind, ActorName, CausationId, CorrelationId, EventEnvelope, EventId,
        EventIdGenerator, EventType, EventTypeInfo, InvalidEventId, Metadata, MetadataKey,
        NewEvent, RecordedEvent, SchemaVersion, ZeroSchemaVersion,
    };
    /// Declares the event types of an enum or a struct.
    #[doc(inline)]
    pub use shared_kernel_derive::DomainEventOfAnnals as DomainEvent;
}
#[doc(inline)]
pub use event::DomainEvent;

#[doc(inline)]
pub use read_side::{
    self, ApplyError, Projection, ProjectionError, Projector, Reactor, ReactorRunner, Subscription,
    Typed, TypedProjection, async_trait,
};

#[cfg(feature = "transfer")]
#[doc(inline)]
pub use log_transfer as transfer;

#[cfg(feature = "memory")]
#[doc(inline)]
pub use persistence_memory::{self as memory, MemoryReadModels, MemoryStore};

#[cfg(feature = "postgres")]
#[doc(inline)]
pub use persistence_postgres::{self as postgres, PostgresOptions, PostgresStore};

#[cfg(feature = "sqlite")]
#[doc(inline)]
pub use persistence_sqlite::{self as sqlite, SqliteOptions, SqliteStore};

#[cfg(feature = "sqlite")]
#[doc(inline)]
pub use read_models_sqlite::{self as sqlite_read_models, SqliteReadModels, SqliteTx, sqlx};

#[cfg(feature = "postgres")]
#[doc(inline)]
pub use read_models_postgres::{self as postgres_read_models, PostgresReadModels, PostgresTx};

#[cfg(all(feature = "postgres", not(feature = "sqlite")))]
#[doc(inline)]
pub use read_models_postgres::sqlx;

#[cfg(feature = "json")]
#[doc(inline)]
pub use serialization::{JsonError, JsonErrorKind, JsonEventCodec, JsonStateCodec};

#[cfg(feature = "toon")]
#[doc(inline)]
pub use serialization::{event_tables, tokens, toon};

/// The examples of the README.
#[cfg(all(doctest, feature = "json", feature = "sqlite"))]
#[doc = include_str!("../../../README.md")]
mod readme {}
