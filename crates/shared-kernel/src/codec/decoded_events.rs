//! The events in one record: none, one or several.

use std::{iter, option, slice, vec};

use crate::{EventEnvelope, RecordedEvent};

/// The events that a codec reads from one record, in order.
///
/// A record usually holds one event, which needs no allocation. An upgrade may split an old record
/// into several events, or drop it. All events of a record share its version, id and metadata. An
/// aggregate applies all of them or none.
///
/// For example, an old `LampReplaced` at version 7 decodes to `LampRemoved` and `LampInstalled`,
/// both at version 7.
///
/// ```
/// use shared_kernel::codec::DecodedEvents;
///
/// assert_eq!(DecodedEvents::from("dimmed").as_slice(), ["dimmed"]);
/// let split: DecodedEvents<_> = ["taken down", "put up"].into_iter().collect();
/// assert_eq!(split.len(), 2);
/// assert_eq!(split.into_single(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodedEvents<E> {
    /// The record holds no event.
    None,
    /// The codec does not know the event, and was told to skip such events.
    ///
    /// Another program may know the event. So a state without it is no snapshot for others, and no
    /// aggregate is created in a stream of which all events are skipped.
    Skipped,
    /// The record holds one event, the usual case.
    One(E),
    /// The record holds several events.
    Several(Vec<E>),
}

impl<E> DecodedEvents<E> {
    /// The events.
    #[must_use]
    pub fn as_slice(&self) -> &[E] {
        match self {
            Self::None | Self::Skipped => &[],
            Self::One(event) => slice::from_ref(event),
            Self::Several(events) => events,
        }
    }

    /// The events, by reference.
    pub fn iter(&self) -> slice::Iter<'_, E> {
        self.as_slice().iter()
    }

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether the record holds no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// The event, if the record holds exactly one.
    #[must_use]
    pub fn into_single(self) -> Option<E> {
        let mut events = self.into_iter();
        let first = events.next()?;
        events.next().is_none().then_some(first)
    }

    /// Each event with the version, position and time of its record.
    ///
    /// Two events of the record at version 7 give two envelopes with version 7 and the same id.
    #[must_use]
    pub fn into_envelopes(self, recorded: RecordedEvent) -> DecodedEvents<EventEnvelope<E>> {
        match self {
            Self::None => DecodedEvents::None,
            Self::Skipped => DecodedEvents::Skipped,
            Self::One(event) => DecodedEvents::One(EventEnvelope::new(recorded, event)),
            Self::Several(events) => events
                .into_iter()
                .map(|event| EventEnvelope::new(recorded.clone(), event))
                .collect(),
        }
    }
}

impl<E> From<E> for DecodedEvents<E> {
    fn from(event: E) -> Self {
        Self::One(event)
    }
}

impl<E> FromIterator<E> for DecodedEvents<E> {
    fn from_iter<I: IntoIterator<Item = E>>(events: I) -> Self {
        let mut events = events.into_iter();
        let Some(first) = events.next() else {
            return Self::None;
        };
        match events.next() {
            None => Self::One(first),
            Some(second) => Self::Several([first, second].into_iter().chain(events).collect()),
        }
    }
}

impl<E> IntoIterator for DecodedEvents<E> {
    type Item = E;
    type IntoIter = iter::Chain<option::IntoIter<E>, vec::IntoIter<E>>;

    fn into_iter(self) -> Self::IntoIter {
        let (one, several) = match self {
            Self::None | Self::Skipped => (None, Vec::new()),
            Self::One(event) => (Some(event), Vec::new()),
            Self::Several(events) => (None, events),
        };
        one.into_iter().chain(several)
    }
}

impl<'a, E> IntoIterator for &'a DecodedEvents<E> {
    type Item = &'a E;
    type IntoIter = slice::Iter<'a, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(count: u8) -> DecodedEvents<u8> {
        (0..count).collect()
    }

    #[test]
    fn any_number_of_events_round_trips() {
        for count in 0..4 {
            let expected: Vec<u8> = (0..count).collect();
            let events = of(count);
            assert_eq!(events.as_slice(), expected);
            assert_eq!(events.len(), expected.len());
            assert_eq!(events.is_empty(), expected.is_empty());
            assert!((&events).into_iter().eq(&expected));
            assert!(events.into_iter().eq(expected));
        }
    }

    #[test]
    fn zero_or_one_event_needs_no_list() {
        assert_eq!(of(0), DecodedEvents::None);
        assert_eq!(of(1), DecodedEvents::One(0));
        assert_eq!(DecodedEvents::from(0), DecodedEvents::One(0));
    }

    #[test]
    fn into_single_returns_the_event_of_exactly_one() {
        assert_eq!(of(1).into_single(), Some(0));
        assert_eq!(of(0).into_single(), None);
        assert_eq!(of(2).into_single(), None);
        assert_eq!(DecodedEvents::Several(vec![7]).into_single(), Some(7));
    }

    #[test]
    fn a_skipped_event_gives_no_event() {
        let skipped = DecodedEvents::<u8>::Skipped;
        assert_eq!(skipped.as_slice(), [0; 0]);
        assert_eq!(skipped.into_iter().next(), None);
    }
}
