//! The stores in memory against every law of the ports, and what is particular to them.

#![expect(
    clippy::unwrap_used,
    reason = "these are tests, with helpers outside of test functions"
)]

mod bounded_pages;
mod handles;
mod laws;
