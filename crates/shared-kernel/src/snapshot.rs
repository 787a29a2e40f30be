//! Snapshots: stored states, which make loads shorter.
//!
//! A [`Snapshot`] is a state at a version, and a [`SnapshotRecord`] its stored form.
//! [`SnapshotStore`] is the port. A [`SnapshottedEventStore`] is a combined store of events and
//! snapshots. The [policies](policy) decide when a snapshot is taken.
//!
//! # Snapshots and earlier states
//!
//! A snapshot makes a load shorter and never changes its result ([law 26](crate::laws#law-26)).
//! [`AsOf`](crate::repository::AsOf) names an earlier moment: a version, a position or a time.
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

pub mod policy;
mod record;
mod snapshotted_event_store;
mod store;

pub use record::{Snapshot, SnapshotRecord, StateSchema};
pub use snapshotted_event_store::{SnapshotAndTail, SnapshotQuery, SnapshottedEventStore};
pub use store::SnapshotStore;
