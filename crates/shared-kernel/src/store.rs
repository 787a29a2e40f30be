//! The event store: the port, appends and reads.
//!
//! Adapters implement [`EventStore`]. Callers use [`EventStoreExt`] too, for example `read_stream`
//! and `follow`. An [`Append`] writes events and checks [`ExpectedVersion`]s; it returns an
//! [`AppendReceipt`] or an [`AppendError`]. [`StreamQuery`] and [`LogQuery`] describe reads, and a
//! [`ReadStream`] has their events. [`LogTransfer`] is the port of stores that can move their log.
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

mod append;
mod append_error;
mod append_receipt;
mod event_store;
mod event_store_ext;
mod expected_version;
mod log_part;
mod log_transfer;
pub(crate) mod paged_read;
mod query;
pub(crate) mod read_range;
mod repetition;
mod store_error;
mod store_id;

pub use append::{Append, InvalidAppend, StreamCheck, StreamWrite};
pub use append_error::AppendError;
pub use append_receipt::{AppendOutcome, AppendReceipt};
pub use event_store::EventStore;
pub use event_store_ext::EventStoreExt;
pub use expected_version::{Conflict, ExpectedVersion};
pub use log_part::{ImportError, InvalidPart, LogPart, LogPoint};
pub use log_transfer::{Destination, LogTransfer};
pub use paged_read::ReadStream;
pub use query::{
    EventFilter, LogPage, LogQuery, Page, StreamPage, StreamQuery, StreamSummary, StreamsPage,
    StreamsQuery,
};
pub use read_range::{DEFAULT_PAGE_SIZE, Direction, ReadRange};
pub use repetition::detect_repetition;
pub use store_error::StoreError;
pub use store_id::StoreId;
