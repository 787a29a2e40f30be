//! The search for duplicate keys in objects (specification, section 14.3).

use std::collections::HashSet;

use crate::toon::encode::EncodeError;
use crate::toon::encode::fault::Fault;

/// Searches each object for duplicate keys.
///
/// The search compares fingerprints first. A hash of an object's sequence of fingerprints is kept
/// once the object is free of duplicates; objects with the same sequence, such as the rows of a
/// table, are not searched again. Two equal fingerprints are only a suspicion: the survey then
/// starts anew and compares the texts of the keys.
pub(super) struct UniqueKeys {
    /// The fingerprints of the keys of all open objects, those of the innermost object last.
    open: Vec<u64>,
    /// Hashes of sequences without duplicates, each at the index of its own top six bits.
    cleared: [u64; CLEARED],
    is_suspicious: bool,
    /// The keys of the open objects, when the survey compares texts.
    exact: Option<Vec<HashSet<String>>>,
}

const CLEARED: usize = 64;

/// Up to this many keys are compared pair by pair; more are sorted first.
const FEW: usize = 12;

/// The keys of one open object.
#[derive(Clone, Copy)]
pub(super) struct OpenKeys {
    /// The index of its first key in `UniqueKeys::open`.
    start: usize,
    /// The hash of the sequence of its fingerprints.
    sequence: u64,
}

impl UniqueKeys {
    pub(super) fn by_fingerprint() -> Self {
        Self {
            open: Vec::new(),
            cleared: [0; CLEARED],
            is_suspicious: false,
            exact: None,
        }
    }

    pub(super) fn by_text() -> Self {
        Self {
            exact: Some(Vec::new()),
            ..Self::by_fingerprint()
        }
    }

    /// Whether an object may have a duplicate key, and only a survey by text can decide that.
    pub(super) fn are_in_doubt(&self) -> bool {
        self.is_suspicious && self.exact.is_none()
    }

    #[inline]
    pub(super) fn open(&mut self) -> OpenKeys {
        if self.exact.is_some() {
            self.open_exact();
        }
        OpenKeys {
            start: self.open.len(),
            sequence: 0,
        }
    }

    #[inline]
    pub(super) fn key(
        &mut self,
        keys: &mut OpenKeys,
        key: &str,
        fingerprint: u64,
    ) -> Result<(), Fault> {
        if self.exact.is_some() {
            self.exact_key(key)?;
        }
        if self.open.len() == self.open.capacity() {
            self.grow();
        }
        self.open.push(fingerprint);
        keys.sequence =
            (keys.sequence.rotate_left(5) ^ fingerprint).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Ok(())
    }

    #[inline]
    pub(super) fn close(&mut self, keys: OpenKeys) {
        if self.cleared[(keys.sequence >> 58) as usize] != keys.sequence {
            self.search(keys);
        }
        self.open.truncate(keys.start);
        if self.exact.is_some() {
            self.close_exact();
        }
    }

    /// Searches the keys of an object for duplicates.
    #[cold]
    fn search(&mut self, keys: OpenKeys) {
        if has_duplicate(&mut self.open[keys.start..]) {
            self.is_suspicious = true;
        } else {
            self.cleared[(keys.sequence >> 58) as usize] = keys.sequence;
        }
    }

    #[cold]
    fn grow(&mut self) {
        // Grow by half instead of doubling: a map of very many keys must not need too much memory.
        self.open.reserve_exact(self.open.len() / 2 + 64);
    }

    #[cold]
    fn open_exact(&mut self) {
        if let Some(exact) = &mut self.exact {
            exact.push(HashSet::new());
        }
    }

    #[cold]
    fn exact_key(&mut self, key: &str) -> Result<(), Fault> {
        if let Some(seen) = self.exact.as_mut().and_then(|open| open.last_mut())
            && !seen.insert(key.to_owned())
        {
            return Err(Fault::from(EncodeError::DuplicateKey {
                key: key.to_owned(),
            }));
        }
        Ok(())
    }

    #[cold]
    fn close_exact(&mut self) {
        if let Some(exact) = &mut self.exact {
            exact.pop();
        }
    }
}

fn has_duplicate(fingerprints: &mut [u64]) -> bool {
    if fingerprints.len() <= FEW {
        return fingerprints
            .iter()
            .enumerate()
            .any(|(at, one)| fingerprints[..at].contains(one));
    }
    fingerprints.sort_unstable();
    fingerprints.windows(2).any(|pair| pair[0] == pair[1])
}
