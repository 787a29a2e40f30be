//! Owns the replay of a history: which event may come next, and what it does to the aggregate.
//!
//! Takes one event at a time and keeps none, so that a long history costs no memory.

use crate::{
    Aggregate, AggregateRoot, EventEnvelope, EventId, HistoryError, StreamId, StreamVersion,
};

/// Where an event says it is.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) stream: &'a StreamId,
    pub(crate) version: StreamVersion,
    pub(crate) event_id: EventId,
}

/// A replay under way: the aggregate exists once the first event is taken.
pub(crate) struct Replay<A: Aggregate> {
    stream: StreamId,
    root: Option<AggregateRoot<A>>,
}

impl<A: Aggregate> Replay<A> {
    /// A replay from the first event on.
    pub(crate) fn of(stream: StreamId) -> Self {
        Self { stream, root: None }
    }

    /// A replay that goes on where `root` is.
    pub(crate) fn after(root: AggregateRoot<A>) -> Self {
        Self {
            stream: root.stream.clone(),
            root: Some(root),
        }
    }

    /// Looks whether the event at `place` comes next.
    pub(crate) fn check(&self, place: Place<'_>) -> Result<(), HistoryError> {
        let after = self
            .root
            .as_ref()
            .map_or(StreamVersion::EMPTY, |root| root.version);
        place.check_follows(&self.stream, after)
    }

    /// Takes the event that comes next.
    pub(crate) fn take(&mut self, place: Place<'_>, event: &A::Event) -> Result<(), HistoryError> {
        match &mut self.root {
            Some(root) => root.replay_event(place, event),
            None => {
                self.root = Some(AggregateRoot::begun_with(place, event)?);
                Ok(())
            }
        }
    }

    /// The aggregate as the replay leaves it, or `None` where there was no event.
    pub(crate) fn finish(self) -> Option<AggregateRoot<A>> {
        self.root
    }
}

impl<A: Aggregate> AggregateRoot<A> {
    fn begun_with(place: Place<'_>, event: &A::Event) -> Result<Self, HistoryError> {
        let mut root = Self::loaded(
            place.stream.clone(),
            StreamVersion::EMPTY,
            A::create(event).map_err(|source| place.inapplicable(source))?,
        );
        root.move_to(place.version);
        Ok(root)
    }

    /// Takes the event that comes next in the history.
    fn replay_event(&mut self, place: Place<'_>, event: &A::Event) -> Result<(), HistoryError> {
        let applied = self.state.apply(event);
        applied.map_err(|source| place.inapplicable(source))?;
        self.move_to(place.version);
        Ok(())
    }

    /// Replays what comes after the state of this aggregate.
    pub(super) fn replay_all(
        &mut self,
        tail: impl IntoIterator<Item = EventEnvelope<A::Event>>,
    ) -> Result<(), HistoryError> {
        for envelope in tail {
            let place = Place::of(&envelope);
            place.check_follows(&self.stream, self.version)?;
            self.replay_event(place, &envelope.event)?;
        }
        Ok(())
    }

    fn move_to(&mut self, version: StreamVersion) {
        self.version = version;
        self.current = version;
    }
}

impl<'a> Place<'a> {
    pub(crate) fn of<E>(envelope: &'a EventEnvelope<E>) -> Self {
        Self {
            stream: &envelope.stream,
            version: envelope.version,
            event_id: envelope.id,
        }
    }

    fn check_follows(self, stream: &StreamId, after: StreamVersion) -> Result<(), HistoryError> {
        let Self {
            stream: found,
            version,
            event_id,
        } = self;
        let stream = stream.clone();
        if *found != stream {
            return Err(HistoryError::ForeignStream {
                stream,
                found: found.clone(),
                version,
                event_id,
            });
        }
        match after.next() {
            Some(expected) if version == expected => Ok(()),
            Some(expected) if version > expected => Err(HistoryError::Gap {
                stream,
                expected,
                version,
                event_id,
            }),
            _ => Err(HistoryError::NotIncreasing {
                stream,
                after,
                version,
                event_id,
            }),
        }
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
