//! Capabilities: properties that laws need and that an adapter may declare as not claimed.
//!
//! A law whose capability is not claimed is reported with the adapter's reason, never skipped in
//! silence.

use std::fmt;

/// A property that not every adapter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Acknowledged events are there after all handles were dropped and the storage was opened
    /// again.
    Durability,
    /// A storage can be opened several times at once, as two processes would do.
    SeveralHandles,
    /// The storage itself refuses to change or remove events, also past the port.
    Immutability,
    /// The harness can make the storage fail, see
    /// [`open_failing`](crate::EventStoreHarness::open_failing).
    Faults,
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Durability => "durability",
            Self::SeveralHandles => "several handles",
            Self::Immutability => "immutability",
            Self::Faults => "faults",
        })
    }
}

/// A capability that an adapter does not claim, and the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclaimed {
    /// The capability.
    pub capability: Capability,
    /// The reason, for the output of the tests.
    pub reason: &'static str,
}

impl Unclaimed {
    /// No fault hook: the default of [`Harness::unclaimed`](crate::Harness::unclaimed).
    pub const FAULTS: Self = Self {
        capability: Capability::Faults,
        reason: "the harness has no fault hook (EventStoreHarness::open_failing)",
    };
}
