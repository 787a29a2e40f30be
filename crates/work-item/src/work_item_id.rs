//! The identity of a work item, and the name of its stream.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use shared_kernel::StreamId;
use shared_kernel::snowflake::Snowflake;
use shared_kernel::stream::Category;

use crate::WorkNumber;

/// The identity of a work item: a snowflake, and the number that people use for it.
///
/// The snowflake alone identifies the item: two ids with the same snowflake are equal, even if
/// their numbers differ.
///
/// ```
/// use shared_kernel::snowflake::Snowflake;
/// use work_item::{WorkItemId, WorkNumber};
///
/// let id = WorkItemId::new(Snowflake::new(7001)?, WorkNumber::FIRST);
/// assert_eq!(id.to_string(), "WORK-001");
/// assert_eq!(id.stream_id().as_str(), "work_item-7001");
/// assert_eq!(id.stream_id().category(), WorkItemId::category());
/// # Ok::<(), shared_kernel::snowflake::InvalidSnowflake>(())
/// ```
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct WorkItemId {
    snowflake: Snowflake,
    number: WorkNumber,
}

impl WorkItemId {
    /// The category of all work item streams.
    pub const CATEGORY: &'static str = "work_item";

    /// Creates an id from its two parts.
    #[must_use]
    pub const fn new(snowflake: Snowflake, number: WorkNumber) -> Self {
        Self { snowflake, number }
    }

    /// The snowflake, which identifies the work item.
    #[must_use]
    pub const fn snowflake(self) -> Snowflake {
        self.snowflake
    }

    /// The number, for example `WORK-007`.
    #[must_use]
    pub const fn number(self) -> WorkNumber {
        self.number
    }

    /// The stream of the work item: `work_item-` and the snowflake, for example `work_item-7001`.
    #[must_use]
    pub fn stream_id(self) -> StreamId {
        Self::stream_of(self.snowflake)
    }

    /// The stream of the work item with this snowflake.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "at most 29 letters, digits, underscores and dashes: always a valid stream id"
    )]
    pub fn stream_of(snowflake: Snowflake) -> StreamId {
        StreamId::new(format!("{}-{snowflake}", Self::CATEGORY)).expect("a valid stream id")
    }

    /// The category of all work item streams, `work_item`.
    #[must_use]
    pub fn category() -> Category {
        Self::stream_of(Snowflake::MAX).category()
    }
}

impl PartialEq for WorkItemId {
    fn eq(&self, other: &Self) -> bool {
        self.snowflake == other.snowflake
    }
}

impl Eq for WorkItemId {}

impl Hash for WorkItemId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.snowflake.hash(state);
    }
}

impl fmt::Display for WorkItemId {
    /// Writes the number, for example `WORK-007`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

    use super::*;

    fn id(snowflake: i64, number: u64) -> WorkItemId {
        WorkItemId::new(
            Snowflake::new(snowflake).unwrap(),
            WorkNumber::new(number).unwrap(),
        )
    }

    #[test]
    fn ids_with_the_same_snowflake_are_equal() {
        assert_eq!(id(1, 1), id(1, 2));
        assert_ne!(id(1, 1), id(2, 1));
        assert_eq!(HashSet::from([id(1, 1), id(1, 2), id(2, 1)]).len(), 2);
    }

    #[test]
    fn equal_ids_have_equal_hashes_and_other_hashes_spread() {
        let hash = |id: WorkItemId| BuildHasherDefault::<DefaultHasher>::new().hash_one(id);
        assert_eq!(hash(id(1, 1)), hash(id(1, 2)));
        let hashes: HashSet<_> = (1..=100).map(|snowflake| hash(id(snowflake, 1))).collect();
        assert_eq!(hashes.len(), 100);
    }

    #[test]
    fn the_stream_carries_the_whole_snowflake() {
        assert_eq!(
            id(i64::MAX, 1).stream_id().as_str(),
            "work_item-9223372036854775807"
        );
        assert_eq!(WorkItemId::category().as_str(), WorkItemId::CATEGORY);
    }

    #[test]
    fn an_id_is_serialized_as_two_strings() {
        let json = r#"{"snowflake":"7001","number":"WORK-012"}"#;
        let read: WorkItemId = serde_json::from_str(json).unwrap();
        assert_eq!(read.number(), WorkNumber::new(12).unwrap());
        assert_eq!(read.snowflake().as_i64(), 7001);
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        let negative = r#"{"snowflake":"-1","number":"WORK-012"}"#;
        assert!(serde_json::from_str::<WorkItemId>(negative).is_err());
    }
}
