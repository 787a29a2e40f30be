//! What only the SQLite adapter promises, beside the laws of the ports.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says by a panic what it found"
)]

mod any_lag;
mod backup;
mod check;
mod crash;
mod damage;
mod endings;
mod files;
mod fixture;
mod golden;
mod group;
mod immutability;
mod lagging;
mod laws;
mod layouts;
mod leases;
mod limits;
mod pages;
#[cfg(target_os = "linux")]
mod power_loss;
mod processes;
mod shared_rows;
mod sql;
mod writer_process;
