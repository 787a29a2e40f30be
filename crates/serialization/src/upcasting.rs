//! The registry of event types: the current schemas, and the upgrades from older ones.

mod registrations;
mod registry;
mod registry_error;
mod step;
mod undeclared_event;
mod upgrade;

pub(crate) use registrations::Registrations;
pub(crate) use registry::{EventRegistry, Reading};
pub use registry_error::RegistryError;
pub use undeclared_event::UndeclaredEvent;
pub(crate) use upgrade::Upgrade;
