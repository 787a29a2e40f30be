//! Owns the kinds of work items, and which may lie in which.

use crate::word::words;

words! {
    /// What kind of work it is; a task unless said.
    ///
    /// ```
    /// use work_item::WorkItemType;
    ///
    /// assert_eq!(WorkItemType::Story.parent(), Some(WorkItemType::Epic));
    /// assert_eq!(WorkItemType::Bug.parent(), None);
    /// ```
    #[derive(Default)]
    WorkItemType, "work item type" {
        /// A large goal, made of stories.
        Epic = "epic",
        /// Something of use to somebody, made of tasks.
        Story = "story",
        /// A piece of work.
        #[default]
        Task = "task",
        /// A part of a task.
        Subtask = "subtask",
        /// A fault to be mended.
        Bug = "bug",
        /// A question to be answered; it is completed without tests.
        Spike = "spike",
    }
}

impl WorkItemType {
    /// The kind of item that one of this kind may lie in: a story in an epic, a task in a story, a
    /// subtask in a task. `None` for kinds that lie in no other.
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
