//! Leases of names: each name has at most one holder at a time.
//!
//! [`Tenure`] is the rule that all leases share: terms, the end, and handing back. Two kinds of
//! leases add rules of their own, because their holders are kept apart by different means:
//!
//! | | a worker, `worker/17` | a segment of a read model |
//! |---|---|---|
//! | the holder | makes ids without asking the store | asks the store with each commit |
//! | kept apart by | times: no two leases of a worker share one | terms: a commit compares them |
//! | a lease begins | at the floor of the worker, now or later | now |
//! | a clock was a day ahead | later leases pass its span over | its lease is over |
//!
//! With the rule of workers, a clock that stepped back by an hour would block a segment for that
//! hour. With the rule of segments, two leases of a worker could share a time, and so an id.
//!
//! [`WorkerLeases`] is the port for workers, and [`WorkerRecord`] has the rules that all its
//! adapters share. Segments are leased by the store of their rows, in the crate `read-side`.
//!
//! [`NamedLeases`] is the port for names with terms from elsewhere, for example the claim of a work
//! item: the log names the claimant, and the lease only renews the claim.

mod named_lease;
mod tenure;
mod worker_lease;
mod worker_record;

pub use named_lease::{LeaseName, NamedLease, NamedLeaseError, NamedLeases};
pub use tenure::Tenure;
pub use worker_lease::{LeaseHolder, LeaseTerm, WorkerLease, WorkerLeaseError, WorkerLeases};
pub use worker_record::WorkerRecord;
