//! Leases of worker ids: each [`WorkerId`](crate::snowflake::WorkerId) has at most one holder at a
//! time.
//!
//! [`WorkerLeases`] is the port, and a [`WorkerLease`] the right to use a worker id for a limited
//! time. [`WorkerRecord`] has the rules that all adapters share.

mod worker_lease;
mod worker_record;

pub use worker_lease::{LeaseHolder, LeaseTerm, WorkerLease, WorkerLeaseError, WorkerLeases};
pub use worker_record::WorkerRecord;
