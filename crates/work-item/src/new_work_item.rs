//! Owns what is said of a work item when it is created.

use crate::{Description, Priority, RiskTier, Title, WorkItemType};

/// What is said of a work item when it is created; only the title has to be.
///
/// ```
/// use work_item::{NewWorkItem, Priority, RiskTier, WorkItemType};
///
/// let new = NewWorkItem::new("Keep the log".parse()?).with_type(WorkItemType::Story);
/// assert_eq!(new.item_type, WorkItemType::Story);
/// assert_eq!((new.priority, new.risk_tier), (Priority::Medium, RiskTier::T1));
/// # Ok::<(), work_item::TitleInvalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkItem {
    /// What it is called.
    pub title: Title,
    /// What kind of work it is; a task unless said.
    pub item_type: WorkItemType,
    /// How urgent it is; medium unless said.
    pub priority: Priority,
    /// How much harm it can do; T1 unless said.
    pub risk_tier: RiskTier,
    /// What it is about.
    pub description: Option<Description>,
}

impl NewWorkItem {
    /// A task of medium priority and little risk.
    #[must_use]
    pub fn new(title: Title) -> Self {
        Self {
            title,
            item_type: WorkItemType::default(),
            priority: Priority::default(),
            risk_tier: RiskTier::default(),
            description: None,
        }
    }

    /// The same, of another kind.
    #[must_use]
    pub fn with_type(self, item_type: WorkItemType) -> Self {
        Self { item_type, ..self }
    }

    /// The same, with another priority.
    #[must_use]
    pub fn with_priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }

    /// The same, with another risk tier.
    #[must_use]
    pub fn with_risk_tier(self, risk_tier: RiskTier) -> Self {
        Self { risk_tier, ..self }
    }

    /// The same, with a description.
    #[must_use]
    pub fn with_description(self, description: Description) -> Self {
        Self {
            description: Some(description),
            ..self
        }
    }
}
