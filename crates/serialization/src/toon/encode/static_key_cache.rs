//! Owns what is remembered of the keys of structs, which have addresses to be told by.

/// A small table from such keys, and a number beside each, to something about them. It forgets what
/// has not been asked for lately.
pub(super) struct StaticKeyCache<T> {
    sets: [[Slot<T>; 2]; SETS],
}

#[derive(Clone, Copy)]
struct Slot<T> {
    key: &'static str,
    tag: usize,
    value: Option<T>,
}

/// How many bits of a number name a set.
const SET_BITS: u32 = 6;
const SETS: usize = 1 << SET_BITS;

impl<T: Copy> StaticKeyCache<T> {
    pub(super) fn new() -> Self {
        let nothing = Slot {
            key: "",
            tag: 0,
            value: None,
        };
        Self {
            sets: [[nothing; 2]; SETS],
        }
    }

    /// What is remembered of a key.
    #[inline]
    pub(super) fn get(&mut self, key: &'static str, tag: usize) -> Option<&mut T> {
        let [first, second] = &mut self.sets[set_of(key, tag)];
        if first.is_of(key, tag) {
            first.value.as_mut()
        } else if second.is_of(key, tag) {
            second.value.as_mut()
        } else {
            None
        }
    }

    /// Remembers something of a key.
    pub(super) fn put(&mut self, key: &'static str, tag: usize, value: T) {
        let [first, second] = &mut self.sets[set_of(key, tag)];
        if !first.is_of(key, tag) {
            *second = *first;
        }
        *first = Slot {
            key,
            tag,
            value: Some(value),
        };
    }
}

impl<T> Slot<T> {
    #[inline]
    fn is_of(&self, key: &'static str, tag: usize) -> bool {
        std::ptr::eq(self.key, key) && self.tag == tag
    }
}

#[inline]
fn set_of(key: &'static str, tag: usize) -> usize {
    // Neighbouring addresses, as those of the fields of one struct, fall far apart.
    let address = (key.as_ptr().addr() as u64).wrapping_add((tag as u64) << 32);
    (address.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - SET_BITS)) as usize % SETS
}
