//! The id of a store.

use std::fmt;

use crate::random::{Randomness, RandomnessUnavailable};

/// The id of an event store: 16 random bytes, made once. A backup has the id of its store.
///
/// A consumer of the log keeps it beside its position, and so notices that it reads another log.
///
/// ```
/// use shared_kernel::store::StoreId;
///
/// let id = StoreId::from_bytes([0xab; 16]);
/// assert_eq!(id.to_string(), "abababababababababababababababab");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreId([u8; 16]);

impl StoreId {
    /// A fresh id.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] if the random source fails.
    pub fn fresh(randomness: &dyn Randomness) -> Result<Self, RandomnessUnavailable> {
        let mut bytes = [0; 16];
        randomness.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// An id that was made before.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the id.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", u128::from_be_bytes(self.0));
        f.pad(&digits)
    }
}

impl fmt::Debug for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandomness;

    #[test]
    fn fresh_ids_differ_and_come_back_from_their_bytes() {
        let one = StoreId::fresh(&SystemRandomness).unwrap();
        let two = StoreId::fresh(&SystemRandomness).unwrap();
        assert_ne!(one, two);
        assert_eq!(StoreId::from_bytes(*one.as_bytes()), one);
    }
}
