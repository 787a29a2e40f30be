//! The name of an event type, the version of its schema, and the declaration of both.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::validated_text;

validated_text! {
    /// The name of an event type as it is stored, for example `WorkItemCreated`.
    ///
    /// Any Unicode text of 1 to 255 bytes without control characters.
    ///
    /// ```
    /// use shared_kernel::event::EventType;
    ///
    /// assert_eq!(EventType::new("WorkItemCreated")?.as_str(), "WorkItemCreated");
    /// assert!(EventType::new("two\nlines").is_err());
    /// # Ok::<(), shared_kernel::text::InvalidText>(())
    /// ```
    EventType, "event type", max 255
}

/// The number of an event type's payload format: 1, 2, 3 …
///
/// ```
/// use shared_kernel::event::SchemaVersion;
///
/// assert!(SchemaVersion::new(2)? > SchemaVersion::FIRST);
/// assert!(SchemaVersion::new(0).is_err());
/// # Ok::<(), shared_kernel::event::ZeroSchemaVersion>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SchemaVersion(NonZeroU32);

/// A declared event type, an entry of [`DomainEvent::TYPES`](crate::DomainEvent::TYPES): its name
/// and the schema version in which it is written today.
///
/// A codec checks the values when it is built, because a constant cannot report an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventTypeInfo {
    /// The name under which events of the type are stored; see [`EventType`] for the rule.
    pub name: &'static str,
    /// The schema version, counted from 1.
    pub schema_version: u32,
}

impl EventTypeInfo {
    /// A declaration, for example `EventTypeInfo::new("LampDimmed", 2)`.
    #[must_use]
    pub const fn new(name: &'static str, schema_version: u32) -> Self {
        Self {
            name,
            schema_version,
        }
    }
}

/// The error for schema version 0: schema versions count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("schema version 0: schema versions count from 1")]
pub struct ZeroSchemaVersion;

impl SchemaVersion {
    /// The first version of every event type.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// Takes `number` as a schema version.
    ///
    /// # Errors
    /// [`ZeroSchemaVersion`] if it is 0.
    pub fn new(number: u32) -> Result<Self, ZeroSchemaVersion> {
        NonZeroU32::new(number).map(Self).ok_or(ZeroSchemaVersion)
    }

    /// The number, 1 or more.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// The version after this one; `None` after the largest 32-bit number.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl std::fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_versions_count_from_one_to_the_last() {
        assert_eq!(SchemaVersion::FIRST.get(), 1);
        assert_eq!(SchemaVersion::FIRST.to_string(), "1");
        assert_eq!(SchemaVersion::FIRST.next().map(SchemaVersion::get), Some(2));
        assert_eq!(SchemaVersion::new(u32::MAX).unwrap().next(), None);
        assert_eq!(SchemaVersion::new(0), Err(ZeroSchemaVersion));
        assert!(serde_json::from_str::<SchemaVersion>("0").is_err());
    }
}
