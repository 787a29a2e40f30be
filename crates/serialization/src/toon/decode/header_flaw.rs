//! Owns the ways in which a header is none.

use thiserror::Error;

/// Why a line that looks like a header (section 6) is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum HeaderFlaw {
    /// The brackets hold no length, or something else than `N`, `N:` and the delimiter.
    #[error(
        "expected a length without leading zeros, then `:` for a keyed table, then `|` or a tab, then `]`"
    )]
    Brackets,
    /// A space or a tab between the key and the bracket.
    #[error("whitespace between the key and the bracket")]
    SpaceBeforeBracket,
    /// Something else than a colon after the brackets or braces.
    #[error("expected a colon after the brackets and braces")]
    NoColon,
    /// A keyed header, `[N:]`, without fields.
    #[error("a keyed header without fields")]
    KeyedWithoutFields,
    /// No name between two delimiters or braces.
    #[error("a field without a name")]
    EmptyField,
    /// A space or a tab between a field's name and its group.
    #[error("whitespace between a field and its group")]
    SpaceBeforeGroup,
    /// Something between the end of a name or a group and the next delimiter.
    #[error("expected a delimiter or a closing brace")]
    AfterField,
    /// A brace that is never closed.
    #[error("a brace that is not closed")]
    OpenBrace,
    /// Fields separated by another delimiter than the brackets declare.
    #[error("fields separated by another delimiter than the brackets declare")]
    OtherDelimiter,
    /// Values on the line of a header that has fields.
    #[error("values on the line of a header with fields")]
    InlineValues,
    /// A header without a key that is neither the root nor a list item, or one with fields that is
    /// not the root.
    #[error("a header without a key where one is needed")]
    NoKey,
}
