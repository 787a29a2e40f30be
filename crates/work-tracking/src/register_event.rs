//! The events of the register of numbers.

use serde::{Deserialize, Serialize};
use shared_kernel::DomainEvent;
use shared_kernel::snowflake::Snowflake;
use work_item::WorkNumber;

/// An event of the register of numbers.
///
/// The variants and fields are the stored format and must not change. For example, `NumberAssigned`
/// is the event type, and `number` a field of its payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
pub enum RegisterEvent {
    /// An item got its number, which equals the version of this event in the register's stream.
    NumberAssigned {
        /// The number.
        number: WorkNumber,
        /// The item with that number.
        item: Snowflake,
    },
}

#[cfg(test)]
mod tests {
    use shared_kernel::event::EventTypeInfo;

    use super::*;

    #[test]
    fn its_stored_format_does_not_change() {
        let event = RegisterEvent::NumberAssigned {
            number: WorkNumber::FIRST,
            item: Snowflake::new(7001).unwrap(),
        };
        let json = r#"{"NumberAssigned":{"number":"WORK-001","item":"7001"}}"#;
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
        assert_eq!(serde_json::from_str::<RegisterEvent>(json).unwrap(), event);
        assert_eq!(
            RegisterEvent::TYPES,
            [EventTypeInfo::new("NumberAssigned", 1)]
        );
        assert_eq!(event.event_type(), "NumberAssigned");
    }
}
