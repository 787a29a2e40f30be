//! The replay of a history: which record may come next, and what its events do to the aggregate.
//!
//! The replay takes one record at a time and keeps none, so that a long history costs no memory.

use crate::aggregate::HistoryError;
use crate::codec::DecodedEvents;
use crate::snapshot::Snapshot;
use crate::{Aggregate, AggregateRoot, EventEnvelope, EventId, StreamId, StreamVersion};

/// The place in history of a record.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) stream: &'a StreamId,
    pub(crate) version: StreamVersion,
    pub(crate) event_id: EventId,
}

/// A replay under way.
pub(crate) struct Replay<A> {
    stream: StreamId,
    /// The version of the last record.
    version: StreamVersion,
    /// `None` until the first event; a record without events does not begin an aggregate.
    state: Option<A>,
}

impl<A: Aggregate> Replay<A> {
    /// A replay from the first record on.
    pub(crate) fn of(stream: StreamId) -> Self {
        Self {
            stream,
            version: StreamVersion::EMPTY,
            state: None,
        }
    }

    /// A replay of the records after a snapshot.
    pub(crate) fn after(snapshot: Snapshot<A>) -> Self {
        Self {
            stream: snapshot.stream,
            version: snapshot.version,
            state: Some(snapshot.state),
        }
    }

    /// Checks that the record at `place` comes next.
    pub(crate) fn check(&self, place: Place<'_>) -> Result<(), HistoryError> {
        place.check_follows(&self.stream, self.version)
    }

    /// Applies the events of the record that comes next.
    ///
    /// The version moves after the last of them, so there is no version between two events of one
    /// record: a record at version 7 that holds two events takes the aggregate from 6 to 7.
    pub(crate) fn take(
        &mut self,
        place: Place<'_>,
        events: &DecodedEvents<A::Event>,
    ) -> Result<(), HistoryError> {
        for event in events {
            match &mut self.state {
                Some(state) => place.apply(event, state)?,
                None => {
                    let created = A::create(event);
                    self.state = Some(created.map_err(|source| place.inapplicable(source))?);
                }
            }
        }
        self.version = place.version;
        Ok(())
    }

    /// Checks a record and applies its events.
    pub(crate) fn check_and_take<T: Into<DecodedEvents<A::Event>>>(
        &mut self,
        record: EventEnvelope<T>,
    ) -> Result<(), HistoryError> {
        let place = Place {
            stream: &record.stream,
            version: record.version,
            event_id: record.id,
        };
        self.check(place)?;
        self.take(place, &record.event.into())
    }

    /// The aggregate as the replay leaves it, or `None` where there was no event.
    pub(crate) fn finish(self) -> Option<AggregateRoot<A>> {
        let state = self.state?;
        Some(AggregateRoot::loaded(self.stream, self.version, state))
    }
}

impl<A: Aggregate> AggregateRoot<A> {
    /// Replays the records after the state of this aggregate.
    pub(super) fn replay_all<T: Into<DecodedEvents<A::Event>>>(
        &mut self,
        tail: impl IntoIterator<Item = EventEnvelope<T>>,
    ) -> Result<(), HistoryError> {
        for record in tail {
            let place = Place {
                stream: &record.stream,
                version: record.version,
                event_id: record.id,
            };
            place.check_follows(&self.stream, self.version)?;
            for event in record.event.into() {
                place.apply(&event, &mut self.state)?;
            }
            self.version = place.version;
            self.current = place.version;
        }
        Ok(())
    }
}

impl Place<'_> {
    fn check_follows(self, stream: &StreamId, after: StreamVersion) -> Result<(), HistoryError> {
        let Self {
            stream: found,
            version,
            event_id,
        } = self;
        if found != stream {
            return Err(HistoryError::ForeignStream {
                stream: stream.clone(),
                found: found.clone(),
                version,
                event_id,
            });
        }
        match after.next() {
            Some(expected) if version == expected => Ok(()),
            Some(expected) if version > expected => Err(HistoryError::Gap {
                stream: stream.clone(),
                expected,
                version,
                event_id,
            }),
            _ => Err(HistoryError::NotIncreasing {
                stream: stream.clone(),
                after,
                version,
                event_id,
            }),
        }
    }

    /// Applies an event of the record at this place.
    fn apply<A: Aggregate>(self, event: &A::Event, state: &mut A) -> Result<(), HistoryError> {
        let applied = state.apply(event);
        applied.map_err(|source| self.inapplicable(source))
    }

    fn inapplicable(self, source: crate::Inapplicable) -> HistoryError {
        HistoryError::Inapplicable {
            stream: self.stream.clone(),
            version: self.version,
            event_id: self.event_id,
            source,
        }
    }
}
