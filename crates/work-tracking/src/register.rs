//! The register of numbers: the number of each item, and the next one.
//!
//! The register is a stream of its own, and its version *is* the last number: number n is given in
//! the event at version n. The event is written in the append that creates the item, and expects
//! the version before: so no two items get one number, none is left out, and an item that is not
//! created takes none.

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

/// The stream of the register. Its category is not that of the items: it is no item.
const STREAM: &str = "work_item_numbers-register";

/// The register of numbers of a store.
#[derive(Clone)]
pub(crate) struct Register {
    events: Arc<dyn EventStore>,
    codec: Arc<dyn EventCodec<RegisterEvent>>,
}

/// The next number, and the version of the register at which it is the next.
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

    /// The number that the next item would get now.
    pub(crate) async fn next(&self) -> Result<NextNumber, TrackingError> {
        let last = self.events.stream_version(&stream()?).await?;
        let next = last.next().ok_or(RegisterError::Full)?;
        let number = WorkNumber::new(next.get()).map_err(|_| RegisterError::Full)?;
        Ok(NextNumber { number, last })
    }

    /// The entry that gives an item its number, for the append that creates it.
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

    /// The item that has a number, or `None` where it was not given yet.
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
            return Err(RegisterError::OutOfStep { version, found }.into());
        }
        Ok(Some(WorkItemId::new(item, number)))
    }
}

fn stream() -> Result<StreamId, RegisterError> {
    Ok(StreamId::new(STREAM)?)
}
