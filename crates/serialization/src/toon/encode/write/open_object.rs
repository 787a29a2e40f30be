//! An open object in the second pass.

use super::remaining::take_one;
use crate::toon::encode::fault::Fault;

/// An open object in one word, which fits in a register. The lowest two bits are its kind. The
/// other bits are the level of its fields, or the number of entries to come for a keyed table.
pub(super) struct OpenObject(usize);

impl OpenObject {
    const KIND: usize = 0b11;
    pub(super) const PLAIN: usize = 0;
    /// An item of a list: its first field follows the hyphen.
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

    /// The level of the fields, or the number of entries to come.
    #[inline]
    pub(super) fn number(&self) -> usize {
        self.0 >> 2
    }

    #[inline]
    pub(super) fn is_keyed(&self) -> bool {
        self.kind() == Self::KEYED
    }

    /// Whether the next field follows a hyphen. The fields after it do not.
    #[inline]
    pub(super) fn take_hyphen(&mut self) -> bool {
        let is_on_hyphen = self.kind() == Self::ON_HYPHEN;
        self.0 &= !Self::ON_HYPHEN;
        is_on_hyphen
    }

    /// Counts one entry of a keyed table.
    #[inline]
    pub(super) fn take_entry(&mut self) -> Result<(), Fault> {
        let mut remaining = self.number();
        take_one(&mut remaining)?;
        *self = Self::new(Self::KEYED, remaining);
        Ok(())
    }
}
