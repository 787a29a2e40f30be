//! Event sourcing without a server: records, ports, aggregate root and repository.
//!
//! This crate knows no database, no serialization format and no async runtime. Time, chance and
//! waiting come in through ports.

// Names, numbers and identities
mod counter;
mod event_id;
mod event_type;
mod global_position;
mod stream_id;
mod stream_version;
mod text;

// Events and their metadata
mod actor;
mod domain_event;
mod envelope;
mod metadata;
mod record;

// Appending and reading
mod append;
mod append_error;
mod append_receipt;
mod event_store;
mod event_store_ext;
mod expected_version;
mod query;
mod repetition;
mod store_error;

// Aggregates and snapshots
mod aggregate;
mod codec;
mod snapshot;
mod snapshot_store;

// The doors to the world outside
mod clock;
mod randomness;
mod timer;

pub use actor::{Actor, ActorKind, ActorName};
pub use aggregate::{Aggregate, Inapplicable};
pub use append::{Append, InvalidAppend, StreamCheck, StreamWrite};
pub use append_error::AppendError;
pub use append_receipt::{AppendOutcome, AppendReceipt};
pub use clock::{Clock, ManualClock, SystemClock};
pub use codec::{DecodeError, EncodeError, EncodedEvent, EventCodec, FormatError, StateCodec};
pub use counter::OutOfRange;
pub use domain_event::DomainEvent;
pub use envelope::EventEnvelope;
pub use event_id::{EventId, EventIdGenerator, InvalidEventId};
pub use event_store::EventStore;
pub use event_store_ext::{EventStoreExt, ReadStream};
pub use event_type::{EventType, SchemaVersion, ZeroSchemaVersion};
pub use expected_version::{Conflict, ExpectedVersion};
pub use global_position::GlobalPosition;
pub use metadata::{CausationId, CorrelationId, Metadata, MetadataKey};
pub use query::{
    DEFAULT_PAGE_SIZE, Direction, EventFilter, LogPage, LogQuery, Page, StreamPage, StreamQuery,
    StreamSummary, StreamsPage, StreamsQuery,
};
pub use randomness::{Randomness, RandomnessUnavailable, SystemRandomness};
pub use record::{NewEvent, RecordedEvent};
pub use repetition::detect_repetition;
pub use snapshot::{Snapshot, SnapshotRecord, StateSchema};
pub use snapshot_store::SnapshotStore;
pub use store_error::StoreError;
pub use stream_id::{Category, StreamId};
pub use stream_version::StreamVersion;
pub use text::{InvalidText, TextProblem};
pub use timer::{SystemTimer, Timer};
