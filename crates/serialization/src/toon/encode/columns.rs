//! The columns of a table while the encoder writes its rows.

use super::key_hash::KeyHash;

/// The keys of a table in the order of its header, depth first: a group comes before its columns
/// (specification, section 9.3). `{id,address{city}}` has the columns id 0, address 1 and city 2.
pub(super) struct Columns {
    hash: KeyHash,
    length: usize,
    /// Whether the keys are kept to compare rows with them. A table of one row does not keep them:
    /// its row gave the header, and a header of very many columns would be in memory twice.
    has_keys: bool,
    /// The fingerprint of each column: its key and the first column of its group.
    fingerprints: Vec<u64>,
    /// The keys of the first columns, up to the first one that is not `'static`.
    static_keys: Vec<&'static str>,
    groups: Vec<Group>,
}

/// A column that has columns below it.
#[derive(Clone, Copy)]
pub(super) struct Group {
    /// The index of the group itself.
    pub(super) at: usize,
    /// The index after its last column.
    pub(super) end: usize,
}

impl Columns {
    /// Reserves memory for the columns of the widest table.
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

    /// The fingerprint of a key in the row or group that begins at the column `first`.
    #[inline]
    pub(super) fn fingerprint(&self, first: usize, key: &str) -> u64 {
        self.hash.key(key) ^ (first as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    /// The groups, in the order of their columns.
    #[inline]
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Whether a column is a group.
    #[inline]
    pub(super) fn is_group(&self, at: usize) -> bool {
        self.groups
            .binary_search_by_key(&at, |group| group.at)
            .is_ok()
    }

    /// Adds a column to the row or group that begins at the column `first`.
    pub(super) fn push(&mut self, first: usize, key: &str) {
        self.length += 1;
        if self.has_keys {
            if self.fingerprints.len() == self.fingerprints.capacity() {
                // Grow by a quarter instead of doubling: a header may be nearly the whole document.
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

    /// Makes the last column a group, and returns its index for [`Columns::close_group`].
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

    /// Whether the column `at` has this key, in the row or group that begins at the column `first`.
    #[inline]
    pub(super) fn is(&self, first: usize, at: usize, key: &str) -> bool {
        !self.has_keys || self.fingerprints.get(at) == Some(&self.fingerprint(first, key))
    }

    /// As [`Columns::is`]. A key with the same address is equal, so its bytes need no comparison.
    #[inline]
    pub(super) fn is_static(&self, first: usize, at: usize, key: &'static str) -> bool {
        self.static_keys
            .get(at)
            .is_some_and(|name| std::ptr::eq(*name, key))
            || self.is(first, at, key)
    }
}
