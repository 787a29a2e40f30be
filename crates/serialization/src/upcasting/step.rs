//! One upgrade: from a schema of an event type to the next.

use std::fmt;

use serde_json::Value;
use shared_kernel::codec::FormatError;
use shared_kernel::event::{EventType, SchemaVersion};

use super::UndeclaredEvent;

/// Turns a payload into the payload of a later schema.
pub(crate) type Upcaster = Box<dyn Fn(Value) -> Result<Value, FormatError> + Send + Sync>;

/// Turns a payload into the payloads of any number of events, each with its event type.
pub(crate) type Splitter =
    Box<dyn Fn(Value) -> Result<Vec<(&'static str, Value)>, FormatError> + Send + Sync>;

/// A schema of an event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EventSchema {
    pub(super) event_type: EventType,
    pub(super) version: SchemaVersion,
}

/// The upgrade of one schema.
pub(crate) struct Step {
    pub(super) from: EventSchema,
    pub(super) action: Action,
}

/// The result of an upgrade.
pub(super) enum Action {
    /// One event of this schema.
    Upgrade(EventSchema, Upcaster),
    /// Any number of events, each of one of these schemas, whose event types differ.
    Split(Vec<EventSchema>, Splitter),
    /// No event.
    Drop,
}

impl Step {
    /// The schemas that the step may lead to.
    pub(super) fn targets(&self) -> &[EventSchema] {
        match &self.action {
            Action::Upgrade(to, _) => std::slice::from_ref(to),
            Action::Split(to, _) => to,
            Action::Drop => &[],
        }
    }

    /// Adds the upgraded payloads to `stack`, the first one on top.
    pub(super) fn apply<'s>(
        &'s self,
        payload: Value,
        stack: &mut Vec<(&'s EventSchema, Value)>,
    ) -> Result<(), FormatError> {
        match &self.action {
            Action::Upgrade(to, upcaster) => stack.push((to, upcaster(payload)?)),
            Action::Split(to, splitter) => {
                for (name, payload) in splitter(payload)?.into_iter().rev() {
                    let target = to.iter().find(|to| to.event_type.as_str() == name);
                    let target = target.ok_or_else(|| UndeclaredEvent {
                        event_type: name.to_owned(),
                        declared: to.iter().map(|to| to.event_type.clone()).collect(),
                    })?;
                    stack.push((target, payload));
                }
            }
            Action::Drop => {}
        }
        Ok(())
    }
}

impl fmt::Display for EventSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.event_type, self.version)
    }
}

/// For example `LampMoved 1 -> LampTakenDown 1, LampPutUp 2`.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ->", self.from)?;
        match self.targets().split_first() {
            None => f.write_str(" nothing"),
            Some((first, rest)) => {
                write!(f, " {first}")?;
                rest.iter().try_for_each(|target| write!(f, ", {target}"))
            }
        }
    }
}
