//! Event sourcing without a server: records, ports, aggregate root and repository.
//!
//! This crate knows no database, no serialization format and no async runtime. Time, chance and
//! waiting come in through ports.

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

/// The crate of the times in this API. A user needs no dependency on it of their own.
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
