//! The error of the decoder: its kind, line and column.

use std::error::Error;
use std::fmt;

use crate::toon::{DecodeErrorKind, decode::fault::Fault};

/// The reason why the decoder refused a document, with its line and column.
///
/// Lines and columns count from 1. A line ends at a line feed. A column is a character (a Unicode
/// scalar value); a byte-order mark at the start of the document does not count.
///
/// ```
/// use serialization::toon::{self, DecodeErrorKind};
///
/// let error = toon::from_str::<Vec<u8>>("[3]: 1,2").unwrap_err();
/// assert!(matches!(
///     error.kind(),
///     DecodeErrorKind::LengthMismatch { declared: 3, found: 2 },
/// ));
/// assert_eq!((error.line(), error.column()), (1, 1));
/// ```
pub struct DecodeError(Box<Located>);

struct Located {
    kind: DecodeErrorKind,
    line: usize,
    column: usize,
}

impl DecodeError {
    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.0.kind
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// The column: the character in the line, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.0.column
    }

    /// Turns the offset of a fault, in bytes into `text`, into a line and a column.
    #[cold]
    pub(super) fn locate(fault: Fault, text: &str) -> Self {
        let (kind, offset) = fault.into_parts();
        let (before, rest) = text
            .split_at_checked(offset.unwrap_or(0))
            .unwrap_or((text, ""));
        Self::after(with_written_length(kind, rest), before)
    }

    /// An error right after the text `before`.
    #[cold]
    pub(super) fn after(kind: DecodeErrorKind, before: &str) -> Self {
        let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
        Self(Box::new(Located {
            kind,
            line: 1 + before.bytes().filter(|&byte| byte == b'\n').count(),
            column: 1 + before[line_start..].chars().count(),
        }))
    }
}

/// The error with the length as the document has it, if the length is past 64 bits. A header that
/// declares too many elements begins at the error, with its bracket: `[18446744073709551616]: 1`.
fn with_written_length(kind: DecodeErrorKind, header: &str) -> DecodeErrorKind {
    let DecodeErrorKind::LengthMismatch {
        declared: u64::MAX,
        found,
    } = kind
    else {
        return kind;
    };
    let digits = header.trim_start_matches('[');
    let end = digits.find(|c: char| !c.is_ascii_digit());
    match &digits[..end.unwrap_or(digits.len())] {
        written if written.parse::<u64>().is_ok() => kind,
        written => DecodeErrorKind::LengthPastRange {
            declared: written.into(),
            found,
        },
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Located { kind, line, column } = &*self.0;
        write!(out, "{kind} at line {line} column {column}")
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("DecodeError")
            .field("kind", self.kind())
            .field("line", &self.line())
            .field("column", &self.column())
            .finish()
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.kind.source()
    }
}
