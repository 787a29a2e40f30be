//! Owns which event types and schemas are known, and the ways up from the older ones.
//!
//! Refuses every registry with a hole: what is registered can be read once the codec is built.

mod registrations;
mod registry;
mod registry_error;

pub(crate) use registrations::Registrations;
pub(crate) use registry::{EventRegistry, Reading};
pub use registry_error::RegistryError;
