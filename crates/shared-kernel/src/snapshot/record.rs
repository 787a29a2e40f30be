//! Snapshots: the state of an aggregate at a version, typed and as a record.

use bytes::Bytes;
use jiff::Timestamp;

use crate::text::validated_text;
use crate::{StreamId, StreamVersion};

validated_text! {
    /// The name and number of a snapshot's format, for example `work_item/3`; 1 to 255 bytes.
    ///
    /// A program reads only snapshots of its own schema. It ignores others and replays the history
    /// ([law 25](crate::laws#law-25)).
    StateSchema, "state schema", max 255
}

/// The state of an aggregate at a version of its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot<S> {
    /// The stream of the aggregate.
    pub stream: StreamId,
    /// The version of the last event in the state.
    pub version: StreamVersion,
    /// The state.
    pub state: S,
}

/// A snapshot as a store sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRecord {
    /// The stream of the aggregate.
    pub stream: StreamId,
    /// The version of the last event in the state.
    pub version: StreamVersion,
    /// The name and number of the format.
    pub schema: StateSchema,
    /// The time at which it was taken; stores keep it to the microsecond.
    pub taken_at: Timestamp,
    /// The encoded state.
    pub payload: Bytes,
}
