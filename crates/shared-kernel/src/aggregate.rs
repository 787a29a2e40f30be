//! Aggregates: states that are built from events, and the decisions of commands.
//!
//! A domain implements [`Aggregate`]: `create` and `apply` turn events into a state. An
//! [`AggregateRoot`] is such a state in use, with its version and its pending events. A command
//! returns a [`Decision`]. [`HistoryError`] is the error of an unsound history.

mod decision;
mod history_error;
pub(crate) mod root;
mod state;

pub use decision::{DecideError, Decision};
pub use history_error::HistoryError;
pub use root::{AggregateRoot, StageError};
pub use state::{Aggregate, Inapplicable};
