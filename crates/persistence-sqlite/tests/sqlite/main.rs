//! The promises of the SQLite adapter: the laws of the ports, and its own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says by a panic what it found"
)]

mod backup;
mod beside;
mod by_hand;
mod check;
mod crash;
mod damage;
mod endings;
#[cfg(target_os = "linux")]
mod failing_disk;
mod files;
mod fixture;
mod golden;
mod group;
mod hands;
mod immutability;
mod importing;
mod laws;
mod leases;
mod limits;
mod model;
mod pages;
#[cfg(target_os = "linux")]
mod power_loss;
mod processes;
mod read_only;
mod repetition;
mod replaced;
mod restore;
mod runtimes;
mod sql;
mod turns;
mod unpolled;
mod write_ahead_log;
mod writer_process;
