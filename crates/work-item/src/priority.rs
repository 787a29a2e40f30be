//! Owns how urgent a work item is.

use crate::word::words;

words! {
    /// How urgent a work item is; medium unless said. A higher one is the greater value.
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
        /// When there is nothing else to do.
        Low = "low",
        /// In its turn.
        #[default]
        Medium = "medium",
        /// Before others.
        High = "high",
        /// Now.
        Critical = "critical",
    }
}
