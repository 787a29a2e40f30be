//! An aggregate that counts, for the measurement of loads through a repository.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serialization::{JsonEventCodec, JsonStateCodec};
use shared_kernel::codec::{EventCodec, StateCodec};
use shared_kernel::event::EventTypeInfo;
use shared_kernel::{Aggregate, DomainEvent, Inapplicable};
use subject::{Event, Outcome, Payload};

/// The event of a tally.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Counted(Payload);

impl DomainEvent for Counted {
    const TYPES: &'static [EventTypeInfo] = &[EventTypeInfo::new(Event::TYPE, 1)];

    fn type_info(&self) -> EventTypeInfo {
        Self::TYPES[0]
    }
}

/// The aggregate: the sum of all counted amounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) sum: u64,
}

impl Aggregate for Tally {
    type Event = Counted;
    const TYPE: &'static str = "tally";

    fn create(event: &Counted) -> Result<Self, Inapplicable> {
        Ok(Self {
            sum: event.0.amount,
        })
    }

    fn apply(&mut self, event: &Counted) -> Result<(), Inapplicable> {
        self.sum += event.0.amount;
        Ok(())
    }
}

/// The codec of its events.
pub(crate) fn event_codec() -> Outcome<Arc<dyn EventCodec<Counted>>> {
    Ok(Arc::new(JsonEventCodec::new()?))
}

/// The codec of its state.
pub(crate) fn state_codec() -> Arc<dyn StateCodec<Tally>> {
    Arc::new(JsonStateCodec::new())
}
