//! The id of an event: a UUID of version 7.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::random::{Randomness, RandomnessUnavailable, SystemRandomness};
use crate::time::{Clock, SystemClock};

/// The id of an event, unique in its store: a UUID of version 7 (RFC 9562, section 5.7).
///
/// To append the same event with the same id again is a repetition, not a second event. To import
/// messages, derive the id from the message with [`from_parts`](Self::from_parts): a second import
/// then writes nothing.
///
/// ```
/// use jiff::Timestamp;
/// use shared_kernel::EventId;
///
/// let id = EventId::from_parts(Timestamp::from_millisecond(1_700_000_000_000)?, [7; 10]);
/// assert_eq!(id.to_string().parse::<EventId>()?, id);
/// assert_eq!(id.unix_milliseconds(), 1_700_000_000_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Uuid", into = "Uuid")]
pub struct EventId(Uuid);

/// An invalid event id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidEventId {
    /// The text is not a UUID.
    #[error("not an event id: {0}")]
    NotAUuid(#[from] uuid::Error),
    /// The UUID has another version than 7.
    #[error("not an event id: {found} is a UUID of version {version}, and must be of version 7")]
    WrongVersion {
        /// The UUID found.
        found: Uuid,
        /// Its version number.
        version: usize,
    },
}

impl EventId {
    /// An id from a time and ten random bytes.
    ///
    /// The version and the variant replace six bits of the ten bytes. A time outside the years 1970
    /// to 10889 becomes the nearest one of the format. The time in an id only orders ids; the time
    /// of the event is [`recorded_at`](crate::RecordedEvent::recorded_at).
    #[must_use]
    pub fn from_parts(time: Timestamp, random: [u8; 10]) -> Self {
        const LAST: u64 = (1 << 48) - 1;
        let millis = u64::try_from(time.as_millisecond()).unwrap_or(0).min(LAST);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// Takes a UUID as an event id.
    ///
    /// # Errors
    /// [`InvalidEventId::WrongVersion`] if it is not of version 7.
    pub fn from_uuid(uuid: Uuid) -> Result<Self, InvalidEventId> {
        let is_v7 = uuid.get_version_num() == 7 && uuid.get_variant() == uuid::Variant::RFC4122;
        if is_v7 {
            Ok(Self(uuid))
        } else {
            Err(InvalidEventId::WrongVersion {
                found: uuid,
                version: uuid.get_version_num(),
            })
        }
    }

    /// The id as a UUID.
    #[must_use]
    pub fn as_uuid(&self) -> &Uuid {
        &self.0
    }

    /// The 16 bytes of the id.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The time in the id, in milliseconds since 1970.
    #[must_use]
    pub fn unix_milliseconds(&self) -> u64 {
        let mut bytes = [0; 8];
        bytes[2..].copy_from_slice(&self.as_bytes()[..6]);
        u64::from_be_bytes(bytes)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_uuid(Uuid::parse_str(text)?)
    }
}

impl TryFrom<Uuid> for EventId {
    type Error = InvalidEventId;

    fn try_from(uuid: Uuid) -> Result<Self, Self::Error> {
        Self::from_uuid(uuid)
    }
}

impl From<EventId> for Uuid {
    fn from(id: EventId) -> Self {
        id.0
    }
}

/// Makes fresh event ids from a clock and a random source.
#[derive(Clone)]
pub struct EventIdGenerator {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl EventIdGenerator {
    /// A generator with this clock and this random source.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { clock, randomness }
    }

    /// A fresh id.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] if the random source fails.
    pub fn generate(&self) -> Result<EventId, RandomnessUnavailable> {
        let mut random = [0; 10];
        self.randomness.fill(&mut random)?;
        Ok(EventId::from_parts(self.clock.now(), random))
    }
}

impl Default for EventIdGenerator {
    /// A generator with the clock and the random source of the machine.
    fn default() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemRandomness))
    }
}

impl fmt::Debug for EventIdGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventIdGenerator").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_id_round_trips_through_its_text_with_its_time(
            milliseconds in 0..=Timestamp::MAX.as_millisecond(),
            chance in any::<[u8; 10]>(),
        ) {
            let at = Timestamp::from_millisecond(milliseconds).unwrap();
            let id = EventId::from_parts(at, chance);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
            prop_assert_eq!(i64::try_from(id.unix_milliseconds()).unwrap(), milliseconds);
        }
    }

    #[test]
    fn only_version_7_is_an_event_id() {
        let v4 = "936da01f-9abd-4d9d-80c7-02af85c822a8";
        assert!(matches!(
            v4.parse::<EventId>(),
            Err(InvalidEventId::WrongVersion { version: 4, .. })
        ));
        assert!(matches!(
            "x".parse::<EventId>(),
            Err(InvalidEventId::NotAUuid(_))
        ));
        assert!(EventId::from_uuid(Uuid::nil()).is_err());
        assert!(EventId::from_uuid(Uuid::max()).is_err());
    }

    #[test]
    fn times_outside_the_format_become_the_nearest() {
        assert_eq!(
            EventId::from_parts(Timestamp::MIN, [0; 10]).unix_milliseconds(),
            0
        );
        let id = EventId::from_parts(Timestamp::MAX, [0xff; 10]);
        assert!(EventId::from_uuid(*id.as_uuid()).is_ok());
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let at = |ms| EventId::from_parts(Timestamp::from_millisecond(ms).unwrap(), [9; 10]);
        assert!(at(1) < at(2));
        assert!(at(255) < at(256));
    }

    #[test]
    fn it_is_shown_as_a_uuid() {
        let id = EventId::from_parts(Timestamp::UNIX_EPOCH, [1; 10]);
        let uuid = "00000000-0000-7101-8101-010101010101";
        assert_eq!(id.to_string(), uuid);
        assert_eq!(format!("{id:?}"), format!("EventId({uuid})"));
        assert_eq!(EventId::try_from(Uuid::from(id)), Ok(id));
        let ids = EventIdGenerator::default();
        assert!(format!("{ids:?}").starts_with("EventIdGenerator"));
    }

    #[test]
    fn fresh_ids_differ() {
        let ids = EventIdGenerator::default();
        let seen: HashSet<_> = (0..1000).map(|_| ids.generate().unwrap()).collect();
        assert_eq!(seen.len(), 1000);
    }

    #[test]
    fn serde_keeps_the_rule() {
        let id = EventId::from_parts(Timestamp::UNIX_EPOCH, [1; 10]);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<EventId>(&json).unwrap(), id);
        let v4 = "\"936da01f-9abd-4d9d-80c7-02af85c822a8\"";
        assert!(serde_json::from_str::<EventId>(v4).is_err());
    }
}
