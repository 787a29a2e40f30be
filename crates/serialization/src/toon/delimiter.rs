//! Owns what may stand between the cells of a row.

/// What separates the values of an inline array, the fields of a header and the cells of a row
/// (specification, section 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Delimiter {
    /// `,`; a header does not name it.
    #[default]
    Comma,
    /// A horizontal tab, U+0009.
    Tab,
    /// `|`.
    Pipe,
}

impl Delimiter {
    /// The character, as the one byte that it is.
    #[must_use]
    pub const fn as_byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}
