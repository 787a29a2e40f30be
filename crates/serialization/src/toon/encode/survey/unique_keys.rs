//! Owns the search for keys that an object has twice (specification, section 14.3).

use std::collections::HashSet;

use crate::toon::encode::EncodeError;
use crate::toon::encode::fault::Fault;

/// Looks out for a key that stands twice in one object.
///
/// Fingerprints first: those of the open objects lie on one stack, and an object whose sequence of
/// fingerprints was found free of doubles before is not searched again, as in rows after the
/// first. Two equal fingerprints only raise a suspicion, for which all is gone over once more with
/// the keys themselves.
pub(super) struct UniqueKeys {
    open: Vec<u64>,
    /// Sequences that have no doubles, each at the place that its own low bits name.
    cleared: [u64; CLEARED],
    is_suspicious: bool,
    /// The keys of the open objects, where they are compared themselves.
    exact: Option<Vec<HashSet<String>>>,
}

const CLEARED: usize = 64;

/// Up to this many keys are compared pair by pair.
const FEW: usize = 12;

/// An object that is open.
#[derive(Clone, Copy)]
pub(super) struct OpenKeys {
    start: usize,
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

    /// Whether some object seems to have a key twice, which only a survey by text can tell.
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

    /// Searches the keys of an object for doubles.
    #[cold]
    fn search(&mut self, keys: OpenKeys) {
        if has_double(&mut self.open[keys.start..]) {
            self.is_suspicious = true;
        } else {
            self.cleared[(keys.sequence >> 58) as usize] = keys.sequence;
        }
    }

    #[cold]
    fn grow(&mut self) {
        // By half instead of twice: a map of very many keys must not need too much memory.
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

fn has_double(fingerprints: &mut [u64]) -> bool {
    if fingerprints.len() <= FEW {
        return fingerprints
            .iter()
            .enumerate()
            .any(|(at, one)| fingerprints[..at].contains(one));
    }
    fingerprints.sort_unstable();
    fingerprints.windows(2).any(|pair| pair[0] == pair[1])
}
