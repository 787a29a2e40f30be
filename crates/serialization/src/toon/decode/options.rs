//! Owns how a document is read.

use crate::toon::{Indent, MaxDepth};

/// How a document is read: strictly, unless [`DecodeOptions::lenient`] says otherwise.
///
/// The delimiter is no option: every header declares its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecodeOptions {
    pub(crate) mode: Mode,
    pub(crate) indent: Indent,
    pub(crate) max_depth: MaxDepth,
}

/// Whether a document's flaws are errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    #[default]
    Strict,
    Lenient,
}

impl DecodeOptions {
    /// Every rule of the specification's section 14 is kept: a document that breaks one is refused.
    #[must_use]
    pub fn strict() -> Self {
        Self::default()
    }

    /// Recovers from the five flaws that the specification lets a non-strict decoder recover from,
    /// and from nothing else: a declared length that does not match; duplicate keys, of which the
    /// last wins; indentation by tabs, each a level, or by a number of spaces that is no multiple,
    /// rounded down; blank lines inside an array or a keyed table; a block whose first line lies
    /// too deep, which takes that depth.
    #[must_use]
    pub fn lenient() -> Self {
        Self {
            mode: Mode::Lenient,
            ..Self::default()
        }
    }

    /// For documents of wider or narrower levels.
    #[must_use]
    pub fn with_indent(mut self, indent: Indent) -> Self {
        self.indent = indent;
        self
    }

    /// With another bound of the depth; what lies deeper is
    /// [`DecodeErrorKind::TooDeep`](crate::toon::DecodeErrorKind::TooDeep).
    #[must_use]
    pub fn with_max_depth(mut self, max_depth: MaxDepth) -> Self {
        self.max_depth = max_depth;
        self
    }
}
