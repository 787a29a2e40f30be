//! Owns what is remembered of the keys of structs, which have addresses to be told by.

/// A small table from such keys to something that is worked out from their letters.
pub(super) struct StaticKeys<T> {
    slots: [(&'static str, T); SLOTS],
}

/// A power of two.
const SLOTS: usize = 64;

impl<T: Copy> StaticKeys<T> {
    /// A table in which the empty key has this value, and no other has one yet.
    pub(super) fn new(of_empty: T) -> Self {
        Self {
            slots: [("", of_empty); SLOTS],
        }
    }

    /// What was worked out for a key, or is now.
    #[inline]
    pub(super) fn get_or(&mut self, key: &'static str, work_out: impl FnOnce(&str) -> T) -> T {
        // Neighbouring addresses, as those of the fields of one struct, fall far apart.
        let hash = (key.as_ptr().addr() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let slot = &mut self.slots[(hash >> 58) as usize % SLOTS];
        if !std::ptr::eq(slot.0, key) {
            *slot = (key, work_out(key));
        }
        slot.1
    }
}
