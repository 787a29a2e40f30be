//! Owns what an adapter may openly not claim, so that no law is ever skipped in silence.

use std::fmt;

/// Something that laws ask for and that not every adapter can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// What was acknowledged is there after every handle was dropped and the storage opened again.
    Durability,
    /// A storage can be opened several times at once, as two processes would do it.
    SeveralHandles,
    /// The storage itself refuses to change or remove events, also past the port.
    Immutability,
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Durability => "durability",
            Self::SeveralHandles => "several handles",
            Self::Immutability => "immutability",
        })
    }
}

/// A capability that an adapter does not claim, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclaimed {
    /// What is not claimed.
    pub capability: Capability,
    /// Why not, for whoever reads the output of the tests.
    pub reason: &'static str,
}
