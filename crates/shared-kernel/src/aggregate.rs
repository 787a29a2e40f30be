//! Aggregates: the state that events build, its root, and the decisions of commands.

mod decision;
mod history_error;
pub(crate) mod root;
mod state;

pub use decision::{DecideError, Decision};
pub use history_error::HistoryError;
pub use root::{AggregateRoot, StageError};
pub use state::{Aggregate, Inapplicable};
