//! Owns how deep values may lie in one another.

use thiserror::Error;

/// How many arrays, objects and other wrappers may lie in one another: 1 to 512, and 128 unless
/// said, as in `serde_json`.
///
/// Reading and writing call themselves once per level, so that without a bound a hostile value
/// would end the process by exhausting its stack. What lies deeper is a typed error, in both
/// directions. The specification allows decoders such a limit.
///
/// ```
/// use serialization::toon::MaxDepth;
///
/// assert_eq!(MaxDepth::default().levels(), 128);
/// assert_eq!(MaxDepth::new(12)?.levels(), 12);
/// assert!(MaxDepth::new(100_000).is_err());
/// # Ok::<(), serialization::toon::InvalidMaxDepth>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MaxDepth(u16);

/// A number of levels that is no [`MaxDepth`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("values may be limited to 1 to {} levels, not {levels}", MaxDepth::MAX.0)]
pub struct InvalidMaxDepth {
    /// The number given.
    pub levels: usize,
}

impl MaxDepth {
    /// The deepest that a thread with a stack of 2 MiB carries in an unoptimised build.
    pub const MAX: Self = Self(512);

    /// At most so many levels.
    ///
    /// # Errors
    /// [`InvalidMaxDepth`] for none and for more than [`MaxDepth::MAX`].
    pub fn new(levels: usize) -> Result<Self, InvalidMaxDepth> {
        match u16::try_from(levels) {
            Ok(narrow) if (1..=Self::MAX.0).contains(&narrow) => Ok(Self(narrow)),
            _ => Err(InvalidMaxDepth { levels }),
        }
    }

    /// How many levels are allowed.
    #[must_use]
    pub fn levels(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for MaxDepth {
    fn default() -> Self {
        Self(128)
    }
}
