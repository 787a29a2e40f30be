//! Owns what a policy may look at: one save, and what is known of the snapshots before it.

use std::cell::OnceCell;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::codec::{EncodeError, StateCodec};
use crate::{Aggregate, StreamVersion};

/// Which snapshot, and when it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// The version of the last event that its state has taken.
    pub version: StreamVersion,
    /// When it was taken.
    pub taken_at: Timestamp,
}

/// One save as a policy sees it: the span (old version, new version], and the state after it.
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
    /// A save without a snapshot before it, without a request, and after a load that took no time.
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

    /// The same, with a snapshot before it.
    #[must_use]
    pub fn with_newest_snapshot(self, newest: SnapshotInfo) -> Self {
        Self {
            newest_snapshot: Some(newest),
            ..self
        }
    }

    /// The same, after a load whose replay took so long.
    #[must_use]
    pub fn with_replay_duration(self, replay: Duration) -> Self {
        Self { replay, ..self }
    }

    /// The same, where a snapshot was asked for.
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

    /// The newest snapshot that is known, or `None`.
    #[must_use]
    pub fn newest_snapshot(&self) -> Option<SnapshotInfo> {
        self.newest_snapshot
    }

    /// How long the replay took that loaded the aggregate.
    #[must_use]
    pub fn replay_duration(&self) -> Duration {
        self.replay
    }

    /// Whether a snapshot was asked for.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.requested
    }

    /// The size of the encoded state in bytes, or `None` where it cannot be encoded. It is encoded
    /// when this is first asked; a snapshot that follows takes the same bytes.
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
