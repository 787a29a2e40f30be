//! The events of the register of numbers.

use serde::{Deserialize, Serialize};
use shared_kernel::DomainEvent;
use shared_kernel::snowflake::Snowflake;
use work_item::WorkNumber;

/// Something that happened to the register of numbers.
///
/// The name of a variant is the name of its event type, and the fields are those of the payload;
/// both are kept for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
pub enum RegisterEvent {
    /// An item was given its number: that of the event's version in the stream of the register.
    NumberAssigned {
        /// The number.
        number: WorkNumber,
        /// The item that has it.
        item: Snowflake,
    },
}

#[cfg(test)]
mod tests {
    use shared_kernel::event::EventTypeInfo;

    use super::*;

    #[test]
    fn it_is_written_and_read_as_ever() {
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
