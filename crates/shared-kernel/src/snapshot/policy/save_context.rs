//! The input of a policy: one save, and the newest known snapshot.

use std::cell::OnceCell;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::codec::{EncodeError, StateCodec};
use crate::{Aggregate, StreamVersion};

/// The version and the time of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// The version of the last event in its state.
    pub version: StreamVersion,
    /// The time at which it was taken.
    pub taken_at: Timestamp,
}

/// One save: its span of versions, and the state after it. For example, a save from version 98 to
/// 101 adds the versions 99, 100 and 101.
pub struct SaveContext<'a, A: Aggregate> {
    state: &'a A,
    old_version: StreamVersion,
    new_version: StreamVersion,
    now: Timestamp,
    codec: &'a dyn StateCodec<A>,
    encoded: OnceCell<Result<Bytes, EncodeError>>,
    newest_snapshot: Option<SnapshotInfo>,
    replay: Duration,
    requested: bool,
}

impl<'a, A: Aggregate> SaveContext<'a, A> {
    /// A save without a known snapshot, without a request, and with a replay duration of zero.
    #[must_use]
    pub fn new(
        state: &'a A,
        old_version: StreamVersion,
        new_version: StreamVersion,
        now: Timestamp,
        codec: &'a dyn StateCodec<A>,
    ) -> Self {
        Self {
            state,
            old_version,
            new_version,
            now,
            codec,
            encoded: OnceCell::new(),
            newest_snapshot: None,
            replay: Duration::ZERO,
            requested: false,
        }
    }

    /// The same, with the newest known snapshot.
    #[must_use]
    pub fn with_newest_snapshot(self, newest: SnapshotInfo) -> Self {
        Self {
            newest_snapshot: Some(newest),
            ..self
        }
    }

    /// The same, with the duration of the replay at the load.
    #[must_use]
    pub fn with_replay_duration(self, replay: Duration) -> Self {
        Self { replay, ..self }
    }

    /// The same, with a requested snapshot.
    #[must_use]
    pub fn with_request(self) -> Self {
        Self {
            requested: true,
            ..self
        }
    }

    /// The state after the save.
    #[must_use]
    pub fn state(&self) -> &A {
        self.state
    }

    /// The version of the stream before the save.
    #[must_use]
    pub fn old_version(&self) -> StreamVersion {
        self.old_version
    }

    /// The version of the stream after the save.
    #[must_use]
    pub fn new_version(&self) -> StreamVersion {
        self.new_version
    }

    /// The time of the save.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The newest known snapshot, or `None`.
    #[must_use]
    pub fn newest_snapshot(&self) -> Option<SnapshotInfo> {
        self.newest_snapshot
    }

    /// The duration of the replay at the load.
    #[must_use]
    pub fn replay_duration(&self) -> Duration {
        self.replay
    }

    /// Whether a snapshot is requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.requested
    }

    /// The size of the encoded state in bytes; `None` if it cannot be encoded. The first call
    /// encodes the state; the snapshot uses the same bytes.
    #[must_use]
    pub fn encoded_state_bytes(&self) -> Option<usize> {
        let encoded = self.encoded.get_or_init(|| self.codec.encode(self.state));
        encoded.as_ref().ok().map(Bytes::len)
    }

    /// The encoded state.
    pub(crate) fn into_encoded_state(self) -> Result<Bytes, EncodeError> {
        let encoded = self.encoded.into_inner();
        encoded.unwrap_or_else(|| self.codec.encode(self.state))
    }
}

impl<A: Aggregate> fmt::Debug for SaveContext<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SaveContext")
            .field("old_version", &self.old_version)
            .field("new_version", &self.new_version)
            .finish_non_exhaustive()
    }
}
