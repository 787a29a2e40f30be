//! The dependency of one work item on another: waiting for it, or only being related to it.

use serde::{Deserialize, Serialize};

use crate::WorkItemId;
use crate::word::words;

words! {
    /// The kind of a dependency.
    ///
    /// ```
    /// use work_item::DependencyKind;
    ///
    /// assert_eq!("blocks".parse(), Ok(DependencyKind::Blocks));
    /// # Ok::<(), work_item::UnknownWord>(())
    /// ```
    DependencyKind, "kind of dependency" {
        /// The other item blocks this one: while it is open, this one cannot be completed.
        Blocks = "blocks",
        /// The two items are related, and neither waits for the other.
        Relates = "relates",
    }
}

/// Another item that a work item depends on. Only the dependent item stores it: if A depends on B,
/// an event in the stream of A records it, and the stream of B has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The other item.
    pub on: WorkItemId,
    /// The kind of dependency.
    pub kind: DependencyKind,
}
