//! Formats: JSON for stored events and states, upgrades from older schemas, and TOON for language
//! models.
//!
//! The codecs implement the ports [`EventCodec`](shared_kernel::codec::EventCodec) and
//! [`StateCodec`](shared_kernel::codec::StateCodec). This crate knows no database, no async runtime
//! and no domain.
//!
//! - [`JsonEventCodec`] writes the events of a domain as JSON that plain SQL can query, and reads
//!   them back. Its builder adds the upgrades of events from older schemas. Building the codec
//!   checks the declared event types, the variants that serde reads and every chain of upgrades.
//! - [`JsonStateCodec`] does the same for the states in snapshots, which are rebuilt instead of
//!   upgraded.
//! - A value that JSON cannot hold, or could not give back, is refused with a [`JsonError`] as the
//!   source of the error of the port. It is never written in silence.
//! - [`toon`] is TOON as a serde format.
//! - [`event_tables`] writes recorded events as TOON tables of few tokens, without loss or as a
//!   view.
//! - [`tokens`] counts the tokens of a text.
//!
//! For example, a codec that reads the events of schema version 1, too:
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use serde_json::json;
//! use serialization::JsonEventCodec;
//! use shared_kernel::DomainEvent;
//! use shared_kernel::codec::EventCodec;
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
//! enum LampEvent {
//!     LampInstalled { room: String },
//!     #[event(schema = 2)]
//!     LampDimmed { percent: u8 },
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let codec = JsonEventCodec::<LampEvent>::builder()
//!         .upcast("LampDimmed", 1, |old| {
//!             let fraction = old["brightness"].as_f64().ok_or("no brightness")?;
//!             Ok(json!({ "percent": (fraction * 100.0) as u8 }))
//!         })
//!         .build()?;
//!     let stored = codec.encode(&LampEvent::LampDimmed { percent: 40 })?;
//!     assert_eq!(stored.payload, r#"{"percent":40}"#);
//!     Ok(())
//! }
//! ```

pub mod event_tables;
mod json;
pub mod tokens;
pub mod toon;
mod upcasting;

pub use json::{JsonError, JsonErrorKind, JsonEventCodec, JsonEventCodecBuilder, JsonStateCodec};
pub use upcasting::{RegistryError, UndeclaredEvent};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
