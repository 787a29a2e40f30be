//! Owns snapshots: the state of an aggregate at a version, typed and as a record.

use bytes::Bytes;
use jiff::Timestamp;

use crate::text::validated_text;
use crate::{StreamId, StreamVersion};

validated_text! {
    /// Names the shape of a state that a snapshot holds, for example `work_item/3`; 1 to 255 bytes.
    ///
    /// A program reads only snapshots of the schema that it writes; others are passed over and the
    /// history is replayed ([law 25](crate::laws#law-25)).
    StateSchema, "state schema", max 255
}

/// The state of an aggregate after the event with this version of its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot<S> {
    /// The stream of the aggregate.
    pub stream: StreamId,
    /// The version of the last event that the state has taken.
    pub version: StreamVersion,
    /// The state.
    pub state: S,
}

/// A snapshot as snapshot stores see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRecord {
    /// The stream of the aggregate.
    pub stream: StreamId,
    /// The version of the last event that the state has taken.
    pub version: StreamVersion,
    /// The shape of the state.
    pub schema: StateSchema,
    /// When it was taken; stores keep it to the microsecond.
    pub taken_at: Timestamp,
    /// The bytes of the state.
    pub payload: Bytes,
}
