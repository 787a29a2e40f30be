//! Owns the events of a domain as JSON.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer};
use shared_kernel::{
    DecodeError, DomainEvent, EncodeError, EncodedEvent, EventCodec, EventType, RecordedEvent,
    SchemaVersion,
};

use super::JsonError;
use super::event_codec_builder::JsonEventCodecBuilder;
use super::event_deserializer::EventDeserializer;
use super::event_serializer::EventSerializer;
use super::event_shape::EventShape;
use super::output::Output;
use crate::upcasting::{EventRegistry, Reading};

/// Writes the events of a domain as JSON, and reads them back, also from older schemas.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use serialization::JsonEventCodec;
/// use shared_kernel::{DomainEvent, EventCodec};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// enum LampEvent {
///     LampSwitchedOn,
///     LampDimmed { percent: u8 },
/// }
///
/// impl DomainEvent for LampEvent {
///     fn event_type(&self) -> &'static str {
///         match self {
///             Self::LampSwitchedOn => "LampSwitchedOn",
///             Self::LampDimmed { .. } => "LampDimmed",
///         }
///     }
/// }
///
/// let codec = JsonEventCodec::<LampEvent>::builder()
///     .event("LampSwitchedOn", 1)
///     .event("LampDimmed", 1)
///     .build()?;
///
/// let stored = codec.encode(&LampEvent::LampDimmed { percent: 40 })?;
/// assert_eq!(stored.event_type.as_str(), "LampDimmed");
/// assert_eq!(stored.payload, r#"{"percent":40}"#);
/// assert_eq!(codec.encode(&LampEvent::LampSwitchedOn)?.payload, "{}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is stored
///
/// The event type stands beside the payload, so the payload is the content alone, and SQL reaches
/// it directly: `payload ->> '$.percent'`.
///
/// | the event is | the payload is |
/// |---|---|
/// | a variant with fields | an object |
/// | a variant around one value | that value |
/// | a tuple variant | an array |
/// | a variant without content | `{}`; any object is read, fields in it are unknown ones |
/// | a struct, for a domain with a single event type | an object; `{}` without fields |
/// | a struct around one value, for example around an enum | what that value would be |
///
/// An enum must have serde's default representation: the name of the variant, after `rename` and
/// `rename_all`, is the event type. `tag`, `content` and `untagged` on the enum of the events are
/// refused when the codec is built (an enum with `tag` and `content` and a single registered event
/// type passes for a struct); inside of events they are as good as anywhere.
///
/// # What can be relied on
///
/// - The same event always gives the same bytes: fields stand in the order of declaration, the
///   entries of maps in the order of their keys as JSON text, whatever order they are kept in. A
///   `HashSet`, which serde shows as a sequence, has the order of its hashes: use a `BTreeSet`.
/// - What is written is read back as it was: integers of 64 bits and finite floats to the last bit.
///   What JSON could not give back (a NaN or infinity, an integer past 64 bits, a key twice in a
///   map, nesting deeper than the parser follows, a variant that is not called what the event calls
///   itself) is an [`EncodeError::Format`] around a [`JsonError`].
/// - A current schema is read straight from the bytes. An older one is parsed to a
///   [`Value`](serde_json::Value) and taken up the chain of upcasters. (In such a value, the last
///   of several fields of one name counts; in a current schema serde's derive refuses them.)
/// - A payload that is read as an event of another name than its record has is refused.
pub struct JsonEventCodec<E> {
    registry: EventRegistry,
    shape: EventShape,
    event: PhantomData<fn(E) -> E>,
}

impl<E> JsonEventCodec<E> {
    /// Begins the registry of event types.
    pub fn builder() -> JsonEventCodecBuilder<E> {
        JsonEventCodecBuilder::new()
    }

    pub(super) fn new(registry: EventRegistry, shape: EventShape) -> Self {
        Self {
            registry,
            shape,
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
        let payload = self
            .write(event)
            .map_err(|reason| EncodeError::Format(reason.into()))?;
        Ok(EncodedEvent {
            event_type,
            schema_version: registered,
            payload,
        })
    }

    fn decode(&self, recorded: &RecordedEvent) -> Result<E, DecodeError> {
        let malformed = |reason: JsonError| DecodeError::Malformed {
            event_type: recorded.event_type.clone(),
            schema_version: recorded.schema_version,
            source: reason.into(),
        };
        match self
            .registry
            .reading(&recorded.event_type, recorded.schema_version)?
        {
            Reading::Current(event_type) => {
                let mut json = serde_json::Deserializer::from_slice(&recorded.payload);
                let event = read(event_type, &mut json).map_err(malformed)?;
                json.end().map_err(|error| malformed(error.into()))?;
                Ok(event)
            }
            Reading::Older(step) => {
                let json = serde_json::from_slice(&recorded.payload)
                    .map_err(|error| malformed(JsonError::Serde(error)))?;
                let (event_type, json) = self.registry.upgrade(step, json)?;
                read(event_type, json).map_err(malformed)
            }
        }
    }
}

impl<E: DomainEvent + Serialize> JsonEventCodec<E> {
    fn write(&self, event: &E) -> Result<Bytes, JsonError> {
        let output = Output::new();
        let mut json = serde_json::Serializer::new(&output);
        let name = event.event_type();
        let written = event.serialize(EventSerializer::new(name, self.shape, &mut json, &output));
        output.finish(written)
    }
}

/// An event of type `event_type` out of its payload.
fn read<'de, E, D>(event_type: &EventType, payload: D) -> Result<E, JsonError>
where
    E: DomainEvent + DeserializeOwned,
    D: Deserializer<'de, Error = serde_json::Error>,
{
    let event = E::deserialize(EventDeserializer::new(event_type.as_str(), payload))?;
    match event.event_type() {
        found if found == event_type.as_str() => Ok(event),
        found => Err(JsonError::OtherEvent { found }),
    }
}

impl<E> fmt::Debug for JsonEventCodec<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonEventCodec")
            .field("registry", &self.registry)
            .finish_non_exhaustive()
    }
}
