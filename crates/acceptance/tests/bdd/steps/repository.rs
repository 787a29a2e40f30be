//! Owns what the steps on commands and on histories note in the course of a scenario.

mod executing;
mod histories;

use shared_kernel::{CommandError, Executed};

use crate::account::{Account, Overdrawn};

/// What came of the commands that were given.
#[derive(Debug, Default)]
pub(crate) struct CommandNotes {
    answers: Vec<Result<Executed<Account>, CommandError<Overdrawn>>>,
    /// How often a decision was asked for.
    decided: u64,
}
