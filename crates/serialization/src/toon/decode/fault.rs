//! An error inside the decoder: it has an offset instead of a line and a column.

use std::fmt;

use serde::de;

use crate::toon::{DecodeErrorKind, HeaderFlaw};

/// The kind of an error, and its offset in bytes into the document once that is known.
///
/// The decoder does not count lines and columns while it reads. `DecodeError::locate` derives them
/// from the offset at the end.
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

    /// A malformed header with its flaw at `offset`.
    #[cold]
    pub(super) fn in_header(flaw: HeaderFlaw, offset: usize) -> Self {
        Self::new(DecodeErrorKind::InvalidHeader(flaw), offset)
    }

    /// Sets the offset, unless an inner value has set one already.
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

    /// A visitor asked a map for a value before its key, against the contract of serde.
    #[cold]
    pub(super) fn value_before_key() -> Self {
        <Self as de::Error>::custom("the type asked for a value before its key")
    }

    #[cold]
    pub(super) fn without_offset(kind: DecodeErrorKind) -> Self {
        Self(Box::new(Parts { kind, offset: None }))
    }
}

/// Sets the offset of a fault that has none; a value stays as it is.
///
/// Only for callers that are inlined into the code that matches on the result. Elsewhere the match
/// would copy the value, which may be large.
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
