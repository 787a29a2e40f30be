//! The JSON codec of the states in snapshots.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_kernel::codec::{EncodeError, FormatError, StateCodec};

use super::output::{Output, Written};
use super::strict_serializer::StrictSerializer;
use super::{JsonError, JsonErrorKind, read_back};

/// Writes and reads the state of an aggregate as JSON, in any representation that serde has.
///
/// A state that would not come back as it was is refused, as by
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
    reads_back: bool,
    state: PhantomData<fn(S) -> S>,
}

impl<S> JsonStateCodec<S> {
    /// A codec for `S`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            reads_back: true,
            state: PhantomData,
        }
    }

    /// The same, without the proof that each state comes back
    /// ([law 52](shared_kernel::laws#law-52)): it takes less time, and a state that does not come
    /// back as it was is written in silence.
    #[must_use]
    pub fn without_reading_back(self) -> Self {
        Self {
            reads_back: false,
            ..self
        }
    }
}

impl<S: Serialize + DeserializeOwned> StateCodec<S> for JsonStateCodec<S> {
    fn encode(&self, state: &S) -> Result<Bytes, EncodeError> {
        let encoded = write(state).and_then(|written| {
            if self.reads_back {
                read_back::check(&written, read::<S>, write)?;
            }
            Ok(Bytes::from(written.json))
        });
        encoded.map_err(|reason| EncodeError::Format(reason.into()))
    }

    fn decode(&self, payload: &[u8]) -> Result<S, FormatError> {
        let state = read(payload);
        Ok(state.map_err(|kind| {
            let path = read_back::place_of_failure(payload, read::<S>);
            JsonError::at(path, kind)
        })?)
    }
}

fn write<S: Serialize>(state: &S) -> Result<Written, JsonError> {
    let output = Output::new();
    let mut json = serde_json::Serializer::new(&output);
    let written = state.serialize(StrictSerializer::new(&mut json, &output));
    output.finish(written)
}

fn read<S: DeserializeOwned>(payload: &[u8]) -> Result<S, JsonErrorKind> {
    Ok(serde_json::from_slice(payload)?)
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
