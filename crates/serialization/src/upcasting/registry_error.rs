//! Owns what can be wrong with the registry of a codec.

use shared_kernel::{EventType, InvalidText, SchemaVersion, ZeroSchemaVersion};
use thiserror::Error;

/// The event types and upcasters given to a codec do not add up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A name is given that no store takes as an event type.
    #[error("a registered event type cannot be stored")]
    EventType(#[from] InvalidText),
    /// Schema version 0 is given.
    #[error("a registered schema version cannot be stored")]
    SchemaVersion(#[from] ZeroSchemaVersion),
    /// No event type is registered: nothing could be written or read.
    #[error("no event type is registered")]
    Empty,
    /// An event type is registered twice.
    #[error("event type `{event_type}` is registered twice")]
    DuplicateEvent {
        /// The type.
        event_type: EventType,
    },
    /// Two upcasters read the same schema.
    #[error("event type `{event_type}` has two upcasters from schema version {from}")]
    DuplicateUpcaster {
        /// The type that both read.
        event_type: EventType,
        /// The schema that both read.
        from: SchemaVersion,
    },
    /// An upcaster reads the current schema or one past it, which is never upgraded.
    #[error(
        "event type `{event_type}` is current in schema version {current}, but has an upcaster from {from}"
    )]
    UpcasterPastCurrent {
        /// The type that the upcaster reads.
        event_type: EventType,
        /// The schema that the upcaster reads.
        from: SchemaVersion,
        /// The schema in which events of the type are written today.
        current: SchemaVersion,
    },
    /// The upcasters lead to, or skip, a schema that is not current and has no upcaster.
    #[error(
        "no upcaster leads on from event type `{event_type}`, schema version {version}, which is not current"
    )]
    Gap {
        /// The type at which the chain ends.
        event_type: EventType,
        /// The schema at which the chain ends.
        version: SchemaVersion,
    },
    /// The upcasters lead in a circle.
    #[error(
        "the upcasters from event type `{event_type}`, schema version {version}, lead in a circle"
    )]
    Cycle {
        /// The type from which the circle is entered.
        event_type: EventType,
        /// The schema from which the circle is entered.
        version: SchemaVersion,
    },
    /// The enum of the events has no variant of that name, as serde names variants.
    #[error(
        "event type `{event_type}` is no variant, as serde names them: {}", variants.join(", ")
    )]
    NoSuchVariant {
        /// The type that is registered.
        event_type: EventType,
        /// The names that there are, after `rename` and `rename_all`.
        variants: &'static [&'static str],
    },
    /// Several event types are registered for a Rust type that is not an enum in the default
    /// representation of serde, so that a payload could not tell which one it is.
    #[error(
        "{count} event types need an enum in the default representation of serde; remove `tag`, `content` or `from`"
    )]
    SeveralEvents {
        /// How many are registered.
        count: usize,
    },
    /// The Rust type guesses from the content what it reads, as `#[serde(untagged)]` and
    /// `#[serde(tag = "…")]` make it do.
    #[error(
        "the event type guesses from the content what it reads; remove `untagged` or `tag`, the event type stands beside the payload"
    )]
    SelfDescribing,
}
