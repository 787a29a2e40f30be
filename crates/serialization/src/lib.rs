//! Formats: JSON for stored events and states, upcasting from older schemas, and TOON for language
//! models.
//!
//! The codecs here implement the ports [`EventCodec`](shared_kernel::EventCodec) and
//! [`StateCodec`](shared_kernel::StateCodec). This crate uses no database, no async runtime and no
//! domain.
//!
//! - [`JsonEventCodec`] writes the events of a domain as JSON that plain SQL can query, and reads
//!   them back, also from older schemas. Its builder is the registry of event types. `build()`
//!   checks the event types and every upcast from an older schema once.
//! - [`JsonStateCodec`] does the same for the states in snapshots. A state of an older schema is
//!   rebuilt from events, not upgraded.
//! - Both refuse a value that JSON cannot hold or cannot give back, for example NaN. The port's
//!   error then has a [`JsonError`] as its source.
//! - [`toon`] is TOON as a serde format.
//! - [`event_tables`] writes recorded events as TOON tables of few tokens, without loss or as a
//!   view.
//! - [`tokens`] counts the tokens of a text.

pub mod event_tables;
mod json;
pub mod tokens;
pub mod toon;
mod upcasting;

pub use json::{JsonError, JsonEventCodec, JsonEventCodecBuilder, JsonStateCodec};
pub use upcasting::RegistryError;
