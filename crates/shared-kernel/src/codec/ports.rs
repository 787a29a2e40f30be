//! The ports between domain types and stored bytes, and their errors.

use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;

use crate::RecordedEvent;
use crate::codec::DecodedEvents;
use crate::event::{EventType, SchemaVersion, ZeroSchemaVersion};
use crate::text::InvalidText;

/// The error of a format, kept as the source of an error of the port.
pub type FormatError = Box<dyn std::error::Error + Send + Sync>;

/// An encoded event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedEvent {
    /// The stored name of the event.
    pub event_type: EventType,
    /// The schema in which the payload is written.
    pub schema_version: SchemaVersion,
    /// The bytes of the event.
    pub payload: Bytes,
}

/// Turns the events of a domain into bytes and back.
///
/// - Encoding is deterministic: the same event always gives the same bytes, so that the store
///   recognizes a repeated append.
/// - Encoding refuses an event that decoding would not give back ([law 52](crate::laws#law-52)).
/// - Decoding upgrades a payload that was written in an older schema
///   ([law 34](crate::laws#law-34)). One record may decode to several current events, or to none.
///
/// An `Arc` of a codec is a codec, too.
pub trait EventCodec<E>: Send + Sync {
    /// Encodes an event.
    ///
    /// # Errors
    /// [`EncodeError`] if the event cannot be written in the format.
    fn encode(&self, event: &E) -> Result<EncodedEvent, EncodeError>;

    /// Decodes a record into its events, in the order in which they apply.
    ///
    /// They share the version and the id of the record. An aggregate applies all of them before its
    /// version moves to that of the record, so no snapshot is taken between them. A record without
    /// events moves the version and nothing else.
    ///
    /// # Errors
    /// [`DecodeError`] if the type or its schema is unknown, or the bytes do not fit.
    fn decode(&self, recorded: &RecordedEvent) -> Result<DecodedEvents<E>, DecodeError>;
}

/// Turns the state of an aggregate into bytes and back, for snapshots.
///
/// An `Arc` of a codec is a codec, too.
pub trait StateCodec<S>: Send + Sync {
    /// Encodes a state.
    ///
    /// # Errors
    /// [`EncodeError`] if the state cannot be written in the format.
    fn encode(&self, state: &S) -> Result<Bytes, EncodeError>;

    /// Decodes a stored payload into a state.
    ///
    /// # Errors
    /// [`FormatError`] if the bytes are not such a state.
    fn decode(&self, payload: &[u8]) -> Result<S, FormatError>;
}

impl<E, C: EventCodec<E> + ?Sized> EventCodec<E> for Arc<C> {
    fn encode(&self, event: &E) -> Result<EncodedEvent, EncodeError> {
        (**self).encode(event)
    }

    fn decode(&self, recorded: &RecordedEvent) -> Result<DecodedEvents<E>, DecodeError> {
        (**self).decode(recorded)
    }
}

impl<S, C: StateCodec<S> + ?Sized> StateCodec<S> for Arc<C> {
    fn encode(&self, state: &S) -> Result<Bytes, EncodeError> {
        (**self).encode(state)
    }

    fn decode(&self, payload: &[u8]) -> Result<S, FormatError> {
        (**self).decode(payload)
    }
}

/// A domain value could not be encoded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The name of the event is not a valid event type.
    #[error("the name of the event is not a valid event type")]
    EventType(#[from] InvalidText),
    /// The event has schema version 0.
    #[error("the schema version of the event is invalid")]
    SchemaVersion(#[from] ZeroSchemaVersion),
    /// The event type is not registered with the codec, which could not decode the event later.
    #[error("event type `{event_type}` is not registered with the codec; add it to `TYPES`")]
    Unregistered {
        /// The type of the event.
        event_type: EventType,
    },
    /// The event has another schema version than the registered one.
    #[error(
        "the event `{event_type}` has schema version {found}, the codec is registered for {registered}"
    )]
    SchemaMismatch {
        /// The type of the event.
        event_type: EventType,
        /// The schema of the event.
        found: SchemaVersion,
        /// The schema that the codec writes.
        registered: SchemaVersion,
    },
    /// The format refused the value.
    #[error("the value cannot be written in this format")]
    Format(#[source] FormatError),
}

/// A stored event could not be decoded ([law 33](crate::laws#law-33)).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The codec knows no such event type.
    #[error(
        "unknown event type `{event_type}`; update this program, or declare, upgrade, drop or skip \
         the event in the codec"
    )]
    UnknownEventType {
        /// The type of the record.
        event_type: EventType,
    },
    /// A newer program wrote the event.
    #[error(
        "the event `{event_type}` has schema version {found}, this program reads up to {known}; update it"
    )]
    NewerSchema {
        /// The type of the event.
        event_type: EventType,
        /// The schema of the record.
        found: SchemaVersion,
        /// The newest schema that the codec reads.
        known: SchemaVersion,
    },
    /// The event is in an older schema, and the codec has no upcaster from it.
    #[error(
        "event type `{event_type}` has no upcaster from schema version {from} to {known}; add it to \
         the codec"
    )]
    MissingUpcaster {
        /// The type of the event.
        event_type: EventType,
        /// The schema of the record.
        from: SchemaVersion,
        /// The newest schema that the codec reads.
        known: SchemaVersion,
    },
    /// An upcaster refused the payload.
    #[error("the upcaster of `{event_type}` from schema version {from} failed")]
    Upcast {
        /// The type of the event.
        event_type: EventType,
        /// The schema that the upcaster reads.
        from: SchemaVersion,
        /// The error of the upcaster.
        source: FormatError,
    },
    /// The payload is not an event of that type and schema.
    #[error("the payload is not a `{event_type}` of schema version {schema_version}")]
    Malformed {
        /// The type of the event.
        event_type: EventType,
        /// The schema of the record.
        schema_version: SchemaVersion,
        /// The error of the format.
        source: FormatError,
    },
}
