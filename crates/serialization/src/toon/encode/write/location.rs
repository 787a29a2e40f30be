//! The location of a value in the second pass.

/// The location of a value; [`Location::kind`] unpacks it. It is one word: a `Result` of it still
/// fits in registers.
#[derive(Clone, Copy)]
pub(super) struct Location(usize);

/// The kinds of locations, and the text that the writer has already written for them.
pub(super) enum LocationKind {
    /// The root: nothing is written yet.
    Root,
    /// After the key of a field, on a line of this level.
    Field(usize),
    /// After the hyphen of an item, on a line of this level.
    Item(usize),
    /// In an inline array: all text before the value is written.
    Cell,
    /// The row of a keyed table, which only [`Pass::value`] can write.
    ///
    /// [`Pass::value`]: crate::toon::encode::pass::Pass::value
    Entry,
}

const KIND_BITS: u32 = 3;
const FIELD: usize = 3;

impl Location {
    pub(super) const ROOT: Self = Self(0);
    pub(super) const CELL: Self = Self(1);
    pub(super) const ENTRY: Self = Self(2);

    #[inline]
    pub(super) fn field(level: usize) -> Self {
        Self(level << KIND_BITS | FIELD)
    }

    #[inline]
    pub(super) fn item(level: usize) -> Self {
        Self(level << KIND_BITS | (FIELD + 1))
    }

    #[inline]
    pub(super) fn kind(self) -> LocationKind {
        let level = self.0 >> KIND_BITS;
        match self.0 & ((1 << KIND_BITS) - 1) {
            0 => LocationKind::Root,
            1 => LocationKind::Cell,
            2 => LocationKind::Entry,
            FIELD => LocationKind::Field(level),
            _ => LocationKind::Item(level),
        }
    }
}
