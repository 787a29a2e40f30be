//! Numbers that a value gives as text, so that no digit is lost.
//!
//! With its feature `arbitrary_precision`, `serde_json` serializes each number as a struct of the
//! name [`NAME`] with one field, the text of the number. Types for decimals do the same.

use serde::Serialize;

use super::Pass;
use crate::toon::encode::fault::Fault;
use crate::toon::encode::key_text::with_key_text;
use crate::toon::encode::number_text;

/// The name of the struct as which `serde_json` serializes a number.
pub(super) const NAME: &str = "$serde_json::private::Number";

/// An open struct of that name.
pub(in crate::toon::encode) struct NumberStruct<'p, P: Pass> {
    pass: &'p mut P,
    location: P::Location,
    outcome: Option<P::Outcome>,
}

impl<'p, P: Pass> NumberStruct<'p, P> {
    #[cold]
    pub(super) fn new(pass: &'p mut P, location: P::Location) -> Self {
        Self {
            pass,
            location,
            outcome: None,
        }
    }

    /// Visits the number of the only field.
    pub(super) fn text<T: Serialize + ?Sized>(&mut self, text: &T) -> Result<(), Fault> {
        let (pass, location) = (&mut *self.pass, self.location);
        let outcome = with_key_text(text, |token| match number_text::canonical(token) {
            Some(text) => pass.number(location, &text),
            None => Err(serde::ser::Error::custom(format_args!(
                "{token:?} is not a number, or its exponent needs more than 64 bits"
            ))),
        })?;
        self.outcome = Some(outcome);
        Ok(())
    }

    pub(super) fn close(self) -> Result<P::Outcome, Fault> {
        self.outcome
            .ok_or_else(|| serde::ser::Error::custom("a number without its text"))
    }
}
