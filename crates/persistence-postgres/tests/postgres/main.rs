//! The tests of the adapter on a throw-away server.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says by a panic what it found"
)]

mod fixture;
mod laws;
