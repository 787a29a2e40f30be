//! The error of a document that cannot be read, with its line and column.

use std::borrow::Cow;
use std::fmt;

/// The error of a document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParseError {
    pub(crate) problem: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
}

impl ParseError {
    /// A problem directly after the text `before`.
    pub(super) fn after(before: &str, problem: impl Into<String>) -> Self {
        let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
        Self {
            problem: problem.into(),
            line: 1 + before.matches('\n').count(),
            column: 1 + before[line_start..].chars().count(),
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            problem,
            line,
            column,
        } = self;
        write!(f, "{} at line {line} column {column}", short(problem))
    }
}

/// The characters that are left of the beginning and of the end of a problem that quotes a long key
/// or number.
const BEGINNING: usize = 80;
const END: usize = 60;

fn short(problem: &str) -> Cow<'_, str> {
    let count = problem.chars().count();
    if count <= BEGINNING + END {
        return Cow::Borrowed(problem);
    }
    let beginning: String = problem.chars().take(BEGINNING).collect();
    let end: String = problem.chars().skip(count - END).collect();
    Cow::Owned(format!("{beginning}…{end}"))
}

/// The text of a document, without a byte order mark at its beginning.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, ParseError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let valid = std::str::from_utf8(valid).unwrap_or_default();
        ParseError::after(valid, "a byte that is not UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_utf8_is_reported_with_its_position() {
        let flaw = text("a\nü\u{1f980}".as_bytes()).map(|_| ());
        assert_eq!(flaw, Ok(()));
        let flaw = text(b"a\n\xc3\xbc\xff").unwrap_err();
        assert_eq!((flaw.line, flaw.column), (2, 2));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(text("\u{feff}a\u{feff}".as_bytes()), Ok("a\u{feff}"));
    }
}
