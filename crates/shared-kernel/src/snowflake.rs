//! Snowflakes: unique 64-bit ids that many processes make without talking to each other.
//!
//! A [`Snowflake`] has a time, a [`WorkerId`] and a sequence number. A [`SnowflakeGenerator`] makes
//! them for one worker. [Leases](crate::lease) give each process a worker of its own.

mod generator;
pub(crate) mod id;
mod worker_id;

pub use generator::{ForeignLease, SnowflakeError, SnowflakeGenerator};
pub use id::{InvalidSnowflake, Snowflake};
pub use worker_id::{InvalidWorkerId, WorkerId};
