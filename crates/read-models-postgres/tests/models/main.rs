//! The promises of read models in PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says by a panic what it found"
)]

const BEHIND_A_POOLER: bool = false;

mod beside;
mod fixture;
mod killed;
mod laws;
mod owners;
mod processes;
mod schemas;
mod transaction;
