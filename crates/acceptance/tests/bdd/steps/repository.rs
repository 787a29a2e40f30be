//! The state of the steps on commands and histories.

mod executing;
mod histories;

use shared_kernel::repository::{CommandError, Executed};

use crate::account::{Account, Overdrawn};

/// The outcomes of the commands.
#[derive(Debug, Default)]
pub(crate) struct CommandNotes {
    answers: Vec<Result<Executed<Account>, CommandError<Overdrawn>>>,
    /// How often a decision was asked for.
    decided: u64,
}
