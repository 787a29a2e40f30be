//! The width of one level of indentation.

use thiserror::Error;

/// The number of spaces per level of indentation: 1 to 64, by default 2 (specification, section 12,
/// `indentSize`).
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

/// A number of spaces outside the range of [`Indent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a level of indentation has 1 to {} spaces, not {spaces}", Indent::MAX.0)]
pub struct InvalidIndent {
    /// The requested number of spaces.
    pub spaces: usize,
}

impl Indent {
    /// The widest indentation: 64 spaces.
    pub const MAX: Self = Self(64);

    /// An indentation of `spaces` per level.
    ///
    /// # Errors
    /// [`InvalidIndent`] for 0 and for more than [`Indent::MAX`].
    pub fn new(spaces: usize) -> Result<Self, InvalidIndent> {
        match u8::try_from(spaces) {
            Ok(narrow) if (1..=Self::MAX.0).contains(&narrow) => Ok(Self(narrow)),
            _ => Err(InvalidIndent { spaces }),
        }
    }

    /// The number of spaces per level.
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
