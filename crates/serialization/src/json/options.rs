//! The options of an event codec.

/// The options of an event codec.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    /// Whether each event is read back before it is stored.
    pub(super) reads_back: bool,
    /// Whether events of unknown types are skipped.
    pub(super) skips_unknown: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reads_back: true,
            skips_unknown: false,
        }
    }
}
