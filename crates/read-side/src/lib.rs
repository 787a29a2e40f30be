//! The read side of Annals: read models, subscriptions and reactors over any event store.
//!
//! The positions of a log have no holes and stand in commit order. So the progress of a reader is
//! one number, and this crate can prove that no event was missed.
//!
//! | task | use |
//! |---|---|
//! | make rows of events | [`Projection`], [`Projector`] |
//! | make rows of decoded events | [`TypedProjection`], [`Typed`] |
//! | read rows that have the caller's own append | [`Projector::wait_until`] |
//! | handle an event that cannot be applied | [`Poison`], [`Projector::skip`] |
//! | build again, and go back | [`Projector::rebuild`], [`Projector::switch_back`] |
//! | prove that the rows have missed nothing | [`Projector::prove`] |
//! | see rows as of an earlier position | [`replay()`] |
//! | answer events with events, once | [`Reactor`], [`ReactorRunner`] |
//! | take events one by one, with a kept position | [`Subscription`] |
//! | keep rows in another database | implement [`ReadModelStore`] |
//!
//! # A read model
//!
//! A projection makes the rows. A projector keeps them up to date with the log. Rows and position
//! are committed together ([law 58](shared_kernel::laws#law-58)), so a crash loses no event and
//! applies no event twice:
//!
//! ```
//! use persistence_memory::{MemoryEventStore, MemoryReadModels};
//! use read_side::{ApplyError, Projection, Projector, Rows, async_trait};
//! use shared_kernel::event::EventType;
//! use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent, StreamId};
//!
//! /// The last event of each lamp.
//! struct LastEvents;
//!
//! #[async_trait]
//! impl<Tx: Rows> Projection<Tx> for LastEvents {
//!     const NAME: &'static str = "last_events";
//!     const VERSION: u32 = 1;
//!
//!     async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
//!         let name = event.event_type.as_str().to_owned();
//!         tx.put("lamps", event.stream.as_str(), name.into());
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
//! let lamps = Projector::new(LastEvents, log.clone(), models.clone())?;
//!
//! let lit = NewEvent::with_fresh_id(EventType::new("LampLit")?, "{}")?;
//! log.append_to(StreamId::new("lamp-1")?, ExpectedVersion::Any, vec![lit]).await?;
//! lamps.catch_up().await?; // `run` follows the log instead
//! let build = lamps.live().await?.record.build;
//! assert_eq!(build.to_string(), "last_events.v1.1");
//! assert_eq!(models.get(&build, "lamps", "lamp-1")?.unwrap(), "LampLit");
//! # Ok(())
//! # }
//! ```
//!
//! # An event that cannot be applied
//!
//! By default a projector stops before it. With [`Poison::Park`] the later events of its stream
//! wait behind it, and all other streams go on:
//!
//! ```
//! # use persistence_memory::{MemoryEventStore, MemoryReadModels};
//! # use read_side::{ApplyError, Options, Poison, Projection, Projector, async_trait};
//! # use shared_kernel::event::EventType;
//! # use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent, StreamId};
//! struct Numbers;
//! #[async_trait]
//! impl<Tx: Send> Projection<Tx> for Numbers {
//!     const NAME: &'static str = "numbers";
//!     const VERSION: u32 = 1;
//!
//!     async fn apply(&self, event: &RecordedEvent, _: &mut Tx) -> Result<(), ApplyError> {
//!         std::str::from_utf8(&event.payload)?.parse::<u32>()?; // an error is one of the event
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
//! for (stream, payload) in [("count-1", "seven"), ("count-1", "8"), ("count-2", "9")] {
//!     let counted = NewEvent::with_fresh_id(EventType::new("Counted")?, payload)?;
//!     log.append_to(StreamId::new(stream)?, ExpectedVersion::Any, vec![counted]).await?;
//! }
//! let parking = Options::default().poison(Poison::Park);
//! let numbers = Projector::with_options(Numbers, log, models, parking)?;
//! assert_eq!(numbers.catch_up().await?, 3.into());
//!
//! let parked = numbers.parked().await?;
//! assert_eq!(parked.len(), 2); // the events of `count-1`
//! numbers.skip(parked[0].failure.event_id, "a test wrote `seven`").await?;
//! assert_eq!(numbers.retry(&StreamId::new("count-1")?).await?, 1);
//! assert!(numbers.prove().await?.holds());
//! # Ok(())
//! # }
//! ```

mod batch;
mod derived;
mod models;
mod name;
mod progress;
mod projection;
mod projector;
mod reactor;
mod replay;
mod rows;
mod selection;
mod subscription;
mod typed;

/// The attribute of implementations of [`Projection`] and [`Reactor`].
#[doc(no_inline)]
pub use async_trait::async_trait;
pub use batch::{Batch, BatchError, read_batch};
pub use derived::derived_id;
pub use models::{Definition, ReadModelError, ReadModelStore};
pub use name::{Build, InvalidModelName, ModelName};
pub use progress::{
    BuildRecord, BuildState, Checksum, Failure, HeldLease, Lease, Parked, Progress, Skipped,
    Status, Step,
};
pub use projection::{ApplyError, Projection, schemas_of};
pub use projector::{LiveBuild, Options, Poison, ProjectionError, Projector, Proof, Start};
pub use reactor::{Reaction, Reactor, ReactorRunner};
pub use replay::replay;
pub use rows::Rows;
pub use selection::{Selection, segment_of};
pub use subscription::{Consumer, Delivery, Subscription};
pub use typed::{Typed, TypedProjection};

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
