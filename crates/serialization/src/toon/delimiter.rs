//! The delimiters of TOON.

/// The separator between the values of an inline array, the fields of a header and the cells of a
/// row (specification, section 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Delimiter {
    /// `,`, the default: a header such as `[2]:` does not name it.
    #[default]
    Comma,
    /// A horizontal tab, U+0009. The header names it after the length.
    Tab,
    /// `|`, named by the header: `[2|]: a|b`.
    Pipe,
}

impl Delimiter {
    /// The delimiter as a byte, for example `b','`.
    #[must_use]
    pub const fn as_byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}
