//! The input for creating a work item.

use crate::{Alias, Description, Priority, RiskTier, Title, WorkItemType};

/// The input for creating a work item; everything but the title has a default.
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
    /// The title.
    pub title: Title,
    /// The kind of work; a task by default.
    pub item_type: WorkItemType,
    /// The priority; medium by default.
    pub priority: Priority,
    /// The risk tier; T1 by default.
    pub risk_tier: RiskTier,
    /// The description; none by default.
    pub description: Option<Description>,
    /// The names that it has in other trackers; none by default.
    pub aliases: Vec<Alias>,
}

impl NewWorkItem {
    /// A task of medium priority and risk tier T1, without a description.
    #[must_use]
    pub fn new(title: Title) -> Self {
        Self {
            title,
            item_type: WorkItemType::default(),
            priority: Priority::default(),
            risk_tier: RiskTier::default(),
            description: None,
            aliases: Vec::new(),
        }
    }

    /// Sets the kind of work.
    #[must_use]
    pub fn with_type(self, item_type: WorkItemType) -> Self {
        Self { item_type, ..self }
    }

    /// Sets the priority.
    #[must_use]
    pub fn with_priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }

    /// Sets the risk tier.
    #[must_use]
    pub fn with_risk_tier(self, risk_tier: RiskTier) -> Self {
        Self { risk_tier, ..self }
    }

    /// Adds a name that it has in another tracker.
    #[must_use]
    pub fn with_alias(mut self, alias: Alias) -> Self {
        self.aliases.push(alias);
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(self, description: Description) -> Self {
        Self {
            description: Some(description),
            ..self
        }
    }
}
