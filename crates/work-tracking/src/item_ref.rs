//! The reference to an item: its number, its id, or its name in another tracker.

use std::fmt;
use std::str::FromStr;

use shared_kernel::snowflake::{InvalidSnowflake, Snowflake};
use thiserror::Error;
use work_item::{Alias, InvalidWorkNumber, WorkItemId, WorkNumber};

/// A reference to an item by number, for example `WORK-007` or `7`, by id, for example
/// `383360171960696832`, or by its name in another tracker, for example `bd-a1b2`.
///
/// ```
/// use work_item::WorkNumber;
/// use work_tracking::ItemRef;
///
/// let first = ItemRef::Number(WorkNumber::FIRST);
/// assert_eq!("work-1".parse(), Ok(first));
/// assert_eq!("1".parse(), Ok(first));
/// assert_eq!("383360171960696832".parse::<ItemRef>()?.to_string(), "383360171960696832");
/// # Ok::<(), work_tracking::InvalidItemRef>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemRef {
    /// The item with this number.
    Number(WorkNumber),
    /// The item with this id.
    Id(Snowflake),
    /// The item with this name in another tracker.
    Alias(Alias),
}

/// The smallest id of an item: smaller snowflakes belong to the first millisecond of their epoch. A
/// smaller number is the number of an item; a larger one needs the prefix, `WORK-5000000`.
const LEAST_ID: u64 = 1 << 22;

/// The beginning of numbers; no alias is read from a text that begins with it.
const PREFIX: &str = "WORK-";

/// The text is not a reference to an item.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidItemRef {
    /// It begins with a digit but is neither a number nor an id.
    #[error(transparent)]
    Id(#[from] InvalidSnowflake),
    /// It begins with another character but is not a number of a work item.
    #[error(transparent)]
    Number(#[from] InvalidWorkNumber),
}

impl FromStr for ItemRef {
    type Err = InvalidItemRef;

    /// Reads a number such as `WORK-007` or `7`, an id in decimal, or an alias such as `bd-a1b2`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let prefix = text.get(..PREFIX.len());
        if !prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(PREFIX))
            && let Ok(alias) = text.parse()
        {
            return Ok(Self::Alias(alias));
        }
        if !text.starts_with(|first: char| first.is_ascii_digit()) {
            return Ok(Self::Number(text.parse()?));
        }
        match text.parse::<u64>() {
            Ok(number) if number < LEAST_ID => Ok(Self::Number(WorkNumber::new(number)?)),
            _ => Ok(Self::Id(text.parse()?)),
        }
    }
}

impl fmt::Display for ItemRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Id(id) => id.fmt(f),
            Self::Alias(alias) => alias.fmt(f),
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
            id in LEAST_ID as i64..=i64::MAX,
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
    fn a_number_alone_is_a_work_number_or_past_all_numbers_an_id() {
        let id = Snowflake::new(1 << 22).unwrap();
        let number = WorkNumber::new(42).unwrap();
        assert_eq!("4194304".parse(), Ok(ItemRef::Id(id)));
        let last = WorkNumber::new(4_194_303).unwrap();
        assert_eq!("4194303".parse(), Ok(ItemRef::Number(last)));
        assert_eq!("042".parse(), Ok(ItemRef::Number(number)));
        let zero = InvalidItemRef::Number(InvalidWorkNumber::Zero);
        assert_eq!("0".parse::<ItemRef>(), Err(zero));
        let id = Snowflake::new(42).unwrap();
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
        for text in ["", "task", "-4"] {
            let refused = InvalidItemRef::Number(InvalidWorkNumber::Prefix);
            assert_eq!(text.parse::<ItemRef>(), Err(refused), "{text:?}");
        }
    }
}
