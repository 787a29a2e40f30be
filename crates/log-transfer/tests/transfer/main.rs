//! The lines of an export, byte for byte, and the refusal of every damage to them.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "these are tests, with helpers outside of test functions"
)]

mod damage;
mod fixture;
mod lines;
mod ranges;
