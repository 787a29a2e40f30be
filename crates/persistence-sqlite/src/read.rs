//! The read path: each read is one SQL statement on one of a few connections.
//!
//! - [`readers`]: the connections.
//! - [`stream`]: pages of a stream, with or without a snapshot before it.
//! - [`log`]: pages of the whole log.
//! - [`page`]: what both share: out-of-line payloads, and where a page ends.
//! - [`lookup`]: single events, versions, and the list of streams.
//! - [`row`]: columns of rows.

mod log;
mod lookup;
mod page;
pub(crate) mod readers;
pub(crate) mod row;
mod stream;
