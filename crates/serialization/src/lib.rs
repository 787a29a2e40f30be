//! Formats: JSON for what is stored, the upgrade of events from older schemas, and TOON for what a
//! language model reads.
//!
//! The codecs here fill the ports [`EventCodec`](shared_kernel::EventCodec) and
//! [`StateCodec`](shared_kernel::StateCodec). This crate knows no database, no async runtime and no
//! domain.
//!
//! - [`JsonEventCodec`] writes the events of a domain as JSON that plain SQL can query, and reads
//!   them back, also from older schemas. Its builder is the registry of event types: what is
//!   registered, and every way up from an older schema, is checked once, when it is built.
//! - [`JsonStateCodec`] does the same for the states in snapshots, which are rebuilt instead of
//!   upgraded.
//! - What JSON cannot hold, or could not give back, is refused with a [`JsonError`] as the source
//!   of the error of the port, and never written in silence.
//! - [`toon`] is TOON as a serde format.
//! - [`event_tables`] tells recorded events in TOON with few tokens, without loss or as a view, and
//!   [`tokens`] counts them.

pub mod event_tables;
mod json;
pub mod tokens;
pub mod toon;
mod upcasting;

pub use json::{JsonError, JsonEventCodec, JsonEventCodecBuilder, JsonStateCodec};
pub use upcasting::RegistryError;
