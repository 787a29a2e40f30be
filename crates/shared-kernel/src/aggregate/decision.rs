//! The answer of a command: the events that it decided on, or its refusal.

use std::convert::Infallible;

use thiserror::Error;

use crate::{DomainEvent, Inapplicable, StreamId};

/// The answer of a command. A command returns the type that fits it:
///
/// | answer | meaning |
/// |---|---|
/// | `E` | one event |
/// | `Option<E>` | one event, or none |
/// | `Vec<E>`, `[E; N]` | several events, in order |
/// | `()` | no event |
/// | `Result<D, R>` | one of the answers above, or the refusal `R` |
///
/// ```
/// use shared_kernel::{Decision, DomainEvent};
///
/// #[derive(Debug, PartialEq, DomainEvent)]
/// struct Dimmed(u8);
///
/// fn dim(percent: u8) -> Result<Dimmed, String> {
///     if percent > 100 { Err("past 100 %".into()) } else { Ok(Dimmed(percent)) }
/// }
///
/// assert_eq!(dim(40).into_events(), Ok(vec![Dimmed(40)]));
/// assert_eq!(dim(101).into_events(), Err("past 100 %".to_owned()));
/// assert_eq!(Some(Dimmed(1)).into_events(), Ok(vec![Dimmed(1)]));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer of a command over the events `{E}`",
    label = "expected `{E}`, `Option<{E}>`, `Vec<{E}>`, `[{E}; N]`, `()`, or a `Result` of one of them",
    note = "a decision answers with the events of the aggregate; it does not change the state itself"
)]
pub trait Decision<E> {
    /// The refusal of the command; [`Infallible`] if it never refuses.
    type Rejection;

    /// The events of the decision, in order.
    ///
    /// # Errors
    /// The refusal of the command.
    fn into_events(self) -> Result<Vec<E>, Self::Rejection>;
}

impl<E: DomainEvent> Decision<E> for E {
    type Rejection = Infallible;

    fn into_events(self) -> Result<Vec<E>, Infallible> {
        Ok(vec![self])
    }
}

impl<E: DomainEvent> Decision<E> for Option<E> {
    type Rejection = Infallible;

    fn into_events(self) -> Result<Vec<E>, Infallible> {
        Ok(self.into_iter().collect())
    }
}

impl<E: DomainEvent> Decision<E> for Vec<E> {
    type Rejection = Infallible;

    fn into_events(self) -> Result<Self, Infallible> {
        Ok(self)
    }
}

impl<E: DomainEvent, const N: usize> Decision<E> for [E; N] {
    type Rejection = Infallible;

    fn into_events(self) -> Result<Vec<E>, Infallible> {
        Ok(self.into())
    }
}

impl<E: DomainEvent> Decision<E> for () {
    type Rejection = Infallible;

    fn into_events(self) -> Result<Vec<E>, Infallible> {
        Ok(Vec::new())
    }
}

impl<E: DomainEvent, D: Decision<E, Rejection = Infallible>, R> Decision<E> for Result<D, R> {
    type Rejection = R;

    fn into_events(self) -> Result<Vec<E>, R> {
        let Ok(events) = self?.into_events();
        Ok(events)
    }
}

/// A decision failed; the aggregate stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecideError<R> {
    /// The command was refused.
    #[error(transparent)]
    Rejected(R),
    /// The state cannot take an event that its own command returned: a bug of the aggregate. For
    /// example, a command dims a lamp to 0 %, and `apply` refuses 0 %.
    #[error("the state of `{stream}` cannot take an event that its own command returned")]
    Inapplicable {
        /// The stream of the aggregate.
        stream: StreamId,
        /// The reason that the aggregate gave.
        source: Inapplicable,
    },
}
