//! Owns what a type must say of itself to be recorded as an event.

/// Something that happened in a domain, named in the past tense.
///
/// One Rust type, usually an enum, holds all events of an aggregate. The trait asks for no
/// serialization: how an event becomes bytes is the business of an
/// [`EventCodec`](crate::EventCodec).
///
/// ```
/// use shared_kernel::DomainEvent;
///
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
/// assert_eq!(LampEvent::LampDimmed { percent: 40 }.event_type(), "LampDimmed");
/// assert_eq!(LampEvent::LampSwitchedOn.schema_version(), 1);
/// ```
pub trait DomainEvent: Send + Sync + 'static {
    /// The name under which the event is stored; it must keep the rule of
    /// [`EventType`](crate::EventType) and must never change.
    fn event_type(&self) -> &'static str;

    /// The schema in which the event is written today, counted from 1.
    fn schema_version(&self) -> u32 {
        1
    }
}
