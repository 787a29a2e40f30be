//! The reasons to refuse a file of Beads.

use thiserror::Error;
use work_tracking::ForeignInvalid;

/// A file of Beads is refused; nothing of it is imported.
#[derive(Debug, Error)]
pub(crate) enum BeadsError {
    #[error("line {line}: {problem}")]
    Line { line: usize, problem: String },
    #[error(transparent)]
    Items(#[from] ForeignInvalid),
}
