//! A small cache by the keys of structs, which the encoder compares by their addresses.

/// A cache from a key of a struct and a tag to a value. The tag is any number, for example a level.
///
/// It has 64 sets of two slots. A new value goes to the first slot of its set; the old value there
/// moves to the second slot, and the one in the second slot is lost.
pub(super) struct StaticKeyCache<T> {
    sets: [[Slot<T>; 2]; SETS],
}

#[derive(Clone, Copy)]
struct Slot<T> {
    key: &'static str,
    tag: usize,
    value: Option<T>,
}

/// The number of bits of a set's index.
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

    /// The value of a key and tag, if it is still in the cache.
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

    /// Stores the value of a key and tag.
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
    // The multiplication spreads neighbouring addresses, such as those of one struct's fields.
    let address = (key.as_ptr().addr() as u64).wrapping_add((tag as u64) << 32);
    (address.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - SET_BITS)) as usize % SETS
}
