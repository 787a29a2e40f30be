//! Owns the lookup: what to do with an event of a given type and schema.
//!
//! It is made by [`Registrations`](super::Registrations) only, which sees to it that every chain of
//! upcasters ends in a current schema.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use shared_kernel::{DecodeError, EventType, FormatError, SchemaVersion};

/// Turns a payload into the payload of a later schema.
pub(crate) type Upcaster = Box<dyn Fn(Value) -> Result<Value, FormatError> + Send + Sync>;

/// The event types of a codec, by name.
#[derive(Debug, Default)]
pub(crate) struct EventRegistry {
    pub(super) types: BTreeMap<Box<str>, KnownType>,
}

/// What is known of one event type.
#[derive(Debug)]
pub(super) struct KnownType {
    pub(super) event_type: EventType,
    /// The schema in which it is written today; none when the name is no longer written.
    pub(super) current: Option<SchemaVersion>,
    /// The ways up, by the schema that they read.
    pub(super) steps: BTreeMap<SchemaVersion, Step>,
}

/// One way up.
pub(crate) struct Step {
    pub(super) from: EventSchema,
    pub(super) to: EventSchema,
    pub(super) upcaster: Upcaster,
}

/// The schema of one event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EventSchema {
    pub(super) event_type: EventType,
    pub(super) version: SchemaVersion,
}

/// How an event is read.
pub(crate) enum Reading<'r> {
    /// As it is, under this name.
    Current(&'r EventType),
    /// After this step.
    Older(&'r Step),
}

impl EventRegistry {
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
            return Ok(Reading::Older(step));
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

    /// Takes `json` up from `step` to a current schema, and names the type that it then is.
    pub(crate) fn upgrade<'r>(
        &'r self,
        mut step: &'r Step,
        mut json: Value,
    ) -> Result<(&'r EventType, Value), DecodeError> {
        loop {
            json = (step.upcaster)(json).map_err(|source| DecodeError::Upcast {
                event_type: step.from.event_type.clone(),
                from: step.from.version,
                source,
            })?;
            match self.reading(&step.to.event_type, step.to.version)? {
                Reading::Current(event_type) => return Ok((event_type, json)),
                Reading::Older(next) => step = next,
            }
        }
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

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} -> {} {}",
            self.from.event_type, self.from.version, self.to.event_type, self.to.version
        )
    }
}
