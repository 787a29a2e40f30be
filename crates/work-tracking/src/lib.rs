//! The use cases of work items, over any store that keeps the laws of Annals.
//!
//! A [`WorkTracker`] connects the pure domain of `work-item` to the ports of `shared-kernel`. It
//! loads items, lets them decide, saves their events, assigns numbers, and answers queries. The
//! caller passes in stores, codecs, clock and ids; the crate depends on no adapter and no format.
//!
//! The tracker also keeps the rules that span several items, because an item sees only itself:
//!
//! - a parent exists and lists its children;
//! - numbers are unique and contiguous;
//! - no item is completed before its children and blockers;
//! - items do not block each other in a circle;
//! - a claimed item changes its status only by its claimant or a person.
//!
//! Each append checks the version of every item that the decision used. For example, `complete` of
//! a story with two tasks checks both tasks; a task that is reopened in between is a conflict, and
//! the tracker decides again.
//!
//! ```
//! use std::sync::Arc;
//!
//! use persistence_memory::MemoryEventStore;
//! use serialization::JsonEventCodec;
//! use shared_kernel::Metadata;
//! use shared_kernel::snowflake::{SnowflakeGenerator, WorkerId};
//! use shared_kernel::time::SystemClock;
//! use work_item::{NewWorkItem, WorkItemEvent};
//! use work_tracking::{Codecs, CommandContext, WorkTracker};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let items = WorkItemEvent::UPCASTERS.iter().fold(JsonEventCodec::builder(), |codec, step| {
//!         codec.upcast(step.event_type, step.from, |old| {
//!             Ok(serde_json::to_value(step.upgrade(old)?)?)
//!         })
//!     });
//!     let register = Arc::new(JsonEventCodec::new()?);
//!     let codecs = Codecs { items: Arc::new(items.build()?), register };
//!     let ids = Arc::new(SnowflakeGenerator::new(Arc::new(SystemClock), WorkerId::FIRST));
//!     let tracker = WorkTracker::new(Arc::new(MemoryEventStore::new()), codecs, ids);
//!
//!     let new = NewWorkItem::new("Write the report".parse()?);
//!     let id = tracker.create(new, None, Metadata::new()).await?.item.id();
//!     let started = tracker.start(id, &CommandContext::new()).await?;
//!     assert_eq!((id.to_string(), started.version.get()), ("WORK-001".to_owned(), 2));
//!     let refused = tracker.complete(id, None, &CommandContext::new()).await;
//!     assert!(refused.is_err()); // its test results are missing
//!     Ok(())
//! }
//! ```

// Input
mod command_context;
mod foreign;
mod item_filter;
mod item_ref;

// Output
mod error;
mod tracked_item;

// The numbers and other names
mod aliases;
mod register;
mod register_error;
mod register_event;

// The use cases
mod board;
mod claims;
mod commands;
mod create;
mod dependents;
mod diff;
mod facts;
mod fold;
mod import;
mod in_one_append;
mod list;
mod load_items;
mod merge;
mod names;
mod queries;
mod queue;
mod readiness;
mod spanning;
mod stats;
mod tree;
mod why;
mod work_tracker;

pub use board::{Board, BoardColumn, BoardQuery, board_rank};
pub use claims::{Explained, RenewedClaims};
pub use command_context::CommandContext;
pub use dependents::{Dependent, KnownDependents};
pub use diff::ItemDiff;
pub use error::{FailureKind, TrackingError};
pub use facts::Fact;
pub use foreign::{ForeignInvalid, ForeignItem, ForeignItems, ForeignState};
pub use import::{ImportedItems, LeftOutLink};
pub use item_filter::{ItemFilter, ItemOrder, ListQuery, lowercase_text};
pub use item_ref::{InvalidItemRef, ItemRef};
pub use list::ListProgress;
pub use load_items::LoadedItems;
pub use merge::{ClashReason, MergeClash, Merged};
pub use names::{ItemName, NameChanges};
pub use queries::ItemHistory;
pub use queue::{Candidates, Queue, ReadyItem};
pub use readiness::{NotReady, creation_day, queue_rank, readiness};
pub use register_error::RegisterError;
pub use register_event::RegisterEvent;
pub use stats::{CycleTimes, GateReason, PeriodStats, Stats, StatsQuery, StatsTally};
pub use tracked_item::{CommandOutcome, TrackedItem};
pub use tree::ItemTree;
pub use why::Why;
pub use work_tracker::{Codecs, WorkTracker};

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
