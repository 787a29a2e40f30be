//! The error of a command: a refusal of the domain, or a failure of the repository.

use std::convert::Infallible;

use thiserror::Error;

use super::error::RepositoryError;
use crate::Decision;
use crate::aggregate::DecideError;

/// A refusal that [`execute`](crate::EventSourcedRepository::execute) can return: an error type
/// that can also hold a [`RepositoryError`].
///
/// Every type with `From<RepositoryError>` implements this, for example `anyhow::Error` and
/// `Box<dyn Error>`. Wrap a pure domain error in [`CommandError`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a failure of the repository",
    label = "`From<RepositoryError>` is missing for `{Self}`",
    note = "add a variant `Repository(#[from] RepositoryError)` to `{Self}`, or keep it pure and write \
            `.map_err(CommandError::Rejected)` in the closure"
)]
pub trait Rejection {
    /// The error type of `execute`.
    type Error: From<RepositoryError>;

    /// This refusal, as the error of `execute`.
    fn into_error(self) -> Self::Error;
}

impl<E: From<RepositoryError>> Rejection for E {
    type Error = E;

    fn into_error(self) -> E {
        self
    }
}

impl Rejection for Infallible {
    type Error = RepositoryError;

    fn into_error(self) -> RepositoryError {
        match self {}
    }
}

/// The error of `execute` for a decision of type `D` over the events `E`.
pub type ErrorOf<D, E> = <<D as Decision<E>>::Rejection as Rejection>::Error;

/// A pure domain error, or a failure of the repository.
///
/// The closure of `execute` wraps the refusal, and the domain error stays without
/// `From<RepositoryError>`:
///
/// ```
/// use shared_kernel::repository::CommandError;
///
/// #[derive(Debug, PartialEq)]
/// struct TooBright;
///
/// fn dim(percent: u8) -> Result<u8, TooBright> {
///     if percent > 100 { Err(TooBright) } else { Ok(percent) }
/// }
///
/// let refused = dim(140).map_err(CommandError::Rejected);
/// assert!(matches!(refused, Err(CommandError::Rejected(TooBright))));
/// ```
#[derive(Debug, Error)]
pub enum CommandError<R> {
    /// The domain refused the command; nothing was written.
    #[error(transparent)]
    Rejected(R),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl<R: Rejection> DecideError<R> {
    /// The same in the error type of an execution, for a decision within
    /// [`execute_across`](crate::EventSourcedRepository::execute_across).
    #[must_use]
    pub fn into_error(self) -> R::Error {
        match self {
            Self::Rejected(rejection) => rejection.into_error(),
            Self::Inapplicable { stream, source } => {
                RepositoryError::Inapplicable { stream, source }.into()
            }
        }
    }
}
