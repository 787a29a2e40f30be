//! The state of the steps on commands and histories.

mod executing;
mod histories;

use shared_kernel::{ExecuteError, Executed};

use crate::account::{Account, Overdrawn};

/// The outcomes of the commands.
#[derive(Debug, Default)]
pub(crate) struct CommandNotes {
    answers: Vec<Result<Executed<Account, ()>, ExecuteError<Overdrawn>>>,
    /// The number of decisions.
    decided: u64,
}
