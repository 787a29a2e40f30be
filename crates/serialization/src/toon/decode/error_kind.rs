//! Owns the kinds of flaws that a document is refused for.

use std::io;

use thiserror::Error;

use crate::toon::HeaderFlaw;

/// What is wrong with a document, or with what it holds for the type that it is read as.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The reader failed; the place is the end of what it gave.
    #[error("the document could not be read")]
    Read(#[source] io::Error),
    /// Bytes that are no UTF-8 (section 4).
    #[error("bytes that are not UTF-8")]
    InvalidUtf8,

    /// A tab before a line's content, where only spaces indent (section 12).
    #[error("a tab in the indentation")]
    TabInIndentation,
    /// Spaces before a line's content that make no whole number of levels (section 12).
    #[error("{spaces} spaces of indentation, which is no multiple of {indent}")]
    PartialIndentation {
        /// The spaces found.
        spaces: usize,
        /// The spaces of a level.
        indent: usize,
    },
    /// A line that lies deeper than the block it would belong to (section 8).
    #[error("a line in level {found} where level {expected} is the deepest possible")]
    TooFarIndented {
        /// The level of the block.
        expected: usize,
        /// The level of the line.
        found: usize,
    },
    /// An empty line between the items of an array or the entries of a keyed table (section 12).
    #[error("a blank line inside an array or a keyed table")]
    BlankLine,
    /// Arrays and objects in one another past the limit of the options.
    #[error("nested deeper than {max} levels")]
    TooDeep {
        /// The deepest nesting allowed.
        max: usize,
    },

    /// A line without an unquoted colon where a field has to stand (sections 5.2 and 14.2).
    #[error("expected a colon after a key")]
    MissingColon,
    /// A line in a list that does not begin with a hyphen (section 9.4).
    #[error("expected a list item, which begins with `- `")]
    ExpectedItem,
    /// A line in a table that is a field, no row (section 9.3).
    #[error("expected a row of the table, found a field")]
    ExpectedRow,
    /// A bracket before the first colon of a line, but no header (section 6).
    #[error("malformed header: {0}")]
    InvalidHeader(HeaderFlaw),
    /// A line after a root array, a root keyed table or a root value (section 5).
    #[error("content after the end of the document's value")]
    TrailingContent,

    /// A string without its closing quote (section 7.1).
    #[error("a string without its closing quote")]
    UnterminatedString,
    /// A backslash that begins none of the escapes of section 7.1.
    #[error("an escape that is none of \\\\, \\\", \\n, \\r, \\t and \\uXXXX of a scalar value")]
    InvalidEscape,
    /// A quoted value followed by something else (section 7.4).
    #[error("content after a closing quote")]
    AfterString,
    /// A number that the type, or `f64` where the type takes any value, cannot hold.
    #[error("the number {number} is out of range")]
    NumberOutOfRange {
        /// The number as it is written.
        number: Box<str>,
    },

    /// A header declares another length than what follows has (section 14.1).
    #[error("the header declares {declared}, found {found}{}", at_least(*declared, *found))]
    LengthMismatch {
        /// The length in the header.
        declared: u64,
        /// How many there are; where they are more than declared, the first of them is the last
        /// that is counted.
        found: u64,
    },
    /// A row has fewer or more cells than the header has fields (section 14.1).
    #[error("a row of {found} cells under {expected} fields")]
    WidthMismatch {
        /// The fields that hold a value.
        expected: usize,
        /// The cells of the row.
        found: usize,
    },
    /// A key stands twice in one object (section 14.3).
    #[error("the key {key:?} stands twice in one object")]
    DuplicateKey {
        /// The key, without quotes or escapes.
        key: Box<str>,
    },

    /// The document holds a value of another type.
    #[error("expected {expected}, found {found}")]
    InvalidType {
        /// The value in the document.
        found: Box<str>,
        /// What the type takes.
        expected: Box<str>,
    },
    /// The type takes such values, but not this one.
    #[error("expected {expected}, found {found}")]
    InvalidValue {
        /// The value in the document.
        found: Box<str>,
        /// What the type takes.
        expected: Box<str>,
    },
    /// An array or an object has too few elements for the type, or too many.
    #[error("expected {expected}, found {found} elements")]
    InvalidLength {
        /// How many there are.
        found: usize,
        /// What the type takes.
        expected: Box<str>,
    },
    /// The type took some elements of an array or an object and left the others.
    #[error("more elements than the type takes")]
    ElementsLeft,
    /// An enum has no variant of that name.
    #[error("unknown variant {variant:?}, expected {expected}")]
    UnknownVariant {
        /// The name in the document.
        variant: Box<str>,
        /// The names that the enum has.
        expected: Box<str>,
    },
    /// A struct has no field of that name and takes no others.
    #[error("unknown field {field:?}, expected {expected}")]
    UnknownField {
        /// The name in the document.
        field: Box<str>,
        /// The names that the struct has.
        expected: Box<str>,
    },
    /// A field of a struct is absent and has no default.
    #[error("missing field {field:?}")]
    MissingField {
        /// The name of the field.
        field: &'static str,
    },
    /// A struct takes two keys of the document for one field.
    #[error("the field {field:?} is given twice")]
    DuplicateField {
        /// The name of the field.
        field: &'static str,
    },
    /// What the type itself said.
    #[error("{0}")]
    Custom(Box<str>),
}

fn at_least(declared: u64, found: u64) -> &'static str {
    if found > declared { " or more" } else { "" }
}
