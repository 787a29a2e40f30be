//! Codecs: the ports between domain types and stored bytes.

mod decoded_events;
mod ports;

pub use decoded_events::DecodedEvents;
pub use ports::{DecodeError, EncodeError, EncodedEvent, EventCodec, FormatError, StateCodec};
