//! Owns what the second pass knows of an object that is open.

use super::remaining::take_one;
use crate::toon::encode::fault::Fault;

/// An object that is open, in one word, which a register holds: the level of its fields, or how many
/// entries of a keyed table are missing, and in the lowest two bits which of them it is.
pub(super) struct OpenObject(usize);

impl OpenObject {
    const KIND: usize = 0b11;
    pub(super) const PLAIN: usize = 0;
    /// Its first field stands after the hyphen of an item.
    pub(super) const ON_HYPHEN: usize = 1;
    pub(super) const KEYED: usize = 2;

    #[inline]
    pub(super) fn new(kind: usize, number: usize) -> Self {
        Self(number << 2 | kind)
    }

    #[inline]
    pub(super) fn kind(&self) -> usize {
        self.0 & Self::KIND
    }

    /// The level, or how many entries are missing.
    #[inline]
    pub(super) fn number(&self) -> usize {
        self.0 >> 2
    }

    #[inline]
    pub(super) fn is_keyed(&self) -> bool {
        self.kind() == Self::KEYED
    }

    /// Whether the first field is still to come after a hyphen; no other is.
    #[inline]
    pub(super) fn take_hyphen(&mut self) -> bool {
        let is_on_hyphen = self.kind() == Self::ON_HYPHEN;
        self.0 &= !Self::ON_HYPHEN;
        is_on_hyphen
    }

    /// Counts one entry of those that are missing.
    #[inline]
    pub(super) fn take_entry(&mut self) -> Result<(), Fault> {
        let mut remaining = self.number();
        take_one(&mut remaining)?;
        *self = Self::new(Self::KEYED, remaining);
        Ok(())
    }
}
