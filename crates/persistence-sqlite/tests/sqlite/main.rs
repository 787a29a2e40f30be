//! What only the SQLite adapter promises, beside the laws of the ports.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says by a panic what it found"
)]

mod backup;
mod check;
mod crash;
mod endings;
mod files;
mod fixture;
mod golden;
mod group;
mod immutability;
mod laws;
mod leases;
mod limits;
#[cfg(target_os = "linux")]
mod pages;
mod power_loss;
mod processes;
mod sql;
mod writer_process;
