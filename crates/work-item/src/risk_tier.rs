//! Owns how much harm a work item can do, and what it therefore has to show before it is done.

use crate::GateLevel;
use crate::word::words;

words! {
    /// How much harm the work can do: T1 little, T4 critical; T1 unless said.
    ///
    /// ```
    /// use work_item::{GateLevel, RiskTier};
    ///
    /// assert_eq!(RiskTier::T3.gate(), GateLevel::L2);
    /// assert!(RiskTier::T4.needs_approval());
    /// ```
    #[derive(PartialOrd, Ord, Default)]
    RiskTier, "risk tier" {
        /// Low: asks for gate L0.
        #[default]
        T1 = "T1",
        /// Medium: asks for gate L1.
        T2 = "T2",
        /// High: asks for gate L2.
        T3 = "T3",
        /// Critical: asks for gate L2 and for the approval of somebody other than the assignee.
        T4 = "T4",
    }
}

impl RiskTier {
    /// The gate that the latest test run has to pass.
    #[must_use]
    pub const fn gate(self) -> GateLevel {
        match self {
            Self::T1 => GateLevel::L0,
            Self::T2 => GateLevel::L1,
            Self::T3 | Self::T4 => GateLevel::L2,
        }
    }

    /// Whether somebody other than the assignee has to approve.
    #[must_use]
    pub const fn needs_approval(self) -> bool {
        matches!(self, Self::T4)
    }
}
