//! The error inside the encoder: an [`EncodeError`] behind a pointer.

use std::fmt;
use std::io;

use serde::ser;

use super::EncodeError;

/// An [`EncodeError`] behind a pointer, so that the result of a call fits in a register.
#[derive(Debug)]
pub(super) struct Fault(Box<EncodeError>);

impl Fault {
    /// The value differs from the one that the first pass saw.
    #[cold]
    pub(super) fn value_changed() -> Self {
        EncodeError::ValueChanged.into()
    }

    pub(super) fn is_value_changed(&self) -> bool {
        matches!(*self.0, EncodeError::ValueChanged)
    }
}

impl From<EncodeError> for Fault {
    #[cold]
    fn from(error: EncodeError) -> Self {
        Self(Box::new(error))
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        EncodeError::Io(error).into()
    }
}

impl From<Fault> for EncodeError {
    fn from(fault: Fault) -> Self {
        *fault.0
    }
}

impl ser::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        EncodeError::custom(message).into()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl std::error::Error for Fault {}
