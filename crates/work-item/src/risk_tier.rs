//! The risk tier of a work item, and the evidence that it requires.

use crate::GateLevel;
use crate::word::words;

words! {
    /// The harm that faulty work can do, from T1 (low) to T4 (critical); T1 by default.
    ///
    /// ```
    /// use work_item::{GateLevel, RiskTier};
    ///
    /// assert_eq!(RiskTier::T3.gate(), GateLevel::L2);
    /// assert!(RiskTier::T4.needs_approval());
    /// ```
    #[derive(PartialOrd, Ord, Default)]
    RiskTier, "risk tier" {
        /// Low: requires gate L0.
        #[default]
        T1 = "T1",
        /// Medium: requires gate L1.
        T2 = "T2",
        /// High: requires gate L2, with results from files.
        T3 = "T3",
        /// Critical: requires gate L2, with results from files, and an approval by an actor who did
        /// not [work](crate::Workers) on the item.
        T4 = "T4",
    }
}

impl RiskTier {
    /// The quality gate that the latest test run must pass.
    #[must_use]
    pub const fn gate(self) -> GateLevel {
        match self {
            Self::T1 => GateLevel::L0,
            Self::T2 => GateLevel::L1,
            Self::T3 | Self::T4 => GateLevel::L2,
        }
    }

    /// Whether the completion needs an approval by an actor who did not [work](crate::Workers) on
    /// the item.
    #[must_use]
    pub const fn needs_approval(self) -> bool {
        matches!(self, Self::T4)
    }
}
