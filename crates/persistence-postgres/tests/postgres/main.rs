//! The tests of the adapter on a throw-away server: the laws of the ports, and its own promises.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says by a panic what it found"
)]

const BEHIND_A_POOLER: bool = false;

mod check;
mod crash;
mod cut;
mod cutter;
mod errors;
mod fixture;
mod importing;
mod laws;
mod opening;
mod order;
mod pages;
mod rights;
mod standby;
mod stored;
mod times;
mod tls;
mod traced;
mod versions;
mod waking;
