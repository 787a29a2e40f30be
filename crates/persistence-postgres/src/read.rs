//! The reads: pages, single events, versions, and waiting for the next event.

pub(crate) mod copied;
pub(crate) mod log;
pub(crate) mod lookup;
mod metadata;
pub(crate) mod page;
pub(crate) mod row;
pub(crate) mod stream;
#[cfg(test)]
mod tests;
