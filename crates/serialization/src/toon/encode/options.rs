//! The options of the encoder.

use crate::toon::{Delimiter, Indent, MaxDepth};

/// The layout of a document; the defaults are those of the specification.
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
    /// The defaults: comma, two spaces per level, at most 128 levels.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the delimiter of all arrays. A string with the delimiter is quoted, also outside
    /// arrays.
    #[must_use]
    pub fn with_delimiter(mut self, delimiter: Delimiter) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Sets the number of spaces per level.
    #[must_use]
    pub fn with_indent(mut self, indent: Indent) -> Self {
        self.indent = indent;
        self
    }

    /// Sets the limit of nesting. A deeper value is
    /// [`EncodeError::TooDeep`](crate::toon::EncodeError::TooDeep).
    #[must_use]
    pub fn with_max_depth(mut self, max_depth: MaxDepth) -> Self {
        self.max_depth = max_depth;
        self
    }
}
