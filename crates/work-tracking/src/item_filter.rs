//! The filter of a list of items, and its order.

use jiff::Timestamp;
use work_item::{Participant, Priority, RiskTier, Status, WorkItem, WorkItemId, WorkItemType};

/// A filter of items. An item passes if it meets every condition; an empty filter accepts all.
///
/// For example, a filter with two statuses and one type accepts the items of that type with either
/// status.
///
/// ```
/// use work_item::Status;
/// use work_tracking::ItemFilter;
///
/// let open = ItemFilter::new().status(Status::Pending).status(Status::InProgress);
/// assert_eq!(open.statuses.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemFilter {
    /// The accepted statuses; empty for all.
    pub statuses: Vec<Status>,
    /// The accepted types; empty for all.
    pub item_types: Vec<WorkItemType>,
    /// The accepted assignees, who [match](Participant::matches) by name and kind; empty for all,
    /// and for items without an assignee.
    pub assignees: Vec<Participant>,
    /// The accepted priorities; empty for all.
    pub priorities: Vec<Priority>,
    /// The accepted risk tiers; empty for all.
    pub risk_tiers: Vec<RiskTier>,
    /// The item that contains the accepted items; `None` for all items.
    pub parent: Option<WorkItemId>,
    /// A text in the title or the description, in upper or lower case; `None` for any text.
    pub text: Option<String>,
    /// The earliest time of the last change; `None` for any time.
    pub since: Option<Timestamp>,
    /// The latest time of the last change; `None` for any time.
    pub until: Option<Timestamp>,
}

/// The order of a list. Items that are equal in it are ordered by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ItemOrder {
    /// By number: the oldest item first.
    #[default]
    Number,
    /// By the time of the last change: the latest first.
    Updated,
    /// By priority: the most urgent first.
    Priority,
}

/// The items of a list, their order, and their largest number.
///
/// ```
/// use work_tracking::{ItemFilter, ItemOrder, ListQuery};
///
/// let urgent = ListQuery {
///     order: ItemOrder::Priority,
///     limit: Some(20),
///     ..ListQuery::from(&ItemFilter::new())
/// };
/// assert_eq!(urgent.filter, ItemFilter::new());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// The filter.
    pub filter: ItemFilter,
    /// The order.
    pub order: ItemOrder,
    /// The largest number of items; `None` for all.
    pub limit: Option<usize>,
}

impl From<&ItemFilter> for ListQuery {
    fn from(filter: &ItemFilter) -> Self {
        Self {
            filter: filter.clone(),
            ..Self::default()
        }
    }
}

impl ItemFilter {
    /// A filter that accepts every item.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts this status, too. The first call excludes all other statuses.
    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.statuses.push(status);
        self
    }

    /// Accepts this type, too. The first call excludes all other types.
    #[must_use]
    pub fn item_type(mut self, item_type: WorkItemType) -> Self {
        self.item_types.push(item_type);
        self
    }

    /// Accepts this assignee, too. The first call excludes all others.
    #[must_use]
    pub fn assignee(mut self, assignee: Participant) -> Self {
        self.assignees.push(assignee);
        self
    }

    /// Whether the filter accepts an item that was changed last at a time.
    #[must_use]
    pub fn accepts(&self, item: &WorkItem, updated_at: Timestamp) -> bool {
        let assigned = |item: &WorkItem| {
            let assignee = item.assignee();
            assignee.is_some_and(|assignee| self.assignees.iter().any(|who| who.matches(assignee)))
        };
        let has = |text: &String| lowercase_text(item).contains(&text.to_lowercase());
        accepts(&self.statuses, item.status())
            && accepts(&self.item_types, item.item_type())
            && accepts(&self.priorities, item.priority())
            && accepts(&self.risk_tiers, item.risk_tier())
            && (self.assignees.is_empty() || assigned(item))
            && (self.parent.is_none() || self.parent == item.parent())
            && self.since.is_none_or(|since| updated_at >= since)
            && self.until.is_none_or(|until| updated_at <= until)
            && self.text.as_ref().is_none_or(has)
    }
}

fn accepts<T: PartialEq>(accepted: &[T], value: T) -> bool {
    accepted.is_empty() || accepted.contains(&value)
}

/// The title and the description of an item in lower case, in which [`ItemFilter::text`] is looked
/// for.
#[must_use]
pub fn lowercase_text(item: &WorkItem) -> String {
    let title = item.title().as_str();
    let description = item.description().map_or("", |text| text.as_str());
    format!("{title}\n{description}").to_lowercase()
}
