//! Leases of worker ids: each id has at most one holder at a time.

mod worker_lease;
mod worker_record;

pub use worker_lease::{LeaseHolder, LeaseTerm, WorkerLease, WorkerLeaseError, WorkerLeases};
pub use worker_record::WorkerRecord;
