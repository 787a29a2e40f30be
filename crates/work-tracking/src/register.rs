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
use shared_kernel::store::StreamQuery;
use shared_kernel::{
    Append, EventStore, EventStoreExt, Metadata, NewEvent, StreamId, StreamVersion,
};
use work_item::{WorkItemId, WorkNumber};

use crate::{RegisterError, RegisterEvent, TrackingError};

/// The stream of the register. It has a category of its own, because it is not an item.
const STREAM: &str = "work_item_numbers-register";

/// The register of numbers of a store.
#[derive(Clone)]
pub(crate) struct Register {
    events: Arc<dyn EventStore>,
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
        let next = last.next().ok_or(RegisterError::Full)?;
        let number = WorkNumber::new(next.get()).map_err(|_| RegisterError::Full)?;
        Ok(NextNumber { number, last })
    }

    /// The entry that assigns a number to an item, for the append that creates the item.
    pub(crate) fn entry(
        &self,
        next: NextNumber,
        id: WorkItemId,
        ids: &EventIdGenerator,
        metadata: &Metadata,
    ) -> Result<Append, RegisterError> {
        let event = RegisterEvent::NumberAssigned {
            number: next.number,
            item: id.snowflake(),
        };
        let encoded = self.codec.encode(&event)?;
        let entry = NewEvent::new(ids.generate()?, encoded.event_type, encoded.payload)
            .with_schema_version(encoded.schema_version)
            .with_metadata(metadata.clone());
        Ok(Append::new().write(stream()?, next.last, vec![entry]))
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
        let events = self
            .codec
            .decode(&recorded)
            .map_err(|source| RegisterError::Undecodable { version, source })?;
        let Some(RegisterEvent::NumberAssigned {
            number: found,
            item,
        }) = events.into_single()
        else {
            return Err(RegisterError::NotOneNumber { version }.into());
        };
        if found != number {
            return Err(RegisterError::WrongNumber { version, found }.into());
        }
        Ok(Some(WorkItemId::new(item, number)))
    }
}

fn stream() -> Result<StreamId, RegisterError> {
    Ok(StreamId::new(STREAM)?)
}
