//! The errors of reading a view.

use read_side::{Build, ProjectionError, ReadModelError};
use shared_kernel::GlobalPosition;
use shared_kernel::codec::FormatError;
use thiserror::Error;

/// A view gave no answer. The log is untouched, and a replay of it gives the same answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ViewError {
    /// The rows are not up to date.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// The files of the view cannot be used.
    #[error(transparent)]
    Models(#[from] ReadModelError),
    /// A row cannot be read: the file is damaged, or another program has changed it.
    #[error("a row of {build} cannot be read; build it again")]
    Row {
        /// The build.
        build: Build,
        /// The error of the database or the codec.
        source: FormatError,
    },
    /// Another process brings the rows up to date, and this call has not waited for its end.
    #[error("another process holds the read model `items`, which is at position {done} of {end}")]
    Held {
        /// The position of the rows.
        done: GlobalPosition,
        /// The end of the log.
        end: GlobalPosition,
    },
}

impl ViewError {
    pub(crate) fn row(build: &Build, source: impl Into<FormatError>) -> Self {
        Self::Row {
            build: build.clone(),
            source: source.into(),
        }
    }
}
