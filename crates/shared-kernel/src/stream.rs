//! Streams: their names, and the two counters of a store.
//!
//! A [`StreamId`] is the name of a stream, and its [`Category`] the part before the first dash. A
//! [`StreamVersion`] counts the events of a stream, a [`GlobalPosition`] those of the whole log.

pub(crate) mod counter;
mod id;
mod position;
mod version;

pub use counter::OutOfRange;
pub use id::{Category, StreamId};
pub use position::GlobalPosition;
pub use version::StreamVersion;
