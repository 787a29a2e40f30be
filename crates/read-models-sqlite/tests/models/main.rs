//! The promises of read models in SQLite files.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says by a panic what it found"
)]

mod files;
mod fixture;
mod killed;
mod laws;
mod operator;
mod owners;
#[cfg(unix)]
mod rights;
mod rows;
mod sums;
mod tables;
mod transaction;
