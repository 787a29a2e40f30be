//! Events: the domain's own, and as a store records them.

mod actor;
// `annals` re-exports the trait from here: beside it stands a derive of its own by the same name.
#[doc(hidden)]
pub mod domain_event;
mod envelope;
mod event_id;
mod event_type;
mod metadata;
mod record;

pub use actor::{Actor, ActorKind, ActorName};
pub use domain_event::DomainEvent;
pub use envelope::EventEnvelope;
pub use event_id::{EventId, EventIdGenerator, InvalidEventId};
pub use event_type::{EventType, EventTypeInfo, SchemaVersion, ZeroSchemaVersion};
pub use metadata::{CausationId, CorrelationId, Metadata, MetadataKey};
pub use record::{NewEvent, RecordedEvent};
/// The derive of the trait of that name.
#[doc(inline)]
pub use shared_kernel_derive::DomainEvent;
