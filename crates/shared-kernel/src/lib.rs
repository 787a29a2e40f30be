//! Event sourcing without a server: records, ports, aggregate root and repository.
//!
//! This crate knows no database, no serialization format and no async runtime. Time, chance and
//! waiting come in through ports.

// Names, numbers and identities
mod counter;
mod event_id;
mod event_type;
mod global_position;
mod snowflake;
mod stream_id;
mod stream_version;
mod text;
mod worker_id;

// Events and their metadata
mod actor;
mod decoded_events;
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
mod paged_read;
mod query;
mod read_range;
mod repetition;
mod store_error;

// Aggregates and snapshots
mod aggregate;
mod aggregate_root;
mod codec;
mod decision;
mod history_error;
mod repository;
mod retry;
mod snapshot;
pub mod snapshot_policy;
mod snapshot_store;
mod snapshotted_event_store;

// The doors to the world outside
mod background_tasks;
mod clock;
mod randomness;
mod snowflake_generator;
mod timer;
mod worker_lease;
mod worker_record;

/// The crate of the times in this API. A user needs no dependency on it of their own.
pub use jiff;

pub use actor::{Actor, ActorKind, ActorName};
pub use aggregate::{Aggregate, Inapplicable};
pub use aggregate_root::{AggregateRoot, StageError};
pub use append::{Append, InvalidAppend, StreamCheck, StreamWrite};
pub use append_error::AppendError;
pub use append_receipt::{AppendOutcome, AppendReceipt};
pub use background_tasks::BackgroundTasks;
pub use clock::{Clock, ManualClock, SystemClock};
pub use codec::{DecodeError, EncodeError, EncodedEvent, EventCodec, FormatError, StateCodec};
pub use counter::OutOfRange;
pub use decision::{CommandError, DecideError, Decision, ErrorOf, Rejection};
pub use decoded_events::DecodedEvents;
pub use domain_event::DomainEvent;
pub use envelope::EventEnvelope;
pub use event_id::{EventId, EventIdGenerator, InvalidEventId};
pub use event_store::EventStore;
pub use event_store_ext::EventStoreExt;
pub use event_type::{EventType, EventTypeInfo, SchemaVersion, ZeroSchemaVersion};
pub use expected_version::{Conflict, ExpectedVersion};
pub use global_position::GlobalPosition;
pub use history_error::HistoryError;
pub use metadata::{CausationId, CorrelationId, Metadata, MetadataKey};
pub use paged_read::ReadStream;
pub use query::{
    EventFilter, LogPage, LogQuery, Page, StreamPage, StreamQuery, StreamSummary, StreamsPage,
    StreamsQuery,
};
pub use randomness::{Randomness, RandomnessUnavailable, SystemRandomness};
pub use read_range::{DEFAULT_PAGE_SIZE, Direction, ReadRange};
pub use record::{NewEvent, RecordedEvent};
pub use repetition::detect_repetition;
pub use repository::{
    AsOf, Draft, EventSourcedRepository, Executed, Landed, RepositoryError, SaveReceipt,
    SnapshotError, SnapshotOutcome, SnapshotRetention,
};
pub use retry::RetryPolicy;
/// The derive of the trait of that name.
#[doc(inline)]
pub use shared_kernel_derive::DomainEvent;
pub use snapshot::{Snapshot, SnapshotRecord, StateSchema};
pub use snapshot_store::SnapshotStore;
pub use snapshotted_event_store::{SnapshotAndTail, SnapshotQuery, SnapshottedEventStore};
pub use snowflake::{InvalidSnowflake, Snowflake};
pub use snowflake_generator::{ForeignLease, SnowflakeError, SnowflakeGenerator};
pub use store_error::StoreError;
pub use stream_id::{Category, StreamId};
pub use stream_version::StreamVersion;
pub use text::{InvalidText, TextProblem};
pub use timer::{SystemTimer, Timer};
pub use worker_id::{InvalidWorkerId, WorkerId};
pub use worker_lease::{LeaseHolder, LeaseTerm, WorkerLease, WorkerLeaseError, WorkerLeases};
pub use worker_record::WorkerRecord;
