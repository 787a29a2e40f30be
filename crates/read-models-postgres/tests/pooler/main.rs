//! The laws of read models behind pgbouncer in transaction mode, where many clients share a few
//! sessions.

#![expect(clippy::unwrap_used, reason = "a test says by a panic what it found")]

const BEHIND_A_POOLER: bool = true;

#[path = "../models/laws.rs"]
mod laws;
