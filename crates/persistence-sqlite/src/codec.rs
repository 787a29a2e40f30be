//! The text of batches: from new events to rows, and from rows to recorded events.

pub(crate) mod batch;
mod metadata;
pub(crate) mod reader;
mod text;
