//! Projections over a log in memory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests, with helpers outside of test functions"
)]

mod away;
mod builds;
mod fixture;
mod killed;
mod owners;
mod poison;
mod progress;
mod proof;
mod reactors;
mod schedules;
mod subscriptions;
mod typed;
mod waiting;
