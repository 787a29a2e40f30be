//! The kinds of work items, and the kind of parent that each may have.

use crate::word::words;

words! {
    /// The kind of work; a task by default.
    ///
    /// ```
    /// use work_item::WorkItemType;
    ///
    /// assert_eq!(WorkItemType::Story.parent(), Some(WorkItemType::Epic));
    /// assert_eq!(WorkItemType::Bug.parent(), None);
    /// ```
    #[derive(Default)]
    WorkItemType, "work item type" {
        /// A large goal; it contains stories.
        Epic = "epic",
        /// A result that is useful to a user; it contains tasks.
        Story = "story",
        /// A piece of work.
        #[default]
        Task = "task",
        /// A part of a task.
        Subtask = "subtask",
        /// A fault to be fixed.
        Bug = "bug",
        /// A question to be answered; it needs no tests to be completed.
        Spike = "spike",
    }
}

impl WorkItemType {
    /// The kind of parent that an item of this kind may have: an epic for a story, a story for a
    /// task, a task for a subtask. `None` for kinds that have no parent.
    #[must_use]
    pub const fn parent(self) -> Option<Self> {
        match self {
            Self::Story => Some(Self::Epic),
            Self::Task => Some(Self::Story),
            Self::Subtask => Some(Self::Task),
            Self::Epic | Self::Bug | Self::Spike => None,
        }
    }
}
