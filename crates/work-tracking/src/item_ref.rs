//! The reference to an item: its number or its id.

use std::fmt;
use std::str::FromStr;

use shared_kernel::snowflake::{InvalidSnowflake, Snowflake};
use thiserror::Error;
use work_item::{InvalidWorkNumber, WorkItemId, WorkNumber};

/// A reference to an item by number, for example `WORK-007`, or by id, for example `7001`.
///
/// ```
/// use work_item::WorkNumber;
/// use work_tracking::ItemRef;
///
/// let first = ItemRef::Number(WorkNumber::FIRST);
/// assert_eq!("work-1".parse(), Ok(first));
/// assert_eq!("7001".parse::<ItemRef>()?.to_string(), "7001");
/// # Ok::<(), work_tracking::InvalidItemRef>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemRef {
    /// The item with this number.
    Number(WorkNumber),
    /// The item with this id.
    Id(Snowflake),
}

/// The text is not a reference to an item.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidItemRef {
    /// It begins with a digit but is not an id.
    #[error(transparent)]
    Id(#[from] InvalidSnowflake),
    /// It begins with another character but is not a number of a work item.
    #[error(transparent)]
    Number(#[from] InvalidWorkNumber),
}

impl FromStr for ItemRef {
    type Err = InvalidItemRef;

    /// Reads a number such as `WORK-007`, or an id in decimal.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            Ok(Self::Id(text.parse()?))
        } else {
            Ok(Self::Number(text.parse()?))
        }
    }
}

impl fmt::Display for ItemRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl From<WorkNumber> for ItemRef {
    fn from(number: WorkNumber) -> Self {
        Self::Number(number)
    }
}

impl From<Snowflake> for ItemRef {
    fn from(id: Snowflake) -> Self {
        Self::Id(id)
    }
}

impl From<WorkItemId> for ItemRef {
    fn from(id: WorkItemId) -> Self {
        Self::Id(id.snowflake())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_reference_is_parsed_from_its_own_text(
            number in 1..=u64::MAX,
            id in 0..=i64::MAX,
        ) {
            for item in [
                ItemRef::from(WorkNumber::new(number).unwrap()),
                ItemRef::from(Snowflake::new(id).unwrap()),
            ] {
                prop_assert_eq!(item.to_string().parse(), Ok(item));
            }
        }
    }

    #[test]
    fn a_reference_that_begins_with_a_digit_is_an_id() {
        let id = Snowflake::new(42).unwrap();
        let number = WorkNumber::new(42).unwrap();
        assert_eq!("42".parse(), Ok(ItemRef::Id(id)));
        assert_eq!("WORK-42".parse(), Ok(ItemRef::Number(number)));
        assert_eq!(ItemRef::from(WorkItemId::new(id, number)), ItemRef::Id(id));
        assert_eq!(ItemRef::from(id).to_string(), "42");
        assert_eq!(ItemRef::from(number).to_string(), "WORK-042");
    }

    #[test]
    fn other_texts_are_refused() {
        assert!(matches!(
            "4x".parse::<ItemRef>(),
            Err(InvalidItemRef::Id(
                InvalidSnowflake::UnexpectedCharacter { .. }
            ))
        ));
        for text in ["", "TASK-1", "-4"] {
            let refused = InvalidItemRef::Number(InvalidWorkNumber::Prefix);
            assert_eq!(text.parse::<ItemRef>(), Err(refused), "{text:?}");
        }
    }
}
