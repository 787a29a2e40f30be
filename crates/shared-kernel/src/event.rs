//! Events: those of a domain, and their records in a store.
//!
//! A domain declares its events by [`DomainEvent`] and its derive. A store takes a [`NewEvent`] and
//! returns a [`RecordedEvent`]; decoded, that is an [`EventEnvelope`]. [`Metadata`] has the
//! [`Actor`], the correlation id and the causation id of an event.

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
/// The derive macro for the trait of the same name.
#[doc(inline)]
pub use shared_kernel_derive::DomainEvent;
