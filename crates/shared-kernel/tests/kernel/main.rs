//! Tests of aggregates, snapshots and the repository, on the stores in memory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what surrounds a test fails it by a panic"
)]

mod across;
mod aggregate_root;
mod background;
mod commands;
mod deciding;
mod doubles;
mod fixture;
mod history;
mod joined;
mod laws;
mod leases;
mod loading_at_once;
mod looking_back;
mod panics;
mod policies;
mod policy_changes_nothing;
mod reading;
mod records;
mod saving;
mod snapshots;
mod staging;
mod tally;
mod timer;
mod turns;
mod warnings;
