//! The same tests behind pgbouncer in transaction mode, where many clients share a few sessions:
//! the laws of the ports, and the races of several processes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says by a panic what it found"
)]

const BEHIND_A_POOLER: bool = true;

#[expect(dead_code, reason = "only tests without a pooler make roles")]
#[path = "../postgres/fixture.rs"]
mod fixture;
#[path = "../postgres/laws.rs"]
mod laws;
#[path = "../postgres/order.rs"]
mod order;
mod sessions;
mod waking;
