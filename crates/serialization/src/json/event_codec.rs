//! The JSON codec of the events of a domain.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer};
use shared_kernel::codec::{DecodeError, DecodedEvents, EncodeError, EncodedEvent, EventCodec};
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::{DomainEvent, RecordedEvent};

use super::event_deserializer::EventDeserializer;
use super::event_serializer::EventSerializer;
use super::event_shape::EventShape;
use super::options::Options;
use super::output::{Output, Written};
use super::{JsonError, JsonErrorKind, read_back};
use crate::upcasting::{EventRegistry, Reading, Upgrade};

/// Writes the events of a domain as JSON, and reads them back, also from older schemas.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use serialization::JsonEventCodec;
/// use shared_kernel::codec::EventCodec;
/// use shared_kernel::DomainEvent;
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
/// enum LampEvent {
///     LampSwitchedOn,
///     LampDimmed { percent: u8 },
/// }
///
/// let codec = JsonEventCodec::<LampEvent>::new()?;
///
/// let stored = codec.encode(&LampEvent::LampDimmed { percent: 40 })?;
/// assert_eq!(stored.event_type.as_str(), "LampDimmed");
/// assert_eq!(stored.payload, r#"{"percent":40}"#);
/// assert_eq!(codec.encode(&LampEvent::LampSwitchedOn)?.payload, "{}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The event types and schema versions are those of
/// [`DomainEvent::TYPES`](shared_kernel::DomainEvent::TYPES). The [builder](Self::builder) adds the
/// upgrades of older events.
///
/// # The stored form
///
/// The event type stands beside the payload, so the payload is the content alone, and SQL reaches
/// it directly: `payload ->> '$.percent'`.
///
/// | event | payload |
/// |---|---|
/// | a variant with fields | an object |
/// | a variant around one value | that value |
/// | a tuple variant | an array |
/// | a variant without content | `{}`; any object is read, its fields count as unknown |
/// | a struct, for a domain with a single event type | an object; `{}` without fields |
/// | a struct around one value, for example around an enum | the payload of that value |
///
/// An enum must have serde's default representation: the name of the variant, after `rename` and
/// `rename_all`, is the event type. [`new`](Self::new) refuses `tag`, `content` and `untagged` on
/// the enum of the events (an enum with `tag` and `content` and a single event type passes for a
/// struct); inside of events they are allowed.
///
/// # Guarantees
///
/// - The same event always gives the same bytes: fields stand in the order of declaration, the
///   entries of maps in the order of their keys as JSON text, even for a `HashMap`. A `HashSet`,
///   which serde shows as a sequence, has the order of its hashes: use a `BTreeSet`.
/// - An event is read back as it was written: integers of 64 bits and finite floats to the last
///   bit. The codec proves it ([law 52](shared_kernel::laws#law-52)): it reads each event that it
///   writes, and writes the copy; both must be the same JSON, the order of sets aside.
/// - An event that would not come back is an [`EncodeError::Format`] around a [`JsonError`] with
///   the path of the field: a NaN or infinity, an integer past 64 bits, a key twice in a map,
///   nesting deeper than the parser follows, `Some(None)`, a `u128` in a struct with `flatten`.
/// - A payload in the schema of today is read straight from the bytes. An older one is parsed to a
///   [`Value`](serde_json::Value) and upgraded. (In such a value, the last of several fields of one
///   name counts; in a current schema serde's derive refuses them.)
/// - A payload that is read as an event of another type than its record has is refused.
pub struct JsonEventCodec<E> {
    registry: EventRegistry,
    shape: EventShape,
    options: Options,
    event: PhantomData<fn(E) -> E>,
}

impl<E> JsonEventCodec<E> {
    pub(super) fn of(registry: EventRegistry, shape: EventShape, options: Options) -> Self {
        Self {
            registry,
            shape,
            options,
            event: PhantomData,
        }
    }
}

impl<E: DomainEvent + Serialize + DeserializeOwned> EventCodec<E> for JsonEventCodec<E> {
    fn encode(&self, event: &E) -> Result<EncodedEvent, EncodeError> {
        let name = event.event_type();
        let found = SchemaVersion::new(event.schema_version())?;
        let Some((event_type, registered)) = self.registry.current(name) else {
            let event_type = EventType::new(name)?;
            return Err(EncodeError::Unregistered { event_type });
        };
        let event_type = event_type.clone();
        if found != registered {
            return Err(EncodeError::SchemaMismatch {
                event_type,
                found,
                registered,
            });
        }
        let payload = self.write(event).and_then(|written| {
            if self.options.reads_back {
                read_back::check(
                    &written,
                    |json| read_current(&event_type, json),
                    |copy| self.write(copy),
                )?;
            }
            Ok(Bytes::from(written.json))
        });
        let payload = payload.map_err(|reason| EncodeError::Format(reason.into()))?;
        Ok(EncodedEvent {
            event_type,
            schema_version: registered,
            payload,
        })
    }

    fn decode(&self, recorded: &RecordedEvent) -> Result<DecodedEvents<E>, DecodeError> {
        let malformed = |path: String, kind: JsonErrorKind| DecodeError::Malformed {
            event_type: recorded.event_type.clone(),
            schema_version: recorded.schema_version,
            source: JsonError::at(path, kind).into(),
        };
        let (event_type, schema_version) = (&recorded.event_type, recorded.schema_version);
        let reading = match self.registry.reading(event_type, schema_version) {
            Err(DecodeError::UnknownEventType { .. }) if self.options.skips_unknown => {
                tracing::warn!(
                    stream = %recorded.stream,
                    version = %recorded.version,
                    event_id = %recorded.id,
                    %event_type,
                    "skipped an event of an unknown type",
                );
                return Ok(DecodedEvents::Skipped);
            }
            reading => reading?,
        };
        match reading {
            Reading::Current(event_type) => {
                let read = |json: &[u8]| read_current(event_type, json);
                let event = read(&recorded.payload).map_err(|kind| {
                    malformed(read_back::place_of_failure(&recorded.payload, read), kind)
                })?;
                Ok(DecodedEvents::One(event))
            }
            Reading::Older(step) => {
                let malformed = |kind| malformed(String::new(), kind);
                let json = serde_json::from_slice(&recorded.payload)
                    .map_err(|error| malformed(JsonErrorKind::Serde(error)))?;
                let upgraded = Upgrade::new(&self.registry, step, json).map(|upgraded| {
                    let (event_type, json) = upgraded?;
                    read(event_type, json).map_err(malformed)
                });
                upgraded.collect()
            }
            Reading::Dropped => Ok(DecodedEvents::None),
        }
    }
}

impl<E: DomainEvent + Serialize> JsonEventCodec<E> {
    fn write(&self, event: &E) -> Result<Written, JsonError> {
        let output = Output::new();
        let mut json = serde_json::Serializer::new(&output);
        let name = event.event_type();
        let written = event.serialize(EventSerializer::new(name, self.shape, &mut json, &output));
        output.finish(written)
    }
}

/// Reads an event from a payload in the schema of today.
fn read_current<E>(event_type: &EventType, payload: &[u8]) -> Result<E, JsonErrorKind>
where
    E: DomainEvent + DeserializeOwned,
{
    let mut json = serde_json::Deserializer::from_slice(payload);
    let event = read(event_type, &mut json)?;
    json.end()?;
    Ok(event)
}

/// Reads an event of type `event_type` from its payload.
fn read<'de, E, D>(event_type: &EventType, payload: D) -> Result<E, JsonErrorKind>
where
    E: DomainEvent + DeserializeOwned,
    D: Deserializer<'de, Error = serde_json::Error>,
{
    let event = E::deserialize(EventDeserializer::new(event_type.as_str(), payload))?;
    match event.event_type() {
        found if found == event_type.as_str() => Ok(event),
        found => Err(JsonErrorKind::OtherEvent { found }),
    }
}

impl<E> fmt::Debug for JsonEventCodec<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonEventCodec")
            .field("registry", &self.registry)
            .finish_non_exhaustive()
    }
}
