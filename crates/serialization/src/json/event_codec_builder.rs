//! Owns the registry of event types as a user writes it down.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::Value;
use shared_kernel::{DomainEvent, FormatError};

use super::event_codec::JsonEventCodec;
use super::event_shape::EventShape;
use crate::upcasting::{EventRegistry, Registrations, RegistryError};

/// Registers the event types of a [`JsonEventCodec`], each with its current schema version, and the
/// upcasters from its older ones, in any order.
///
/// An event that a domain once wrote under another name is read by a renaming; the old name itself
/// is not registered with [`event`](Self::event), for it is no longer written.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use serde_json::{Value, json};
/// use serialization::JsonEventCodec;
/// use shared_kernel::DomainEvent;
///
/// #[derive(Serialize, Deserialize)]
/// enum LampEvent {
///     LampDimmed { percent: u8 },
/// }
///
/// impl DomainEvent for LampEvent {
///     fn event_type(&self) -> &'static str {
///         "LampDimmed"
///     }
///
///     fn schema_version(&self) -> u32 {
///         2
///     }
/// }
///
/// let codec = JsonEventCodec::<LampEvent>::builder()
///     .event("LampDimmed", 2)
///     // In schema 1 the brightness was a fraction.
///     .upcast("LampDimmed", 1, |payload| {
///         let fraction = payload["brightness"].as_f64().ok_or("no brightness")?;
///         Ok(json!({ "percent": (fraction * 100.0) as u8 }))
///     })
///     // Long ago the event had another name and the same content.
///     .upcast_renamed(("DimmerTurned", 1), ("LampDimmed", 1), Ok)
///     .build()?;
/// # Ok::<(), serialization::RegistryError>(())
/// ```
#[must_use]
pub struct JsonEventCodecBuilder<E> {
    registrations: Registrations,
    event: PhantomData<fn(E) -> E>,
}

impl<E> JsonEventCodecBuilder<E> {
    pub(super) fn new() -> Self {
        Self {
            registrations: Registrations::default(),
            event: PhantomData,
        }
    }

    /// Registers an event type with the schema version in which it is written today.
    pub fn event(mut self, event_type: &str, schema_version: u32) -> Self {
        self.registrations.add_event(event_type, schema_version);
        self
    }

    /// Upgrades payloads of `event_type` from schema version `from` to the next one.
    ///
    /// An upcaster is a pure function of the payload: it is called again on every read.
    pub fn upcast(
        mut self,
        event_type: &str,
        from: u32,
        upcaster: impl Fn(Value) -> Result<Value, FormatError> + Send + Sync + 'static,
    ) -> Self {
        self.registrations
            .add_upcaster(event_type, from, Box::new(upcaster));
        self
    }

    /// Upgrades payloads of one event type and schema version to those of another, for events that
    /// have been renamed. [`Ok`] is the upcaster for a content that has stayed the same.
    pub fn upcast_renamed(
        mut self,
        from: (&str, u32),
        to: (&str, u32),
        upcaster: impl Fn(Value) -> Result<Value, FormatError> + Send + Sync + 'static,
    ) -> Self {
        self.registrations
            .add_renaming(from, to, Box::new(upcaster));
        self
    }

    /// The codec, if the registry adds up and `E` can be read by it.
    ///
    /// # Errors
    /// [`RegistryError`] where a name or a version cannot be stored, something is registered twice,
    /// a chain of upcasters has a hole, is a circle or does not end in a current schema, where `E`
    /// has no variant of a registered name, and where `E` is represented in a way that could not be
    /// read back.
    pub fn build(self) -> Result<JsonEventCodec<E>, RegistryError>
    where
        E: DomainEvent + DeserializeOwned,
    {
        let registry = self.registrations.check()?;
        let shape = EventShape::of::<E>();
        fits(shape, &registry)?;
        Ok(JsonEventCodec::new(registry, shape))
    }
}

/// Whether events of that shape can be told apart by the types registered.
fn fits(shape: EventShape, registry: &EventRegistry) -> Result<(), RegistryError> {
    match shape {
        EventShape::Variants(variants) => registry
            .current_types()
            .find(|event_type| !variants.contains(&event_type.as_str()))
            .map_or(Ok(()), |event_type| {
                Err(RegistryError::NoSuchVariant {
                    event_type: event_type.clone(),
                    variants,
                })
            }),
        EventShape::Single => match registry.count_current() {
            1 => Ok(()),
            count => Err(RegistryError::SeveralEvents { count }),
        },
        EventShape::SelfDescribing => Err(RegistryError::SelfDescribing),
    }
}

impl<E> fmt::Debug for JsonEventCodecBuilder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonEventCodecBuilder")
            .finish_non_exhaustive()
    }
}
