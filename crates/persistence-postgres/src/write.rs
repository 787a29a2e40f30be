//! The writes: the queue, the writer, and its statements.

pub(crate) mod freeze;
pub(crate) mod group;
pub(crate) mod import;
pub(crate) mod job;
pub(crate) mod leases;
pub(crate) mod named_leases;
pub(crate) mod repetition;
pub(crate) mod snapshots;
pub(crate) mod writer;
