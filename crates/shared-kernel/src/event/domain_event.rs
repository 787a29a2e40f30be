//! The trait of a domain's events, which declares their event types and schema versions.

use crate::event::EventTypeInfo;

/// Something that happened in a domain, named in the past tense.
///
/// One Rust type, usually an enum, holds all events of an aggregate. `#[derive(DomainEvent)]`
/// declares each variant as an event type; [`#[event(…)]`](macro@crate::DomainEvent) sets another
/// name or schema version.
///
/// ```
/// use shared_kernel::event::EventTypeInfo;
/// use shared_kernel::DomainEvent;
///
/// #[derive(DomainEvent)]
/// enum LampEvent {
///     LampSwitchedOn,
///     #[event(schema = 2)]
///     LampDimmed { percent: u8 },
/// }
///
/// let dimmed = LampEvent::LampDimmed { percent: 40 };
/// assert_eq!(dimmed.event_type(), "LampDimmed");
/// assert_eq!(dimmed.schema_version(), 2);
/// assert_eq!(LampEvent::TYPES[0], EventTypeInfo::new("LampSwitchedOn", 1));
/// ```
///
/// An implementation by hand names each event type once, too:
///
/// ```
/// use shared_kernel::event::EventTypeInfo;
/// use shared_kernel::DomainEvent;
///
/// enum LampEvent {
///     LampSwitchedOn,
///     LampDimmed { percent: u8 },
/// }
///
/// impl DomainEvent for LampEvent {
///     const TYPES: &'static [EventTypeInfo] = &[
///         EventTypeInfo::new("LampSwitchedOn", 1),
///         EventTypeInfo::new("LampDimmed", 2),
///     ];
///
///     fn type_info(&self) -> EventTypeInfo {
///         match self {
///             Self::LampSwitchedOn => Self::TYPES[0],
///             Self::LampDimmed { .. } => Self::TYPES[1],
///         }
///     }
/// }
///
/// assert_eq!(LampEvent::LampDimmed { percent: 40 }.event_type(), "LampDimmed");
/// ```
///
/// The trait requires no serialization: an [`EventCodec`](crate::codec::EventCodec) turns an event
/// into bytes.
pub trait DomainEvent: Send + Sync + 'static {
    /// All event types, each with the schema version in which it is written today.
    ///
    /// A codec registers these. A name that was ever stored must stay in the list, or the codec
    /// must upgrade the events with that name.
    const TYPES: &'static [EventTypeInfo];

    /// The entry of [`TYPES`](Self::TYPES) for this event.
    fn type_info(&self) -> EventTypeInfo;

    /// The name under which the event is stored.
    fn event_type(&self) -> &'static str {
        self.type_info().name
    }

    /// The schema version in which the event is written today, counted from 1.
    fn schema_version(&self) -> u32 {
        self.type_info().schema_version
    }
}
