//! The way of one old payload through the upgrades.

use serde_json::Value;
use shared_kernel::codec::DecodeError;
use shared_kernel::event::EventType;

use super::registry::{EventRegistry, Reading};
use super::step::{EventSchema, Step};

/// Gives the events of today that an old payload holds, in order, each as its type and payload.
pub(crate) struct Upgrade<'r> {
    registry: &'r EventRegistry,
    /// The payloads that are not given yet, the next one on top.
    stack: Vec<(&'r EventSchema, Value)>,
}

impl<'r> Upgrade<'r> {
    /// The upgrade of a payload that `step` reads.
    pub(crate) fn new(registry: &'r EventRegistry, step: &'r Step, payload: Value) -> Self {
        let stack = vec![(&step.from, payload)];
        Self { registry, stack }
    }
}

impl<'r> Iterator for Upgrade<'r> {
    type Item = Result<(&'r EventType, Value), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((schema, payload)) = self.stack.pop() {
            match self.registry.reading(&schema.event_type, schema.version) {
                Ok(Reading::Current(event_type)) => return Some(Ok((event_type, payload))),
                Ok(Reading::Dropped) => {}
                Ok(Reading::Older(step)) => {
                    if let Err(source) = step.apply(payload, &mut self.stack) {
                        return Some(Err(DecodeError::Upcast {
                            event_type: step.from.event_type.clone(),
                            from: step.from.version,
                            source,
                        }));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }
}
