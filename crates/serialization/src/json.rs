//! JSON as the format of stored events and states.

mod difference;
mod error;
mod event_codec;
mod event_codec_builder;
mod event_deserializer;
mod event_serializer;
mod event_shape;
mod options;
mod output;
mod path;
mod read_back;
mod state_codec;
mod strict_serializer;

pub use error::{JsonError, JsonErrorKind};
pub use event_codec::JsonEventCodec;
pub use event_codec_builder::JsonEventCodecBuilder;
pub use state_codec::JsonStateCodec;
