//! Owns the way of pending events into an append and back: staging, acknowledgement, withdrawal.

use thiserror::Error;

use crate::codec::{EncodeError, EventCodec};
use crate::event::EventIdGenerator;
use crate::random::RandomnessUnavailable;
use crate::store::{AppendReceipt, StreamWrite};
use crate::{
    Aggregate, AggregateRoot, ExpectedVersion, Metadata, NewEvent, StreamId, StreamVersion,
};

/// Pending events could not be made ready for an append; nothing was staged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// An event cannot be written in the format of the codec.
    #[error("the event for version {version} of `{stream}` cannot be encoded")]
    Encode {
        /// The stream of the aggregate.
        stream: StreamId,
        /// The version that the event would have.
        version: StreamVersion,
        /// What the codec said.
        source: EncodeError,
    },
    /// There is no chance to be had for the ids of the events.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
}

impl<A: Aggregate> AggregateRoot<A> {
    /// Makes the pending events ready for an append that expects the version of the last load or
    /// acknowledgement.
    ///
    /// Each event is given its id, its metadata and its bytes when it is first staged, and keeps
    /// them: an append that is done again, because nobody knows whether it landed, is known as a
    /// repetition ([law 12](crate::laws#law-12), [law 14](crate::laws#law-14)). For the same reason
    /// an append that was neither [acknowledged](Self::acknowledge) nor [withdrawn](Self::unstage)
    /// is staged again as it was: events raised since then stay behind until it is settled.
    ///
    /// Metadata without a correlation or a causation is given the id of the command that the
    /// staging stands for, a fresh event id: the same for both and for all events staged together.
    ///
    /// Use it to put several aggregates of different types into one append; for one aggregate, or
    /// several of one type, the [repository](crate::EventSourcedRepository) does all this.
    ///
    /// # Errors
    /// [`StageError`] where an event cannot be encoded or no id can be made.
    pub fn stage(
        &mut self,
        codec: &dyn EventCodec<A::Event>,
        ids: &EventIdGenerator,
        metadata: &Metadata,
    ) -> Result<StreamWrite, StageError> {
        if self.staged == 0 {
            self.seal(codec, ids, metadata)?;
            self.staged = self.pending.len();
        }
        let expected = match self.version {
            StreamVersion::EMPTY => ExpectedVersion::NoStream,
            version => ExpectedVersion::Exact(version),
        };
        Ok(StreamWrite {
            stream: self.stream.clone(),
            expected,
            events: self.sealed[..self.staged].to_vec(),
        })
    }

    /// Takes note that the staged events are in the store: they are pending no more, and the
    /// version moves past them. Events raised since the staging stay pending.
    ///
    /// The receipt of an append that did not hold the staged events changes nothing.
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
        self.sealed.drain(..self.staged);
        self.staged = 0;
    }

    /// Takes note that the staged events are certainly not in the store, as after a conflict: they
    /// stay pending, and the next staging takes all that is pending by then.
    ///
    /// Not to be called while an append of these events may still land.
    pub fn unstage(&mut self) {
        self.staged = 0;
    }

    /// Whether events are staged whose append is neither acknowledged nor withdrawn.
    #[must_use]
    pub fn has_staged(&self) -> bool {
        self.staged > 0
    }

    /// Whether events were raised on top of staged ones.
    pub(crate) fn has_raised_past_staged(&self) -> bool {
        self.has_staged() && self.pending.len() > self.staged
    }

    /// Gives ids, metadata and bytes to the events that have none yet: to all of them or to none.
    fn seal(
        &mut self,
        codec: &dyn EventCodec<A::Event>,
        ids: &EventIdGenerator,
        metadata: &Metadata,
    ) -> Result<(), StageError> {
        let unsealed = &self.pending[self.sealed.len()..];
        if unsealed.is_empty() {
            return Ok(());
        }
        let metadata = completed(metadata, ids)?;
        let mut fresh = Vec::with_capacity(unsealed.len());
        for (index, event) in unsealed.iter().enumerate() {
            let encoded = codec.encode(event).map_err(|source| StageError::Encode {
                stream: self.stream.clone(),
                version: self.version_of_pending(self.sealed.len() + index),
                source,
            })?;
            fresh.push(NewEvent {
                id: ids.generate()?,
                event_type: encoded.event_type,
                schema_version: encoded.schema_version,
                payload: encoded.payload,
                metadata: metadata.clone(),
            });
        }
        self.sealed.extend(fresh);
        Ok(())
    }

    /// The version that a pending event will have. None is past the last one that a store can
    /// count, since raising it was refused.
    fn version_of_pending(&self, index: usize) -> StreamVersion {
        let place = u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1);
        let version = self.version.advanced_by(place);
        version.unwrap_or(StreamVersion::MAX)
    }
}

/// Metadata with a correlation and a causation: where it has none, a fresh command id stands in.
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
