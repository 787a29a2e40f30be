//! The read model of work items beside a replay of the log.

#![expect(clippy::unwrap_used, reason = "a test says by a panic what it found")]

mod damage;
mod fixture;
mod histories;
mod queues;
mod searches;
