//! The messages of errors, and their objects for programs.

use serde_json::{Value, json};
use shared_kernel::RepositoryError;
use work_tracking::TrackingError;

use super::RunError;

impl From<RepositoryError> for RunError {
    fn from(error: RepositoryError) -> Self {
        Self::Tracking(match error {
            RepositoryError::Conflict { attempts, source } => TrackingError::Conflict {
                item: None,
                attempts,
                source,
            },
            other => other.into(),
        })
    }
}

/// The exit code for wrong usage.
pub(crate) const USAGE: u8 = 2;

/// The exit code of a refusal by a rule of work items.
pub(crate) const REFUSED: u8 = 3;

/// The exit code of a conflict with another change.
pub(crate) const CONFLICT: u8 = 4;

/// An error object for programs.
pub(crate) fn error_object(kind: &str, exit_code: u8, message: &str) -> Value {
    json!({ "error": { "kind": kind, "exit_code": exit_code, "message": message } })
}

/// An error and its causes in one line: `outer: inner`. A cause that the message already ends with
/// is not repeated.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use thiserror::Error;

    use super::*;

    #[test]
    fn each_cause_is_printed_once() {
        #[derive(Debug, Error)]
        #[error("inner")]
        struct Inner;
        #[derive(Debug, Error)]
        #[error("outer: inner")]
        struct Telling(#[source] Inner);
        #[derive(Debug, Error)]
        #[error("outer")]
        struct Silent(#[source] Inner);
        assert_eq!(with_causes(&Telling(Inner)), "outer: inner");
        assert_eq!(with_causes(&Silent(Inner)), "outer: inner");
    }
}
