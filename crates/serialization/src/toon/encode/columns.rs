//! Owns the columns of a table while its rows are written.

use super::key_hash::KeyHash;

/// The keys of a table in the order of its header, depth first: a group of nested columns stands
/// before its columns (specification, section 9.3).
pub(super) struct Columns {
    hash: KeyHash,
    length: usize,
    /// Whether rows are compared with the header. The row that gave it its keys is not: a header of
    /// very many columns over a single row should not be held twice.
    has_keys: bool,
    /// Those of the keys, each with that of the group it is in.
    fingerprints: Vec<u64>,
    /// The keys of the first columns, as far as they can be told by their addresses.
    static_keys: Vec<&'static str>,
    groups: Vec<Group>,
}

/// A column that has columns.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub(super) at: usize,
    /// The column after its last.
    pub(super) end: usize,
}

impl Columns {
    /// With room for the columns of the widest table.
    pub(super) fn new(widest: usize) -> Self {
        Self {
            hash: KeyHash::new(),
            length: 0,
            has_keys: true,
            fingerprints: Vec::with_capacity(widest),
            static_keys: Vec::new(),
            groups: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self, has_keys: bool) {
        self.length = 0;
        self.has_keys = has_keys;
        self.fingerprints.clear();
        self.static_keys.clear();
        self.groups.clear();
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn have_keys(&self) -> bool {
        self.has_keys
    }

    pub(super) fn fingerprints(&self) -> &[u64] {
        &self.fingerprints
    }

    /// The fingerprint of a key in the group, or the row, that has this first column.
    #[inline]
    pub(super) fn fingerprint(&self, first: usize, key: &str) -> u64 {
        self.hash.key(key) ^ (first as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    /// The groups, in the order of their columns.
    #[inline]
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Whether a column has columns.
    #[inline]
    pub(super) fn is_group(&self, at: usize) -> bool {
        self.groups
            .binary_search_by_key(&at, |group| group.at)
            .is_ok()
    }

    /// A column of the group, or the row, that has this first column.
    pub(super) fn push(&mut self, first: usize, key: &str) {
        self.length += 1;
        if self.has_keys {
            if self.fingerprints.len() == self.fingerprints.capacity() {
                // By a quarter instead of twice: a header may be nearly all of a document.
                self.fingerprints
                    .reserve_exact(self.fingerprints.len() / 4 + 16);
            }
            self.fingerprints.push(self.fingerprint(first, key));
        }
    }

    pub(super) fn push_static(&mut self, first: usize, key: &'static str) {
        if self.has_keys && self.static_keys.len() == self.len() {
            self.static_keys.push(key);
        }
        self.push(first, key);
    }

    /// Makes the last column a group, which [`Columns::close_group`] takes.
    pub(super) fn open_group(&mut self) -> usize {
        self.groups.push(Group {
            at: self.len() - 1,
            end: self.len(),
        });
        self.groups.len() - 1
    }

    pub(super) fn close_group(&mut self, group: usize) {
        self.groups[group].end = self.len();
    }

    /// Whether a column of the group, or the row, that has this first column has this key.
    #[inline]
    pub(super) fn is(&self, first: usize, at: usize, key: &str) -> bool {
        !self.has_keys || self.fingerprints.get(at) == Some(&self.fingerprint(first, key))
    }

    /// Whether a column has this key; without a look at its letters if it is the very same.
    #[inline]
    pub(super) fn is_static(&self, first: usize, at: usize, key: &'static str) -> bool {
        self.static_keys
            .get(at)
            .is_some_and(|name| std::ptr::eq(*name, key))
            || self.is(first, at, key)
    }
}
