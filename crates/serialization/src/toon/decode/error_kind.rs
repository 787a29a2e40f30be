//! The kinds of errors of the decoder.

use std::io;

use thiserror::Error;

use crate::toon::HeaderFlaw;

/// An error in a document, or a value that does not fit the type.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The reader failed. The line and column are the end of the text that it gave.
    #[error("the document could not be read")]
    Read(#[source] io::Error),
    /// Bytes that are not UTF-8 (section 4).
    #[error("bytes that are not UTF-8")]
    InvalidUtf8,

    /// A tab before the content of a line: only spaces indent (section 12).
    #[error("a tab in the indentation")]
    TabInIndentation,
    /// Spaces before the content of a line that are not a whole number of levels, for example 3
    /// where a level has 2 (section 12).
    #[error("{spaces} spaces of indentation are not a multiple of {indent}")]
    PartialIndentation {
        /// The spaces before the content.
        spaces: usize,
        /// The spaces per level.
        indent: usize,
    },
    /// A line deeper than the block that it belongs to (section 8).
    #[error("a line at level {found}, where level {expected} is the deepest possible")]
    TooFarIndented {
        /// The level of the block's lines.
        expected: usize,
        /// The level of the line.
        found: usize,
    },
    /// A blank line between the items or rows of an array or of a keyed table (section 12).
    #[error("a blank line inside an array or a keyed table")]
    BlankLine,
    /// Arrays and objects nested deeper than the options allow.
    #[error("nested deeper than {max} levels")]
    TooDeep {
        /// The number of levels allowed.
        max: usize,
    },

    /// A line without a colon outside quotes, where a field is expected (sections 5.2 and 14.2).
    #[error("expected a colon after a key")]
    MissingColon,
    /// A line of a list that does not begin with a hyphen (section 9.4).
    #[error("expected a list item, which begins with `- `")]
    ExpectedItem,
    /// A field where a row of a table is expected: the line has a colon before its first delimiter
    /// (section 9.3).
    #[error("expected a row of the table, found a field")]
    ExpectedRow,
    /// A line has a bracket before its first colon, and its header is malformed (section 6).
    #[error("malformed header: {0}")]
    InvalidHeader(HeaderFlaw),
    /// A line after a root array, a root keyed table or a root primitive value (section 5).
    #[error("content after the end of the document's value")]
    TrailingContent,

    /// A string without its closing quote (section 7.1).
    #[error("a string without its closing quote")]
    UnterminatedString,
    /// A backslash that begins no escape of section 7.1.
    #[error("invalid escape, expected \\\\, \\\", \\n, \\r, \\t or \\uXXXX of a scalar value")]
    InvalidEscape,
    /// Text between a closing quote and the next delimiter or the end of the line (section 7.4).
    #[error("content after a closing quote")]
    AfterString,
    /// A number that does not fit the type, or `f64` if the type takes any value.
    #[error("the number {number} is out of range")]
    NumberOutOfRange {
        /// The number as the document has it.
        number: Box<str>,
    },

    /// A header declares another number of elements than the block has (section 14.1).
    #[error("the header declares {declared}, found {found}{}", at_least(*declared, *found))]
    LengthMismatch {
        /// The length in the header.
        declared: u64,
        /// The number of elements. The decoder stops at the first one too many: for 2 declared and
        /// 5 present this is 3.
        found: u64,
    },
    /// A header declares a length past 64 bits, and the block has fewer elements (section 14.1).
    #[error("the header declares {declared}, found {found}")]
    LengthPastRange {
        /// The length as the document has it.
        declared: Box<str>,
        /// The number of elements.
        found: u64,
    },
    /// A row has fewer or more cells than the header has fields (section 14.1).
    #[error("a row of {found} cells under {expected} fields")]
    WidthMismatch {
        /// The number of fields that hold a value.
        expected: usize,
        /// The number of cells in the row.
        found: usize,
    },
    /// An object has the same key twice (section 14.3).
    #[error("an object has the key {key:?} twice")]
    DuplicateKey {
        /// The key, without quotes or escapes.
        key: Box<str>,
    },

    /// The document has a value of another type.
    #[error("expected {expected}, found {found}")]
    InvalidType {
        /// The value in the document.
        found: Box<str>,
        /// The values that the type takes.
        expected: Box<str>,
    },
    /// The value has the right type and is outside the allowed values, for example 300 for `u8`.
    #[error("expected {expected}, found {found}")]
    InvalidValue {
        /// The value in the document.
        found: Box<str>,
        /// The values that the type takes.
        expected: Box<str>,
    },
    /// An array or an object has too few elements for the type, or too many.
    #[error("expected {expected}, found {found} elements")]
    InvalidLength {
        /// The number of elements.
        found: usize,
        /// The length that the type takes.
        expected: Box<str>,
    },
    /// The type read some elements of an array or an object and left the rest.
    #[error("more elements than the type takes")]
    ElementsLeft,
    /// An enum has no variant of that name.
    #[error("unknown variant {variant:?}, expected {expected}")]
    UnknownVariant {
        /// The name in the document.
        variant: Box<str>,
        /// The names of the enum's variants.
        expected: Box<str>,
    },
    /// A struct that denies unknown fields has no field of that name.
    #[error("unknown field {field:?}, expected {expected}")]
    UnknownField {
        /// The name in the document.
        field: Box<str>,
        /// The names of the struct's fields.
        expected: Box<str>,
    },
    /// The document has no value for a field without a default.
    #[error("missing field {field:?}")]
    MissingField {
        /// The name of the field.
        field: &'static str,
    },
    /// Two keys of an object stand for the same field of a struct, for example a name and its
    /// alias.
    #[error("the field {field:?} is given twice")]
    DuplicateField {
        /// The name of the field.
        field: &'static str,
    },
    /// An error of the type's own `Deserialize` implementation.
    #[error("{0}")]
    Custom(Box<str>),
}

fn at_least(declared: u64, found: u64) -> &'static str {
    if found > declared { " or more" } else { "" }
}
