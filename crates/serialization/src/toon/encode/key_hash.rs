//! Fingerprints of keys, fields and objects, to compare sets of keys.

use std::hash::{BuildHasher, RandomState};

/// Hashes keys, and the shapes of their values, to 64 bits.
///
/// Each document has new random seeds, so an attacker cannot prepare keys that collide. An
/// accidental collision does no harm: the second pass compares each row with the header, and a
/// suspected duplicate key is compared by its text.
#[derive(Clone, Copy)]
pub(super) struct KeyHash {
    seeds: [u64; 3],
}

impl KeyHash {
    /// Stands for a primitive. No object has this fingerprint.
    pub(super) const NO_OBJECT: u64 = 0;
    /// Stands for a value that fits no table. No object has this fingerprint.
    pub(super) const NO_ROW: u64 = 1;

    pub(super) fn new() -> Self {
        let random = RandomState::new();
        Self {
            seeds: [0_u64, 1, 2].map(|n| random.hash_one(n)),
        }
    }

    /// The fingerprint of a key.
    #[inline]
    pub(super) fn key(&self, key: &str) -> u64 {
        let bytes = key.as_bytes();
        let [first, second, _] = self.seeds;
        // The multiplication spreads the length over all bits: no letter can cancel it out.
        let mut first =
            first.wrapping_add((bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (low, high) = match bytes {
            [] => (0, 0),
            [a] => (u64::from(*a), 0),
            [a, .., z] if bytes.len() < 4 => {
                (u64::from(*a) | u64::from(bytes[1]) << 8, u64::from(*z))
            }
            _ if bytes.len() < 8 => (
                u64::from(four(bytes, 0)),
                u64::from(four(bytes, bytes.len() - 4)),
            ),
            _ => {
                let mut at = 0;
                while bytes.len() - at > 16 {
                    first = fold(eight(bytes, at) ^ first, eight(bytes, at + 8) ^ second);
                    at += 16;
                }
                // The last sixteen bytes, or the first eight and the last eight of a shorter key.
                let tail = if bytes.len() >= 16 {
                    bytes.len() - 16
                } else {
                    0
                };
                (eight(bytes, tail), eight(bytes, bytes.len() - 8))
            }
        };
        fold(low ^ first, high ^ second)
    }

    /// The fingerprint of a field, from the fingerprints of its key and of its value. The value's
    /// is that of an object, or [`KeyHash::NO_OBJECT`]. The sum over an object's fields does not
    /// depend on their order.
    #[inline]
    pub(super) fn field(&self, key: u64, shape: u64) -> u64 {
        fold(key ^ self.seeds[2], shape ^ self.seeds[0])
    }

    /// The fingerprint of an object, from the sum over its fields and their number.
    #[inline]
    pub(super) fn object(&self, sum: u64, fields: usize) -> u64 {
        fold(sum ^ self.seeds[1], fields as u64 ^ self.seeds[2]).max(Self::NO_ROW + 1)
    }
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

#[inline]
fn eight(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

#[inline]
fn four(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn keys_that_differ_in_one_byte_have_different_fingerprints() {
        let hash = KeyHash::new();
        let mut seen = HashSet::new();
        assert!(seen.insert(hash.key("")));
        for length in 1..70 {
            let plain = "k".repeat(length);
            assert!(seen.insert(hash.key(&plain)), "{length} bytes");
            for at in 0..length {
                let mut other = plain.clone().into_bytes();
                other[at] = b'x';
                let other = String::from_utf8(other).unwrap();
                assert!(seen.insert(hash.key(&other)), "{length} bytes, byte {at}");
            }
        }
    }

    #[test]
    fn a_fingerprint_depends_on_the_shape_and_not_on_the_order_of_fields() {
        let hash = KeyHash::new();
        let (a, b) = (hash.key("a"), hash.key("b"));
        let flat = hash.object(hash.field(a, 0).wrapping_add(hash.field(b, 0)), 2);
        let turned = hash.object(hash.field(b, 0).wrapping_add(hash.field(a, 0)), 2);
        assert_eq!(flat, turned);
        let nested = hash.object(hash.field(a, flat).wrapping_add(hash.field(b, 0)), 2);
        let elsewhere = hash.object(hash.field(a, 0).wrapping_add(hash.field(b, flat)), 2);
        assert_ne!(flat, nested);
        assert_ne!(nested, elsewhere);
    }
}
