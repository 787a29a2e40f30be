//! Owns the ports between domain types and stored bytes.

use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;

use crate::{EventType, InvalidText, RecordedEvent, SchemaVersion, ZeroSchemaVersion};

/// What went wrong inside a format, kept as a source.
pub type FormatError = Box<dyn std::error::Error + Send + Sync>;

/// An event as it goes into a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedEvent {
    /// The name under which it is stored.
    pub event_type: EventType,
    /// The schema in which the payload is written.
    pub schema_version: SchemaVersion,
    /// The bytes of the event.
    pub payload: Bytes,
}

/// Turns the events of a domain into bytes and back.
///
/// - Encoding is deterministic: the same event always gives the same bytes, so that a repeated
///   append is known as one.
/// - Decoding upgrades what was written in an older schema (law 34 of the contract).
pub trait EventCodec<E>: Send + Sync {
    /// Turns an event into what is stored.
    ///
    /// # Errors
    /// [`EncodeError`] where the event cannot be written in the format.
    fn encode(&self, event: &E) -> Result<EncodedEvent, EncodeError>;

    /// Turns what is stored into an event.
    ///
    /// # Errors
    /// [`DecodeError`] where the type or its schema is not known, or the bytes do not fit.
    fn decode(&self, recorded: &RecordedEvent) -> Result<E, DecodeError>;
}

/// Turns the state of an aggregate into bytes and back, for snapshots.
pub trait StateCodec<S>: Send + Sync {
    /// Turns a state into what is stored.
    ///
    /// # Errors
    /// [`EncodeError`] where the state cannot be written in the format.
    fn encode(&self, state: &S) -> Result<Bytes, EncodeError>;

    /// Turns what is stored into a state.
    ///
    /// # Errors
    /// [`FormatError`] where the bytes are not such a state.
    fn decode(&self, payload: &[u8]) -> Result<S, FormatError>;
}

impl<E, C: EventCodec<E> + ?Sized> EventCodec<E> for Arc<C> {
    fn encode(&self, event: &E) -> Result<EncodedEvent, EncodeError> {
        (**self).encode(event)
    }

    fn decode(&self, recorded: &RecordedEvent) -> Result<E, DecodeError> {
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

/// A domain value could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The event calls itself by a name that no store takes.
    #[error("the event names a type that cannot be stored")]
    EventType(#[from] InvalidText),
    /// The event says that it has schema version 0.
    #[error("the event names a schema that cannot be stored")]
    SchemaVersion(#[from] ZeroSchemaVersion),
    /// The codec has no entry for the event's type, so it could not read the event back.
    #[error("event type `{event_type}` is not registered with the codec")]
    Unregistered {
        /// The type that the event calls itself.
        event_type: EventType,
    },
    /// The event is written in another schema than the one that the codec reads.
    #[error(
        "event type `{event_type}` says schema version {found}, the codec is registered for {registered}"
    )]
    SchemaMismatch {
        /// The type of the event.
        event_type: EventType,
        /// The schema that the event names.
        found: SchemaVersion,
        /// The schema that the codec knows as the newest.
        registered: SchemaVersion,
    },
    /// The format refused the value.
    #[error("the value cannot be written in this format")]
    Format(#[source] FormatError),
}

/// A stored event could not be read (law 33 of the contract).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The reader knows no such event type.
    #[error("unknown event type `{event_type}`")]
    UnknownEventType {
        /// The type found.
        event_type: EventType,
    },
    /// The event was written by a newer program than this reader.
    #[error(
        "event type `{event_type}` is in schema version {found}, this reader knows up to {known}"
    )]
    NewerSchema {
        /// The type of the event.
        event_type: EventType,
        /// The schema in which it is written.
        found: SchemaVersion,
        /// The newest schema that the reader knows.
        known: SchemaVersion,
    },
    /// The event is in an older schema, and no upcaster leads on from it.
    #[error("event type `{event_type}` has no upcaster from schema version {from} to {known}")]
    MissingUpcaster {
        /// The type of the event.
        event_type: EventType,
        /// The schema at which the chain ends.
        from: SchemaVersion,
        /// The schema that the reader knows.
        known: SchemaVersion,
    },
    /// An upcaster could not take the payload.
    #[error("the upcaster of `{event_type}` from schema version {from} failed")]
    Upcast {
        /// The type of the event.
        event_type: EventType,
        /// The schema that the upcaster reads.
        from: SchemaVersion,
        /// What the upcaster said.
        source: FormatError,
    },
    /// The payload is not an event of that type and schema.
    #[error("the payload is no `{event_type}` of schema version {schema_version}")]
    Malformed {
        /// The type of the event.
        event_type: EventType,
        /// The schema in which it says it is written.
        schema_version: SchemaVersion,
        /// What the format said.
        source: FormatError,
    },
}
