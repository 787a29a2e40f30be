//! The builder of an event codec: the upgrades of events from older schemas.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::Value;
use shared_kernel::DomainEvent;
use shared_kernel::codec::FormatError;

use super::event_codec::JsonEventCodec;
use super::event_shape::EventShape;
use super::options::Options;
use crate::upcasting::{EventRegistry, Registrations, RegistryError};

/// Adds the upgrades of older events to a [`JsonEventCodec`], in any order.
///
/// The event types of today and their schema versions come from
/// [`DomainEvent::TYPES`](shared_kernel::DomainEvent::TYPES). An upgrade is a pure function of the
/// payload; it runs at every read, and the stored event stays as it is. Upgrades form chains: the
/// result of one is read by the next, until it is in a schema of today.
///
/// | an old event | method |
/// |---|---|
/// | has another content | [`upcast`](Self::upcast) |
/// | has another name | [`upcast_renamed`](Self::upcast_renamed) |
/// | is several events today, or sometimes none | [`upcast_split`](Self::upcast_split) |
/// | is none today | [`drop_event`](Self::drop_event) |
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use serde_json::{Value, json};
/// use serialization::JsonEventCodec;
/// use shared_kernel::DomainEvent;
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// enum LampEvent {
///     #[event(schema = 2)]
///     LampDimmed { percent: u8 },
///     LampMoved { to: String },
/// }
///
/// let codec = JsonEventCodec::<LampEvent>::builder()
///     // In schema 1 the brightness was a fraction.
///     .upcast("LampDimmed", 1, |payload| {
///         let fraction = payload["brightness"].as_f64().ok_or("no brightness")?;
///         Ok(json!({ "percent": (fraction * 100.0) as u8 }))
///     })
///     // Once the event had another name and the same content.
///     .upcast_renamed(("DimmerTurned", 1), ("LampDimmed", 1), Ok)
///     // Once a lamp was moved and dimmed at the same time.
///     .upcast_split(("LampArranged", 1), &[("LampMoved", 1), ("LampDimmed", 2)], |payload| {
///         let moved = json!({ "to": payload["to"] });
///         let dimmed = json!({ "percent": payload["percent"] });
///         Ok(vec![("LampMoved", moved), ("LampDimmed", dimmed)])
///     })
///     // Nothing depends on this event any more.
///     .drop_event("LampDusted", 1)
///     .build()?;
/// # Ok::<(), serialization::RegistryError>(())
/// ```
#[must_use]
pub struct JsonEventCodecBuilder<E> {
    registrations: Registrations,
    options: Options,
    event: PhantomData<fn(E) -> E>,
}

impl<E> JsonEventCodecBuilder<E> {
    pub(super) fn new() -> Self {
        Self {
            registrations: Registrations::default(),
            options: Options::default(),
            event: PhantomData,
        }
    }

    /// Upgrades payloads of `event_type` from schema version `from` to the next one.
    pub fn upcast(
        mut self,
        event_type: &str,
        from: u32,
        upcaster: impl Fn(Value) -> Result<Value, FormatError> + Send + Sync + 'static,
    ) -> Self {
        self.registrations
            .add_upcaster((event_type, from), Box::new(upcaster));
        self
    }

    /// Upgrades payloads of one event type and schema version to those of another type.
    ///
    /// [`Ok`] is the upcaster of a content that stays the same. `to` need not be in the schema of
    /// today, if an upgrade reads it.
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

    /// Upgrades a payload of one event type and schema version to any number of events.
    ///
    /// The splitter gives each event as its type and payload, in the order in which they apply. The
    /// types are among the targets, each of which names a type and the schema of its payloads. One
    /// target may come several times, and an empty list drops the event.
    ///
    /// All events share the version and the id of the record. If another type is given, reading
    /// fails with an [`UndeclaredEvent`](crate::UndeclaredEvent).
    pub fn upcast_split(
        mut self,
        from: (&str, u32),
        targets: &[(&str, u32)],
        splitter: impl Fn(Value) -> Result<Vec<(&'static str, Value)>, FormatError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.registrations
            .add_split(from, targets, Box::new(splitter));
        self
    }

    /// Drops the events of one type and schema version: they are read as no event, whatever their
    /// payload.
    ///
    /// An aggregate passes over such a record; its version counts it all the same.
    pub fn drop_event(mut self, event_type: &str, version: u32) -> Self {
        self.registrations.add_drop((event_type, version));
        self
    }

    /// Skips events of types that are neither declared nor upgraded, in place of an
    /// [`UnknownEventType`](shared_kernel::codec::DecodeError::UnknownEventType). Each one is
    /// reported by `tracing` as a warning.
    ///
    /// For example, a newer program writes `LampPainted` to streams that this program reads. The
    /// state of a lamp then lacks its colour. A repository takes no snapshot of such a state, and
    /// creates no aggregate in a stream of which all events are skipped
    /// ([law 54](shared_kernel::laws#law-54)). A newer schema of a declared type stays an error. If
    /// the type is known and needed no more, [`drop_event`](Self::drop_event) is the better choice.
    pub fn skip_unknown_events(mut self) -> Self {
        self.options.skips_unknown = true;
        self
    }

    /// Leaves out the proof that each event comes back ([law 52](shared_kernel::laws#law-52)).
    ///
    /// Writing then takes less time, and an event that cannot be read again is written in silence.
    pub fn without_reading_back(mut self) -> Self {
        self.options.reads_back = false;
        self
    }

    /// Builds the codec.
    ///
    /// # Errors
    /// [`RegistryError`] where
    /// - the declared event types are empty, invalid or twice the same;
    /// - serde reads other variants than those that are declared, or could not tell them apart;
    /// - an upgrade reads the declared schema or a later one, leads to a schema that is neither
    ///   declared nor upgraded, leaves a version out, or leads in a circle.
    pub fn build(self) -> Result<JsonEventCodec<E>, RegistryError>
    where
        E: DomainEvent + DeserializeOwned,
    {
        let registry = self.registrations.check(E::TYPES)?;
        let shape = EventShape::of::<E>();
        fits::<E>(shape, &registry)?;
        Ok(JsonEventCodec::of(registry, shape, self.options))
    }
}

impl<E> JsonEventCodec<E> {
    /// A codec for events that were never stored in an older schema.
    ///
    /// # Errors
    /// [`RegistryError`] where the declared event types and the serde representation do not fit
    /// together; see [`JsonEventCodecBuilder::build`].
    pub fn new() -> Result<Self, RegistryError>
    where
        E: DomainEvent + DeserializeOwned,
    {
        Self::builder().build()
    }

    /// A builder, which adds the upgrades of events from older schemas.
    pub fn builder() -> JsonEventCodecBuilder<E> {
        JsonEventCodecBuilder::new()
    }
}

/// Checks that events of that shape can be told apart by the declared types.
fn fits<E: DeserializeOwned>(
    shape: EventShape,
    registry: &EventRegistry,
) -> Result<(), RegistryError> {
    match shape {
        EventShape::Variants(names) => {
            let mut declared = registry.current_types();
            let missing = declared.find(|declared| !names.contains(&declared.as_str()));
            if let Some(event_type) = missing {
                return Err(RegistryError::NoSuchVariant {
                    event_type: event_type.clone(),
                    variants: names,
                });
            }
            let declared = registry.count_current();
            let variants = EventShape::count_variants::<E>(names.len()).unwrap_or(names.len());
            if declared > variants {
                return Err(RegistryError::DeclaredAlias { variants, names });
            }
            match names.iter().find(|name| !registry.knows(name)) {
                None => Ok(()),
                // Each variant is declared, so the other names are aliases.
                Some(alias) if declared == variants => Err(RegistryError::Alias { alias }),
                Some(variant) => Err(RegistryError::UndeclaredVariant { variant }),
            }
        }
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
