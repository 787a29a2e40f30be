//! The events of the register of numbers.

use serde::{Deserialize, Serialize};
use shared_kernel::DomainEvent;
use shared_kernel::snowflake::Snowflake;
use work_item::{Alias, Sha256, WorkNumber};

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
    /// An item has a name in another tracker or store. The event is in the stream of that name.
    AliasAssigned {
        /// The name.
        alias: Alias,
        /// The item with that name.
        item: Snowflake,
        /// The hash of the record from which the item was imported.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<Sha256>,
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
            [
                EventTypeInfo::new("NumberAssigned", 1),
                EventTypeInfo::new("AliasAssigned", 1),
            ]
        );
        assert_eq!(event.event_type(), "NumberAssigned");
        let event = RegisterEvent::AliasAssigned {
            alias: "bd-a1b2".parse().unwrap(),
            item: Snowflake::new(7001).unwrap(),
            source: None,
        };
        let json = r#"{"AliasAssigned":{"alias":"bd-a1b2","item":"7001"}}"#;
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
        assert_eq!(serde_json::from_str::<RegisterEvent>(json).unwrap(), event);
    }
}
