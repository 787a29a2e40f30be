//! Snowflakes: 64-bit ids that many processes hand out without asking each other.

mod generator;
pub(crate) mod id;
mod worker_id;

pub use generator::{ForeignLease, SnowflakeError, SnowflakeGenerator};
pub use id::{InvalidSnowflake, Snowflake};
pub use worker_id::{InvalidWorkerId, WorkerId};
