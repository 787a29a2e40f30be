//! The limit of nesting.

use thiserror::Error;

/// The maximum number of nested arrays, objects, options and newtypes: 1 to 512, by default 128 as
/// in `serde_json`.
///
/// The encoder and the decoder call themselves once per level. Without a limit, a hostile value
/// could exhaust the stack and end the process. Both return a typed error for a deeper value. The
/// specification allows decoders such a limit.
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

/// A number of levels outside the range of [`MaxDepth`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the maximum depth is 1 to {} levels, not {levels}", MaxDepth::MAX.0)]
pub struct InvalidMaxDepth {
    /// The requested number of levels.
    pub levels: usize,
}

impl MaxDepth {
    /// The greatest limit: 512 levels fit in a stack of 2 MiB, even in an unoptimised build.
    pub const MAX: Self = Self(512);

    /// A limit of `levels`.
    ///
    /// # Errors
    /// [`InvalidMaxDepth`] for 0 and for more than [`MaxDepth::MAX`].
    pub fn new(levels: usize) -> Result<Self, InvalidMaxDepth> {
        match u16::try_from(levels) {
            Ok(narrow) if (1..=Self::MAX.0).contains(&narrow) => Ok(Self(narrow)),
            _ => Err(InvalidMaxDepth { levels }),
        }
    }

    /// The number of levels.
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
