//! Snapshots: the records, the store that keeps them, and the policies that say when to take one.

pub mod policy;
mod record;
mod snapshotted_event_store;
mod store;

pub use record::{Snapshot, SnapshotRecord, StateSchema};
pub use snapshotted_event_store::{SnapshotAndTail, SnapshotQuery, SnapshottedEventStore};
pub use store::SnapshotStore;
