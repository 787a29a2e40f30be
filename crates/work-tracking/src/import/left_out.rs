//! Links that have no place here.

use work_item::Alias;

/// A link that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOutLink {
    /// The item with the link.
    pub from: Alias,
    /// The other item.
    pub to: Alias,
    /// Why there is no such link.
    pub reason: &'static str,
}

/// The other item is neither in the import nor in the store.
pub(super) const UNKNOWN: &str = "there is no such item";
/// The kinds do not match; the items are related instead.
pub(super) const NO_CHILDREN: &str = "it cannot contain items here, so they are only related";
/// A closed item takes no child.
pub(super) const CLOSED_PARENT: &str = "it is closed here, so they are only related";
/// An item keeps its place.
pub(super) const NO_PARENT: &str = "the item is here already, so they are only related";
/// Items would wait for each other.
pub(super) const CIRCLE: &str = "they would wait for each other";
/// A closed item takes no dependency.
pub(super) const CLOSED: &str = "the item with the link is closed here";
