//! The error of a command: a refusal of the domain, or a failure of the repository.

use std::convert::Infallible;

use thiserror::Error;

use super::error::RepositoryError;
use crate::Decision;
use crate::aggregate::DecideError;

/// A refusal that [`execute`](crate::EventSourcedRepository::execute) can give back: an error type
/// that also carries a [`RepositoryError`].
///
/// Nobody implements this by hand. Every type with `From<RepositoryError>` has it, so
/// `anyhow::Error` and `Box<dyn Error>` do. A pure domain error without such an arm is wrapped in
/// [`CommandError`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a failure of the repository",
    label = "`From<RepositoryError>` is missing for `{Self}`",
    note = "add a variant `Repository(#[from] RepositoryError)` to `{Self}`, or keep it pure and write \
            `.map_err(CommandError::Rejected)` in the closure"
)]
pub trait Rejection {
    /// The error of the whole execution.
    type Error: From<RepositoryError>;

    /// The error that stands for this refusal.
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

/// The error of a whole execution whose decision is a `D` over the events `E`.
pub type ErrorOf<D, E> = <<D as Decision<E>>::Rejection as Rejection>::Error;

/// The error of a command whose domain error knows no repository: the refusal, or the failure of
/// the repository.
///
/// ```
/// use shared_kernel::RepositoryError;
/// use shared_kernel::repository::CommandError;
///
/// fn percent(of: u8) -> Result<u8, std::num::TryFromIntError> {
///     i8::try_from(of).map(|_| of)
/// }
/// let refused = percent(200).map_err(CommandError::Rejected);
/// assert!(matches!(refused, Err(CommandError::Rejected(_))));
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
