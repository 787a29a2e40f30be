//! Owns what one work item has to do with another: it waits for it, or is only related to it.

use serde::{Deserialize, Serialize};

use crate::WorkItemId;
use crate::word::words;

words! {
    /// In which way a work item depends on another one.
    ///
    /// ```
    /// use work_item::DependencyKind;
    ///
    /// assert_eq!("blocks".parse(), Ok(DependencyKind::Blocks));
    /// # Ok::<(), work_item::UnknownWord>(())
    /// ```
    DependencyKind, "kind of dependency" {
        /// The other item blocks this one: as long as it is open, this one is not completed.
        Blocks = "blocks",
        /// The two have to do with each other, and neither waits.
        Relates = "relates",
    }
}

/// Another item that a work item depends on. It is kept by the item that depends: in the stream of
/// A stands that A depends on B, and nothing of it in that of B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The other item.
    pub on: WorkItemId,
    /// In which way.
    pub kind: DependencyKind,
}
