//! The JSON codec of the states in snapshots.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_kernel::codec::{EncodeError, FormatError, StateCodec};

use super::JsonError;
use super::output::Output;
use super::strict_serializer::StrictSerializer;

/// Writes and reads the state of an aggregate as JSON, in any representation that serde has.
///
/// A value that JSON could not give back is refused, as by
/// [`JsonEventCodec`](crate::JsonEventCodec). A snapshot that cannot be read is no loss: the state
/// is rebuilt from the events.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use serialization::JsonStateCodec;
/// use shared_kernel::codec::StateCodec;
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct Lamp {
///     percent: u8,
/// }
///
/// let codec = JsonStateCodec::<Lamp>::new();
/// let stored = codec.encode(&Lamp { percent: 40 })?;
/// assert_eq!(stored, r#"{"percent":40}"#);
/// assert_eq!(codec.decode(&stored)?, Lamp { percent: 40 });
/// assert!(codec.decode(b"{}").is_err());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub struct JsonStateCodec<S> {
    state: PhantomData<fn(S) -> S>,
}

impl<S> JsonStateCodec<S> {
    /// A codec for `S`.
    #[must_use]
    pub fn new() -> Self {
        Self { state: PhantomData }
    }
}

impl<S: Serialize + DeserializeOwned> StateCodec<S> for JsonStateCodec<S> {
    fn encode(&self, state: &S) -> Result<Bytes, EncodeError> {
        let output = Output::new();
        let mut json = serde_json::Serializer::new(&output);
        let written = state.serialize(StrictSerializer::new(&mut json, &output));
        output
            .finish(written)
            .map_err(|reason| EncodeError::Format(reason.into()))
    }

    fn decode(&self, payload: &[u8]) -> Result<S, FormatError> {
        Ok(serde_json::from_slice(payload).map_err(JsonError::Serde)?)
    }
}

impl<S> Default for JsonStateCodec<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for JsonStateCodec<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonStateCodec").finish_non_exhaustive()
    }
}
