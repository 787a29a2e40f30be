//! Staging: pending events become the write of an append, and stay the same until its outcome is
//! known.
//!
//! ```text
//! pending ── stage ──> staged ── acknowledge ──> recorded
//!    ^                    │
//!    └────── unstage ─────┘   after a conflict
//! ```

use thiserror::Error;

use crate::codec::{EncodeError, EventCodec};
use crate::event::EventIdGenerator;
use crate::random::RandomnessUnavailable;
use crate::store::{AppendReceipt, StreamWrite};
use crate::{
    Aggregate, AggregateRoot, ExpectedVersion, Metadata, NewEvent, StreamId, StreamVersion,
};

/// Pending events could not be staged; no event is staged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// The codec cannot encode an event.
    #[error("the event for version {version} of `{stream}` cannot be encoded")]
    Encode {
        /// The stream of the aggregate.
        stream: StreamId,
        /// The version that the event would have.
        version: StreamVersion,
        /// The error of the codec.
        source: EncodeError,
    },
    /// The random source for the event ids failed.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
}

impl<A: Aggregate> AggregateRoot<A> {
    /// Stages the pending events: the write of an append that expects the
    /// [version](Self::version) of the aggregate.
    ///
    /// Each event gets its id, metadata and bytes when it is first staged, and keeps them. So an
    /// append with an unknown outcome can be repeated, and the store recognizes the repetition
    /// ([law 12](crate::laws#law-12), [law 14](crate::laws#law-14)). Until the append is
    /// [acknowledged](Self::acknowledge) or [withdrawn](Self::unstage), each call stages the same
    /// events. For example, two events are staged, the append fails with an unknown outcome, and a
    /// third event is raised: the next call stages the first two again.
    ///
    /// Metadata without a correlation id or a causation id gets the id of this command, a fresh
    /// event id. It is the same for all events that are staged together.
    ///
    /// Use this to write aggregates of different types in one append. For aggregates of one type,
    /// the [repository](crate::EventSourcedRepository) does all this.
    ///
    /// # Errors
    /// [`StageError`] if an event cannot be encoded or the random source fails.
    pub fn stage(
        &mut self,
        codec: &dyn EventCodec<A::Event>,
        ids: &EventIdGenerator,
        metadata: &Metadata,
    ) -> Result<StreamWrite, StageError> {
        if self.staged == 0 {
            self.encode(codec, ids, metadata)?;
            self.staged = self.pending.len();
        }
        let expected = match self.version {
            StreamVersion::EMPTY => ExpectedVersion::NoStream,
            version => ExpectedVersion::Exact(version),
        };
        Ok(StreamWrite {
            stream: self.stream.clone(),
            expected,
            events: self.encoded[..self.staged].to_vec(),
        })
    }

    /// Notes that the staged events are recorded: they are no longer pending, and the version moves
    /// past them. Events raised since the staging stay pending.
    ///
    /// The receipt of an append without the staged events changes nothing.
    pub fn acknowledge(&mut self, receipt: &AppendReceipt) {
        let Some(last) = self.staged.checked_sub(1) else {
            return;
        };
        let version = self.version_of_pending(last);
        if receipt.version_of(&self.stream) != Some(version) {
            return;
        }
        self.version = version;
        self.pending.drain(..self.staged);
        self.encoded.drain(..self.staged);
        self.staged = 0;
    }

    /// Notes that the staged events are certainly not recorded, for example after a conflict: they
    /// stay pending, and the next staging takes all pending events.
    ///
    /// Do not call this while an append of these events may still be recorded.
    pub fn unstage(&mut self) {
        self.staged = 0;
    }

    /// Whether there are staged events, neither acknowledged nor withdrawn.
    #[must_use]
    pub fn has_staged(&self) -> bool {
        self.staged > 0
    }

    /// Whether events were raised after the staged ones.
    pub(crate) fn has_raised_past_staged(&self) -> bool {
        self.has_staged() && self.pending.len() > self.staged
    }

    /// Encodes the pending events that are not encoded yet: all of them, or none after an error.
    fn encode(
        &mut self,
        codec: &dyn EventCodec<A::Event>,
        ids: &EventIdGenerator,
        metadata: &Metadata,
    ) -> Result<(), StageError> {
        let fresh = &self.pending[self.encoded.len()..];
        if fresh.is_empty() {
            return Ok(());
        }
        let metadata = completed(metadata, ids)?;
        let mut events = Vec::with_capacity(fresh.len());
        for (index, event) in fresh.iter().enumerate() {
            let encoded = codec.encode(event).map_err(|source| StageError::Encode {
                stream: self.stream.clone(),
                version: self.version_of_pending(self.encoded.len() + index),
                source,
            })?;
            events.push(NewEvent {
                id: ids.generate()?,
                event_type: encoded.event_type,
                schema_version: encoded.schema_version,
                payload: encoded.payload,
                metadata: metadata.clone(),
            });
        }
        self.encoded.extend(events);
        Ok(())
    }

    /// The version that a pending event will have. It never exceeds the maximum, because
    /// [`raise`](Self::raise) refuses such an event.
    fn version_of_pending(&self, index: usize) -> StreamVersion {
        let count = u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1);
        let version = self.version.advanced_by(count);
        version.unwrap_or(StreamVersion::MAX)
    }
}

/// The metadata with a correlation id and a causation id. A fresh command id fills the gaps.
pub(crate) fn completed(
    metadata: &Metadata,
    ids: &EventIdGenerator,
) -> Result<Metadata, RandomnessUnavailable> {
    let mut metadata = metadata.clone();
    if metadata.correlation.is_none() || metadata.causation.is_none() {
        let command = ids.generate()?;
        metadata.correlation.get_or_insert_with(|| command.into());
        metadata.causation.get_or_insert_with(|| command.into());
    }
    Ok(metadata)
}
