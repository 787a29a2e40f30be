//! The options of the decoder.

use crate::toon::{Indent, MaxDepth};

/// The options of the decoder; the default is strict.
///
/// The delimiter is not an option, because every header declares its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecodeOptions {
    pub(crate) mode: Mode,
    pub(crate) indent: Indent,
    pub(crate) max_depth: MaxDepth,
}

/// The treatment of flaws in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    #[default]
    Strict,
    Lenient,
}

impl DecodeOptions {
    /// Refuses a document that breaks a rule of the specification's section 14.
    #[must_use]
    pub fn strict() -> Self {
        Self::default()
    }

    /// Recovers from the five kinds of flaws that the specification allows a non-strict decoder to
    /// recover from:
    ///
    /// - A declared length differs from the number of elements. The decoder reads the elements
    ///   that are there.
    /// - An object has a key twice. The last value wins.
    /// - A line is indented with tabs, each of which counts as a level, or with a number of spaces
    ///   that is not a multiple of the indent. The decoder rounds down: 3 spaces with 2 per level
    ///   are one level.
    /// - Blank lines stand inside an array or a keyed table. The decoder skips them.
    /// - The first line of a block is too deep. The block takes that depth.
    #[must_use]
    pub fn lenient() -> Self {
        Self {
            mode: Mode::Lenient,
            ..Self::default()
        }
    }

    /// Reads documents with another number of spaces per level.
    #[must_use]
    pub fn with_indent(mut self, indent: Indent) -> Self {
        self.indent = indent;
        self
    }

    /// Sets the limit of nesting. A deeper value is
    /// [`DecodeErrorKind::TooDeep`](crate::toon::DecodeErrorKind::TooDeep).
    #[must_use]
    pub fn with_max_depth(mut self, max_depth: MaxDepth) -> Self {
        self.max_depth = max_depth;
        self
    }
}
