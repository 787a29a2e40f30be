//! Snapshots: stored states, which make loads shorter.
//!
//! A [`Snapshot`] is a state at a version, and a [`SnapshotRecord`] its stored form.
//! [`SnapshotStore`] is the port. A [`SnapshottedEventStore`] is a combined store of events and
//! snapshots. The [policies](policy) decide when a snapshot is taken.

pub mod policy;
mod record;
mod snapshotted_event_store;
mod store;

pub use record::{Snapshot, SnapshotRecord, StateSchema};
pub use snapshotted_event_store::{SnapshotAndTail, SnapshotQuery, SnapshottedEventStore};
pub use store::SnapshotStore;
