//! Owns how wide a level of indentation is.

use thiserror::Error;

/// How many spaces stand before a line for each level that it lies in (specification, section 12,
/// `indentSize`): 1 to 64, and 2 unless said.
///
/// ```
/// use serialization::toon::Indent;
///
/// assert_eq!(Indent::default().spaces(), 2);
/// assert_eq!(Indent::new(4)?.spaces(), 4);
/// assert!(Indent::new(0).is_err());
/// # Ok::<(), serialization::toon::InvalidIndent>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Indent(u8);

/// A number of spaces that is no [`Indent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a level of indentation has 1 to {} spaces, not {spaces}", Indent::MAX.0)]
pub struct InvalidIndent {
    /// The number given.
    pub spaces: usize,
}

impl Indent {
    /// The widest.
    pub const MAX: Self = Self(64);

    /// A level of so many spaces.
    ///
    /// # Errors
    /// [`InvalidIndent`] for none and for more than [`Indent::MAX`].
    pub fn new(spaces: usize) -> Result<Self, InvalidIndent> {
        match u8::try_from(spaces) {
            Ok(narrow) if (1..=Self::MAX.0).contains(&narrow) => Ok(Self(narrow)),
            _ => Err(InvalidIndent { spaces }),
        }
    }

    /// How many spaces a level has.
    #[must_use]
    pub fn spaces(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Indent {
    fn default() -> Self {
        Self(2)
    }
}
