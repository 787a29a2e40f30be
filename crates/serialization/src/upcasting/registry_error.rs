//! The errors of a registry, which a codec reports when it is built.

use shared_kernel::event::{EventType, SchemaVersion, ZeroSchemaVersion};
use shared_kernel::text::InvalidText;
use thiserror::Error;

/// The event types, the upcasters and the serde representation of a codec do not fit together.
///
/// The declared event types are those of [`DomainEvent::TYPES`](shared_kernel::DomainEvent::TYPES),
/// which `#[derive(DomainEvent)]` fills.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A name is no valid event type.
    #[error("the name of an event type or upcaster is invalid")]
    EventType(#[from] InvalidText),
    /// A schema version is 0.
    #[error("the schema version of an event type or upcaster is invalid")]
    SchemaVersion(#[from] ZeroSchemaVersion),
    /// The domain declares no event type: nothing could be written or read.
    #[error("no event type is declared; add one to `TYPES`")]
    Empty,
    /// An event type is declared twice.
    #[error(
        "event type `{event_type}` is declared twice, in schema versions {first} and {second}; remove one"
    )]
    DuplicateEvent {
        /// The type.
        event_type: EventType,
        /// The schema of the first declaration.
        first: SchemaVersion,
        /// The schema of the second declaration.
        second: SchemaVersion,
    },
    /// Two upcasters read the same schema.
    #[error("event type `{event_type}` has two upcasters from schema version {from}; remove one")]
    DuplicateUpcaster {
        /// The type that both read.
        event_type: EventType,
        /// The schema that both read.
        from: SchemaVersion,
    },
    /// A split names an event type twice among its targets.
    #[error(
        "the split of `{event_type}`, schema version {from}, has two targets `{target}`; remove one"
    )]
    DuplicateTarget {
        /// The type that the split reads.
        event_type: EventType,
        /// The schema that the split reads.
        from: SchemaVersion,
        /// The type that is named twice.
        target: EventType,
    },
    /// An upcaster reads the declared schema or a later one: the declared version and that of the
    /// upcaster do not fit together.
    ///
    /// For example, the upcaster from 1 to 2 was added, and the event is still declared in 1.
    #[error(
        "event type `{event_type}` is declared in schema version {current}, and an upcaster reads \
         {from}; declare the version after {from}, as in `#[event(schema = …)]`, or remove the \
         upcaster"
    )]
    UpcasterPastCurrent {
        /// The type that the upcaster reads.
        event_type: EventType,
        /// The schema that the upcaster reads.
        from: SchemaVersion,
        /// The schema that is declared.
        current: SchemaVersion,
    },
    /// The upcasters lead to, or skip, a schema that is not declared and has no upcaster.
    ///
    /// For example, the event is declared in schema 3, and the upcasters end at 2.
    #[error(
        "no upcaster reads event type `{event_type}`, schema version {version}, and {}; add an \
         upcaster from it, or declare it as current",
        declaration(*current)
    )]
    Gap {
        /// The type at which the upgrade ends.
        event_type: EventType,
        /// The schema at which the upgrade ends.
        version: SchemaVersion,
        /// The schema in which the type is declared; `None` for a type that is not declared.
        current: Option<SchemaVersion>,
    },
    /// The upcasters lead in a circle.
    #[error(
        "the upcasters from event type `{event_type}`, schema version {version}, lead in a circle; \
         remove one"
    )]
    Cycle {
        /// The type of an upcaster in the circle, or before it.
        event_type: EventType,
        /// The schema that this upcaster reads.
        version: SchemaVersion,
    },
    /// An event type is declared, and serde reads no variant of that name.
    #[error(
        "event type `{event_type}` is no variant that serde reads ({}); give both one name, by \
         `#[serde(rename = …)]` or `#[event(name = …)]`, or remove `skip_deserializing`",
        variants.join(", ")
    )]
    NoSuchVariant {
        /// The type that is declared.
        event_type: EventType,
        /// The names that serde reads, after `rename` and `rename_all`.
        variants: &'static [&'static str],
    },
    /// Serde reads a variant that is not declared as an event type and has no upcaster.
    #[error(
        "serde reads a variant `{variant}`, which is no declared event type; derive `DomainEvent`, \
         or add it to `TYPES`"
    )]
    UndeclaredVariant {
        /// The name that serde reads.
        variant: &'static str,
    },
    /// Serde reads a variant under a second name, by `#[serde(alias = …)]`, and no upcaster reads
    /// events of that name.
    #[error(
        "serde reads `{alias}` as an alias of another variant; upgrade old events of that name with \
         `.upcast_renamed((\"{alias}\", 1), …)`, or remove the alias"
    )]
    Alias {
        /// The second name.
        alias: &'static str,
    },
    /// More event types are declared than serde has variants, so an alias is declared. It would
    /// neither be written nor read.
    #[error(
        "serde reads {variants} variants under the names {}, and an alias among them is declared; \
         remove it from `TYPES`, and upgrade old events of that name with `upcast_renamed`",
        names.join(", ")
    )]
    DeclaredAlias {
        /// The number of variants.
        variants: usize,
        /// The names that serde reads, aliases included.
        names: &'static [&'static str],
    },
    /// Several event types are declared for a Rust type that is not an enum in the default
    /// representation of serde, so a payload could not tell them apart.
    #[error(
        "{count} event types need an enum in the default representation of serde; remove `tag`, `content` or `from`"
    )]
    SeveralEvents {
        /// The number of event types.
        count: usize,
    },
    /// The Rust type guesses from the content which event it reads, as `#[serde(untagged)]` and
    /// `#[serde(tag = "…")]` make it do.
    #[error(
        "the events are read by guessing from the content; remove `untagged` or `tag`, since the event type stands beside the payload"
    )]
    SelfDescribing,
}

fn declaration(current: Option<SchemaVersion>) -> String {
    current.map_or_else(
        || "the type is not declared".to_owned(),
        |current| format!("the type is declared in {current}"),
    )
}
