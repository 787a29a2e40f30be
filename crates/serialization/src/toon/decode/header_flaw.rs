//! The flaws of malformed headers.

use thiserror::Error;

/// The reason why a header is malformed (section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum HeaderFlaw {
    /// The brackets hold anything else than `N` or `N:` and a delimiter, for example `[02]` or
    /// `[x]`.
    #[error(
        "expected a length without leading zeros, then `:` for a keyed table, then `|` or a tab, then `]`"
    )]
    Brackets,
    /// A space or a tab between the key and the bracket: `tags [2]: a,b`.
    #[error("whitespace between the key and the bracket")]
    SpaceBeforeBracket,
    /// Other text than a colon after the brackets or braces: `tags[2]x: a,b`.
    #[error("expected a colon after the brackets and braces")]
    NoColon,
    /// A keyed header without fields: `[2:]:`.
    #[error("a keyed header without fields")]
    KeyedWithoutFields,
    /// No name between two delimiters or braces: `{id,,name}`.
    #[error("a field without a name")]
    EmptyField,
    /// A space between a field's name and its group: `{address {city}}`.
    #[error("whitespace between a field and its group")]
    SpaceBeforeGroup,
    /// Text between the end of a name or a group and the next delimiter: `{"id"x,name}`.
    #[error("expected a delimiter or a closing brace")]
    AfterField,
    /// A brace that is not closed on the line.
    #[error("a brace that is not closed")]
    OpenBrace,
    /// Fields separated by another delimiter than the brackets declare: `[2|]{id,name}`.
    #[error("fields separated by another delimiter than the brackets declare")]
    OtherDelimiter,
    /// Values on the line of a header with fields: `[1]{id}: 7`.
    #[error("values on the line of a header with fields")]
    InlineValues,
    /// A header without a key where one is needed. Only a root header and the header of a list item
    /// have no key, and a header with fields has none only at the root.
    #[error("a header without a key where one is needed")]
    NoKey,
}
