//! The first hour with the crate: the README's example, and the features one by one.
#![expect(clippy::unwrap_used, reason = "a test says by a panic what it found")]

mod readme;
