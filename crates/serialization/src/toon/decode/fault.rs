//! Owns an error on its way out: it takes its place from the innermost value that knows one.

use std::fmt;

use serde::de;

use crate::toon::DecodeErrorKind;

/// What is wrong, and how many bytes into the document, once known.
///
/// Lines and columns are counted only when the error leaves the module: reading keeps no books of
/// them.
#[derive(Debug)]
pub(super) struct Fault(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: DecodeErrorKind,
    place: Option<usize>,
}

impl Fault {
    #[cold]
    pub(super) fn new(kind: DecodeErrorKind, place: usize) -> Self {
        Self(Box::new(Parts {
            kind,
            place: Some(place),
        }))
    }

    /// The same fault, which arose at `place` unless a value within has said where.
    #[cold]
    #[inline(never)]
    fn at(mut self, place: Option<usize>) -> Self {
        self.0.place = self.0.place.or(place);
        self
    }

    pub(super) fn into_parts(self) -> (DecodeErrorKind, Option<usize>) {
        let Parts { kind, place } = *self.0;
        (kind, place)
    }

    /// A visitor has broken the contract of serde's maps.
    #[cold]
    pub(super) fn value_before_key() -> Self {
        <Self as de::Error>::custom("a value was asked for before its key")
    }

    #[cold]
    pub(super) fn unplaced(kind: DecodeErrorKind) -> Self {
        Self(Box::new(Parts { kind, place: None }))
    }
}

/// What was read at `place`, if that is known, which a fault takes unless it has one.
///
/// For functions that are inlined where the result is looked at: elsewhere the value, which may be
/// large, would be copied for the sake of the look.
#[inline(always)]
pub(super) fn placed<T>(
    result: Result<T, Fault>,
    place: impl Into<Option<usize>>,
) -> Result<T, Fault> {
    match result {
        Ok(value) => Ok(value),
        Err(fault) => Err(fault.at(place.into())),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.kind.fmt(out)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::unplaced(DecodeErrorKind::Custom(boxed(message)))
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::unplaced(DecodeErrorKind::InvalidType {
            found: boxed(found),
            expected: boxed(expected),
        })
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::unplaced(DecodeErrorKind::InvalidValue {
            found: boxed(found),
            expected: boxed(expected),
        })
    }

    fn invalid_length(found: usize, expected: &dyn de::Expected) -> Self {
        Self::unplaced(DecodeErrorKind::InvalidLength {
            found,
            expected: boxed(expected),
        })
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::unplaced(DecodeErrorKind::UnknownVariant {
            variant: variant.into(),
            expected: one_of(expected),
        })
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::unplaced(DecodeErrorKind::UnknownField {
            field: field.into(),
            expected: one_of(expected),
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::unplaced(DecodeErrorKind::MissingField { field })
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::unplaced(DecodeErrorKind::DuplicateField { field })
    }
}

fn boxed(value: impl fmt::Display) -> Box<str> {
    value.to_string().into_boxed_str()
}

fn one_of(names: &[&str]) -> Box<str> {
    match names {
        [] => "none".into(),
        [name] => format!("`{name}`").into(),
        [first, others @ ..] => {
            let mut list = format!("one of `{first}`");
            for name in others {
                list.push_str(", `");
                list.push_str(name);
                list.push('`');
            }
            list.into()
        }
    }
}
