//! The replay of a history: it checks each record and applies its events.
//!
//! The replay takes one record at a time and keeps none, so a long history costs no memory.

use crate::aggregate::HistoryError;
use crate::codec::DecodedEvents;
use crate::snapshot::Snapshot;
use crate::{Aggregate, AggregateRoot, EventEnvelope, EventId, StreamId, StreamVersion};

/// The stream, version and id of a record.
#[derive(Clone, Copy)]
pub(crate) struct RecordKey<'a> {
    stream: &'a StreamId,
    version: StreamVersion,
    event_id: EventId,
}

impl<'a> RecordKey<'a> {
    pub(crate) fn new(stream: &'a StreamId, version: StreamVersion, event_id: EventId) -> Self {
        Self {
            stream,
            version,
            event_id,
        }
    }
}

/// A replay under way.
pub(crate) struct Replay<A> {
    stream: StreamId,
    /// The version of the last record.
    version: StreamVersion,
    /// `None` until the first event. A record without events creates no state.
    state: Option<A>,
    /// Whether the codec skipped an event that it does not know.
    has_skipped_events: bool,
}

/// A stream without an aggregate: it is empty, or its records hold no event.
#[derive(Clone, Copy)]
pub(crate) struct Vacancy {
    /// The version of its last record.
    pub(crate) version: StreamVersion,
    /// Whether the codec skipped an event that it does not know.
    pub(crate) has_skipped_events: bool,
}

impl<A: Aggregate> Replay<A> {
    /// A replay from the first record on.
    pub(crate) fn of(stream: StreamId) -> Self {
        Self {
            stream,
            version: StreamVersion::EMPTY,
            state: None,
            has_skipped_events: false,
        }
    }

    /// A replay of the records after a snapshot.
    pub(crate) fn after(snapshot: Snapshot<A>) -> Self {
        Self {
            stream: snapshot.stream,
            version: snapshot.version,
            state: Some(snapshot.state),
            has_skipped_events: false,
        }
    }

    /// Checks that a record comes next.
    pub(crate) fn check(&self, key: RecordKey<'_>) -> Result<(), HistoryError> {
        key.check_follows(&self.stream, self.version)
    }

    /// Applies the events of the record that comes next.
    ///
    /// The version moves after the last event of the record. For example, a record at version 7
    /// with two events moves the aggregate from version 6 to 7, with no version between them.
    pub(crate) fn take(
        &mut self,
        key: RecordKey<'_>,
        events: &DecodedEvents<A::Event>,
    ) -> Result<(), HistoryError> {
        for event in events {
            match &mut self.state {
                Some(state) => key.apply(event, state)?,
                None => {
                    let created = A::create(event);
                    self.state = Some(created.map_err(|source| key.inapplicable(source))?);
                }
            }
        }
        self.has_skipped_events |= matches!(events, DecodedEvents::Skipped);
        self.version = key.version;
        Ok(())
    }

    /// Checks a record and applies its events.
    pub(crate) fn check_and_take<T: Into<DecodedEvents<A::Event>>>(
        &mut self,
        record: EventEnvelope<T>,
    ) -> Result<(), HistoryError> {
        let key = RecordKey::new(&record.stream, record.version, record.id);
        self.check(key)?;
        self.take(key, &record.event.into())
    }

    /// The aggregate after the replay.
    ///
    /// # Errors
    /// The vacancy of the stream if there was no event.
    pub(crate) fn finish(self) -> Result<AggregateRoot<A>, Vacancy> {
        let Self {
            stream,
            version,
            state,
            has_skipped_events,
        } = self;
        let vacancy = Vacancy {
            version,
            has_skipped_events,
        };
        let mut root = AggregateRoot::loaded(stream, version, state.ok_or(vacancy)?);
        root.has_skipped_events = has_skipped_events;
        Ok(root)
    }
}

impl<A: Aggregate> AggregateRoot<A> {
    /// Replays the records after the state of this aggregate.
    pub(super) fn replay_all<T: Into<DecodedEvents<A::Event>>>(
        &mut self,
        tail: impl IntoIterator<Item = EventEnvelope<T>>,
    ) -> Result<(), HistoryError> {
        for record in tail {
            let key = RecordKey::new(&record.stream, record.version, record.id);
            key.check_follows(&self.stream, self.version)?;
            let version = key.version;
            let events = record.event.into();
            self.has_skipped_events |= matches!(events, DecodedEvents::Skipped);
            for event in events {
                key.apply(&event, &mut self.state)?;
            }
            self.version = version;
            self.current = version;
        }
        Ok(())
    }
}

impl RecordKey<'_> {
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

    /// Applies an event of this record.
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
