//! The first hour with the crate: the README's example, and the code of the guide.
#![expect(clippy::unwrap_used, reason = "a test says by a panic what it found")]

mod guide;
mod readme;
