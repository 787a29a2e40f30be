//! Codecs: the ports between domain types and stored bytes.
//!
//! An [`EventCodec`] encodes events, and decodes a record into [`DecodedEvents`]. A [`StateCodec`]
//! does the same for the states in snapshots. The crate `serialization` implements both for JSON.

mod decoded_events;
mod ports;

pub use decoded_events::DecodedEvents;
pub use ports::{DecodeError, EncodeError, EncodedEvent, EventCodec, FormatError, StateCodec};
