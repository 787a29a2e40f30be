//! The read path: each read is one or two SQL statements on one of a few connections.
//!
//! - [`stream`]: pages of a stream, with or without a snapshot before it.
//! - [`log`]: pages of the whole log.
//! - [`page`]: the end of a page, and its out-of-line payloads.
//! - [`lookup`]: single events, versions, and the list of streams.
//! - [`row`]: snapshots and lists in rows.

pub(crate) mod log;
pub(crate) mod lookup;
mod page;
pub(crate) mod row;
pub(crate) mod stream;
