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
    fingerprints: Vec<u64>,
    /// The keys of the first columns, as far as they can be told by their addresses.
    statics: Vec<&'static str>,
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
    pub(super) fn new() -> Self {
        Self {
            hash: KeyHash::new(),
            length: 0,
            has_keys: true,
            fingerprints: Vec::new(),
            statics: Vec::new(),
            groups: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self, has_keys: bool) {
        self.length = 0;
        self.has_keys = has_keys;
        self.fingerprints.clear();
        self.statics.clear();
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

    /// What turns keys into the fingerprints of these columns.
    pub(super) fn hash(&self) -> KeyHash {
        self.hash
    }

    /// The groups, in the order of their columns.
    #[inline]
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub(super) fn push(&mut self, key: &str) {
        self.length += 1;
        if self.has_keys {
            if self.fingerprints.len() == self.fingerprints.capacity() {
                // By a quarter instead of twice: a header may be nearly all of a document.
                self.fingerprints
                    .reserve_exact(self.fingerprints.len() / 4 + 16);
            }
            self.fingerprints.push(self.hash.key(key));
        }
    }

    pub(super) fn push_static(&mut self, key: &'static str) {
        if self.has_keys && self.statics.len() == self.len() {
            self.statics.push(key);
        }
        self.push(key);
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

    /// Whether a column has this key.
    #[inline]
    pub(super) fn is(&self, at: usize, key: &str) -> bool {
        !self.has_keys || self.fingerprints.get(at) == Some(&self.hash.key(key))
    }

    /// Whether a column has this key; without a look at its letters if it is the very same.
    #[inline]
    pub(super) fn is_static(&self, at: usize, key: &'static str) -> bool {
        self.statics
            .get(at)
            .is_some_and(|name| std::ptr::eq(*name, key))
            || self.is(at, key)
    }
}
