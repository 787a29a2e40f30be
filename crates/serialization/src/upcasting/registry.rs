//! The lookup: how an event of a given type and schema is read.
//!
//! Only [`Registrations`](super::Registrations) makes a registry. It checks that every upgrade
//! leads to current schemas or to no event.

use std::collections::BTreeMap;

use shared_kernel::codec::DecodeError;
use shared_kernel::event::{EventType, SchemaVersion};

use super::step::{Action, Step};

/// The event types of a codec, by name.
#[derive(Debug, Default)]
pub(crate) struct EventRegistry {
    pub(super) types: BTreeMap<Box<str>, KnownType>,
}

/// One event type.
#[derive(Debug)]
pub(super) struct KnownType {
    pub(super) event_type: EventType,
    /// The schema in which it is written today; `None` for an old type, which is only read.
    pub(super) current: Option<SchemaVersion>,
    /// The upgrades, by the schema that they read.
    pub(super) steps: BTreeMap<SchemaVersion, Step>,
}

/// How an event is read.
pub(crate) enum Reading<'r> {
    /// As it is, under this name.
    Current(&'r EventType),
    /// After this step.
    Older(&'r Step),
    /// Not at all: the record holds no event of today.
    Dropped,
}

impl EventRegistry {
    /// Whether events of this name can be read.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.types.contains_key(name)
    }

    /// The number of event types that can be written.
    pub(crate) fn count_current(&self) -> usize {
        self.current_types().count()
    }

    /// The event types that can be written, in the order of their names.
    pub(crate) fn current_types(&self) -> impl Iterator<Item = &EventType> {
        let current = self.types.values().filter(|known| known.current.is_some());
        current.map(|known| &known.event_type)
    }

    /// The schema in which events of this name are written.
    pub(crate) fn current(&self, name: &str) -> Option<(&EventType, SchemaVersion)> {
        let known = self.types.get(name)?;
        Some((&known.event_type, known.current?))
    }

    /// How an event of this type and schema is read.
    pub(crate) fn reading(
        &self,
        event_type: &EventType,
        version: SchemaVersion,
    ) -> Result<Reading<'_>, DecodeError> {
        let Some(known) = self.types.get(event_type.as_str()) else {
            return Err(DecodeError::UnknownEventType {
                event_type: event_type.clone(),
            });
        };
        if known.current == Some(version) {
            return Ok(Reading::Current(&known.event_type));
        }
        if let Some(step) = known.steps.get(&version) {
            return Ok(match step.action {
                Action::Drop => Reading::Dropped,
                Action::Upgrade(..) | Action::Split(..) => Reading::Older(step),
            });
        }
        let newest = known.newest();
        Err(if version > newest {
            DecodeError::NewerSchema {
                event_type: event_type.clone(),
                found: version,
                known: newest,
            }
        } else {
            DecodeError::MissingUpcaster {
                event_type: event_type.clone(),
                from: version,
                known: newest,
            }
        })
    }
}

impl KnownType {
    pub(super) fn new(event_type: EventType) -> Self {
        Self {
            event_type,
            current: None,
            steps: BTreeMap::new(),
        }
    }

    /// The newest schema that can be read; a type is known by its current schema or by a step.
    fn newest(&self) -> SchemaVersion {
        let last_step = self.steps.keys().next_back().copied();
        self.current.or(last_step).unwrap_or(SchemaVersion::FIRST)
    }
}
