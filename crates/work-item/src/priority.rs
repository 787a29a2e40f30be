//! The priority of a work item.

use crate::word::words;

words! {
    /// The priority of a work item; medium by default. They are ordered: `Low < Critical`.
    ///
    /// ```
    /// use work_item::Priority;
    ///
    /// assert_eq!("high".parse(), Ok(Priority::High));
    /// assert!(Priority::Critical > Priority::High);
    /// assert!("urgent".parse::<Priority>().is_err());
    /// ```
    #[derive(PartialOrd, Ord, Default)]
    Priority, "priority" {
        /// It can wait.
        Low = "low",
        /// The usual priority.
        #[default]
        Medium = "medium",
        /// It comes before most others.
        High = "high",
        /// It must be done now.
        Critical = "critical",
    }
}
