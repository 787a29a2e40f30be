//! The stores in memory: the laws of the ports, their handles and their page limits.

#![expect(
    clippy::unwrap_used,
    reason = "these are tests, with helpers outside of test functions"
)]

mod bounded_pages;
mod handles;
mod laws;
mod overlay;
