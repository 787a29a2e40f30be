//! The use cases of work items, over any store that keeps the Annals contract.
//!
//! A [`WorkTracker`] joins the pure domain of `work-item` to the ports of `shared-kernel`: it loads
//! items, has them decide, records what they decided, hands out numbers, and answers questions. It
//! knows no adapter and no format: stores, codecs, clock and ids are given to it.
//!
//! Rules that span several items live here, since no item can see the others: that a parent exists
//! and takes note of its children, that numbers are unique and contiguous, that nothing is completed
//! before what it waits for, and that no items wait for each other. The store makes them safe: each
//! decision is recorded only while all that it rests on is as it was seen.

// What goes in
mod command_context;
mod item_filter;
mod item_ref;

// What comes out
mod error;
mod tracked_item;

// The numbers
mod register;
mod register_event;

// The use cases
mod attempts;
mod commands;
mod create;
mod diff;
mod landing;
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
pub use register::RegisterError;
pub use register_event::RegisterEvent;
pub use tracked_item::{CommandOutcome, TrackedItem};
pub use tree::ItemTree;
pub use why::Why;
pub use work_tracker::{Codecs, WorkTracker};
