//! The register of numbers: the number of each item, and the next one.
//!
//! The register is one stream whose version *is* the last number: the event at version n assigns
//! number n.
//!
//! ```text
//! version 1: WORK-001 → 7001
//! version 2: WORK-002 → 7002      the next item expects version 2 and gets WORK-003
//! ```
//!
//! The append that creates an item also writes its entry and expects the version before it. So no
//! two items share a number, no number is skipped, and a failed creation uses no number.

use std::sync::Arc;

use futures_util::TryStreamExt;
use shared_kernel::codec::EventCodec;
use shared_kernel::event::EventIdGenerator;
use shared_kernel::snowflake::Snowflake;
use shared_kernel::store::StreamQuery;
use shared_kernel::{
    Append, EventStore, EventStoreExt, Metadata, NewEvent, RecordedEvent, StreamId, StreamVersion,
};
use work_item::{WorkItemId, WorkNumber};

use crate::{RegisterError, RegisterEvent, TrackingError};

/// The stream of the register. It has a category of its own, because it is not an item.
const STREAM: &str = "work_item_numbers-register";

/// The register of numbers of a store.
#[derive(Clone)]
pub(crate) struct Register {
    pub(crate) events: Arc<dyn EventStore>,
    codec: Arc<dyn EventCodec<RegisterEvent>>,
}

/// The next number, and the version of the register before it.
#[derive(Clone, Copy)]
pub(crate) struct NextNumber {
    pub(crate) number: WorkNumber,
    last: StreamVersion,
}

impl Register {
    pub(crate) fn new(
        events: Arc<dyn EventStore>,
        codec: Arc<dyn EventCodec<RegisterEvent>>,
    ) -> Self {
        Self { events, codec }
    }

    /// The number of the next item.
    pub(crate) async fn next(&self) -> Result<NextNumber, TrackingError> {
        let last = self.events.stream_version(&stream()?).await?;
        Ok(NextNumber::after(last)?)
    }

    /// The entries that assign the next numbers to items, for the append that creates the items.
    /// The ids have these numbers.
    pub(crate) fn entries(
        &self,
        next: NextNumber,
        items: impl IntoIterator<Item = WorkItemId>,
        ids: &EventIdGenerator,
        metadata: &Metadata,
    ) -> Result<Append, RegisterError> {
        let assigned = items.into_iter().map(|id| {
            let (number, item) = (id.number(), id.snowflake());
            self.event(
                &RegisterEvent::NumberAssigned { number, item },
                ids,
                metadata,
            )
        });
        let assigned = assigned.collect::<Result<Vec<_>, _>>()?;
        if assigned.is_empty() {
            return Ok(Append::new());
        }
        Ok(Append::new().write(stream()?, next.last, assigned))
    }

    /// A new event of the register.
    pub(crate) fn event(
        &self,
        event: &RegisterEvent,
        ids: &EventIdGenerator,
        metadata: &Metadata,
    ) -> Result<NewEvent, RegisterError> {
        let encoded = self.codec.encode(event)?;
        let event = NewEvent::new(ids.generate()?, encoded.event_type, encoded.payload);
        let event = event.with_schema_version(encoded.schema_version);
        Ok(event.with_metadata(metadata.clone()))
    }

    /// The item with a number, or `None` if the number is not assigned yet.
    pub(crate) async fn find(
        &self,
        number: WorkNumber,
    ) -> Result<Option<WorkItemId>, TrackingError> {
        let Ok(version) = StreamVersion::new(number.get()) else {
            return Ok(None);
        };
        let query = StreamQuery::new(stream()?).versions(version..=version);
        let Some(recorded) = self.events.read_stream(query).try_next().await? else {
            return Ok(None);
        };
        let Some(RegisterEvent::NumberAssigned {
            number: found,
            item,
        }) = self.decode(&recorded)?
        else {
            return Err(RegisterError::NotOneNumber { version }.into());
        };
        if found != number {
            return Err(RegisterError::WrongNumber { version, found }.into());
        }
        Ok(Some(WorkItemId::new(item, number)))
    }

    /// The event of a record; `None` if the record has several events or none.
    pub(crate) fn decode(
        &self,
        recorded: &RecordedEvent,
    ) -> Result<Option<RegisterEvent>, RegisterError> {
        let version = recorded.version;
        let events = self.codec.decode(recorded);
        let events = events.map_err(|source| RegisterError::Undecodable { version, source })?;
        Ok(events.into_single())
    }
}

impl NextNumber {
    /// The number after a number of entries.
    pub(crate) fn after(last: StreamVersion) -> Result<Self, RegisterError> {
        let next = last.next().ok_or(RegisterError::Full)?;
        let number = WorkNumber::new(next.get()).map_err(|_| RegisterError::Full)?;
        Ok(Self { number, last })
    }

    /// The ids of new items with the next numbers.
    pub(crate) fn assign(
        self,
        items: impl IntoIterator<Item = Snowflake>,
    ) -> Result<Vec<WorkItemId>, RegisterError> {
        let ids = (self.number.get()..).zip(items).map(|(number, item)| {
            let number = WorkNumber::new(number).map_err(|_| RegisterError::Full)?;
            Ok(WorkItemId::new(item, number))
        });
        ids.collect()
    }
}

pub(crate) fn stream() -> Result<StreamId, RegisterError> {
    Ok(StreamId::new(STREAM)?)
}
