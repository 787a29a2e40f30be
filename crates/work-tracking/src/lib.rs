//! The use cases of work items, over any store that keeps the Annals contract.
//!
//! A [`WorkTracker`] joins the pure domain of `work-item` to the ports of `shared-kernel`: it loads
//! items, has them decide, saves their events, assigns numbers, and answers questions. Stores, codecs,
//! clock and ids are passed in; it knows no adapter and no format.
//!
//! Rules that span several items live here, since no item can see the others: a parent exists and
//! notes its children, numbers are unique and contiguous, no item is completed before its blockers,
//! and no items block each other in a circle. The store keeps them safe: a decision is saved only
//! while all items that it rests on are at the versions that were read.

// Input
mod command_context;
mod item_filter;
mod item_ref;

// Output
mod error;
mod tracked_item;

// The numbers
mod register;
mod register_error;
mod register_event;

// The use cases
mod commands;
mod create;
mod diff;
mod list;
mod others;
mod queries;
mod spanning;
mod tree;
mod why;
mod work_tracker;

pub use command_context::CommandContext;
pub use diff::ItemDiff;
pub use error::{FailureKind, TrackingError};
pub use item_filter::ItemFilter;
pub use item_ref::{InvalidItemRef, ItemRef};
pub use list::ListProgress;
pub use queries::ItemHistory;
pub use register_error::RegisterError;
pub use register_event::RegisterEvent;
pub use tracked_item::{CommandOutcome, TrackedItem};
pub use tree::ItemTree;
pub use why::Why;
pub use work_tracker::{Codecs, WorkTracker};
