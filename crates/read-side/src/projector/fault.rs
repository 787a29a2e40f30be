//! Failures of an event, apart from those of a store.

use std::error::Error;

use shared_kernel::StoreError;

use super::ProjectionError;
use crate::{ApplyError, ReadModelError};

/// An event could not be applied, or its rows were refused.
pub(super) struct Poisoned {
    reason: String,
}

impl Poisoned {
    pub(super) fn new(reason: String) -> Self {
        Self { reason }
    }

    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    pub(super) fn into_reason(self) -> String {
        self.reason
    }
}

/// Tells a failure of the store from one of the event. Refused rows are one of the event: a
/// transaction that reads sends its earlier writes first.
pub(super) fn store_failure(error: ApplyError) -> Result<ProjectionError, String> {
    let error = match error.downcast::<ReadModelError>().map(|error| *error) {
        Ok(ReadModelError::Refused { source, .. }) => return Err(reason(&*source)),
        Ok(error) => return Ok(ProjectionError::Models(error)),
        Err(error) => error,
    };
    match error.downcast::<StoreError>() {
        Ok(error) => Ok(ProjectionError::Log(*error)),
        Err(error) => Err(reason(&*error)),
    }
}

/// An error with its sources, in one line.
pub(super) fn reason(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
