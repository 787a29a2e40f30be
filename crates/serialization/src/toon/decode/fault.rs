//! Owns an error on its way out: it takes its place from the innermost value that knows one.

use std::fmt;

use serde::de;

use crate::toon::{DecodeErrorKind, HeaderFlaw};

/// What is wrong, and how many bytes into the document, once known.
///
/// Lines and columns are counted only when the error leaves the module: reading keeps no books of
/// them.
#[derive(Debug)]
pub(super) struct Fault(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: DecodeErrorKind,
    offset: Option<usize>,
}

impl Fault {
    #[cold]
    pub(super) fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self(Box::new(Parts {
            kind,
            offset: Some(offset),
        }))
    }

    #[cold]
    pub(super) fn in_header(flaw: HeaderFlaw, offset: usize) -> Self {
        Self::new(DecodeErrorKind::InvalidHeader(flaw), offset)
    }

    /// The same fault, which arose at `place` unless a value within has said where.
    #[cold]
    #[inline(never)]
    fn at(mut self, offset: Option<usize>) -> Self {
        self.0.offset = self.0.offset.or(offset);
        self
    }

    pub(super) fn into_parts(self) -> (DecodeErrorKind, Option<usize>) {
        let Parts { kind, offset } = *self.0;
        (kind, offset)
    }

    /// A visitor has broken the contract of serde's maps.
    #[cold]
    pub(super) fn value_before_key() -> Self {
        <Self as de::Error>::custom("a value was asked for before its key")
    }

    #[cold]
    pub(super) fn without_offset(kind: DecodeErrorKind) -> Self {
        Self(Box::new(Parts { kind, offset: None }))
    }
}

/// What was read at `place`, if that is known, which a fault takes unless it has one.
///
/// For functions that are inlined where the result is looked at: elsewhere the value, which may be
/// large, would be copied for the sake of the look.
#[inline(always)]
pub(super) fn with_offset<T>(
    result: Result<T, Fault>,
    offset: impl Into<Option<usize>>,
) -> Result<T, Fault> {
    match result {
        Ok(value) => Ok(value),
        Err(fault) => Err(fault.at(offset.into())),
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
        Self::without_offset(DecodeErrorKind::Custom(boxed(message)))
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::without_offset(DecodeErrorKind::InvalidType {
            found: boxed(found),
            expected: boxed(expected),
        })
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::without_offset(DecodeErrorKind::InvalidValue {
            found: boxed(found),
            expected: boxed(expected),
        })
    }

    fn invalid_length(found: usize, expected: &dyn de::Expected) -> Self {
        Self::without_offset(DecodeErrorKind::InvalidLength {
            found,
            expected: boxed(expected),
        })
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::without_offset(DecodeErrorKind::UnknownVariant {
            variant: variant.into(),
            expected: one_of(expected),
        })
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::without_offset(DecodeErrorKind::UnknownField {
            field: field.into(),
            expected: one_of(expected),
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::without_offset(DecodeErrorKind::MissingField { field })
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::without_offset(DecodeErrorKind::DuplicateField { field })
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
