//! The names of streams, and the two counters: the version in a stream and the position in the log.

pub(crate) mod counter;
mod id;
mod position;
mod version;

pub use counter::OutOfRange;
pub use id::{Category, StreamId};
pub use position::GlobalPosition;
pub use version::StreamVersion;
