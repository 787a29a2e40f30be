//! Owns where the second pass is asked to write a value.

/// Where a value stands, and what of its line is there already; [`Location::kind`] tells it. It is one
/// word, which registers hold also where an error may stand in its stead.
#[derive(Clone, Copy)]
pub(super) struct Location(usize);

pub(super) enum LocationKind {
    /// Nothing is there.
    Root,
    /// The key of a field, on a line of this level.
    Field(usize),
    /// The hyphen of an item, on a line of this level.
    Item(usize),
    /// All up to the value: it is one of an inline array.
    Cell,
    /// Nothing yet: it is the row of a keyed table, which only [`Pass::value`] can write.
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
