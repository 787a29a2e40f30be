//! Owns how a document is laid out.

use crate::toon::{Delimiter, Indent, MaxDepth};

/// How a document is laid out; the default is what the specification has as its default.
///
/// ```
/// use serialization::toon::{self, Delimiter, EncodeOptions};
///
/// let options = EncodeOptions::new().with_delimiter(Delimiter::Pipe);
/// assert_eq!(toon::to_string_with(&["a", "b,c"], options)?, "[2|]: a|b,c");
/// # Ok::<(), toon::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EncodeOptions {
    pub(crate) delimiter: Delimiter,
    pub(crate) indent: Indent,
    pub(crate) max_depth: MaxDepth,
}

impl EncodeOptions {
    /// Comma, two spaces, at most 128 levels.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With another delimiter, for all arrays of the document and for what is quoted outside them.
    #[must_use]
    pub fn with_delimiter(mut self, delimiter: Delimiter) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// With wider or narrower levels.
    #[must_use]
    pub fn with_indent(mut self, indent: Indent) -> Self {
        self.indent = indent;
        self
    }

    /// With another bound of the depth; what lies deeper is
    /// [`EncodeError::TooDeep`](crate::toon::EncodeError::TooDeep).
    #[must_use]
    pub fn with_max_depth(mut self, max_depth: MaxDepth) -> Self {
        self.max_depth = max_depth;
        self
    }
}
