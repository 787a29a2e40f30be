//! Saboteurs that return records with changes.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;
use shared_kernel::event::{ActorKind, SchemaVersion};
use shared_kernel::store::{AppendReceipt, LogPage, LogQuery, StreamPage, StreamQuery};
use shared_kernel::{
    Actor, Append, AppendError, EventId, EventStore, Metadata, NewEvent, RecordedEvent, StoreError,
};

use crate::harness::{Door, Sabotage};
use crate::rewriting::with_events;

/// Converts payloads to UTF-8 with losses.
#[derive(Default)]
pub(crate) struct MakesTextOfPayloads;

#[async_trait]
impl Sabotage for MakesTextOfPayloads {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let changed = with_events(&append, |event| NewEvent {
            payload: String::from_utf8_lossy(&event.payload).into_owned().into(),
            ..event
        });
        door.store.append(changed).await
    }
}

/// Trims payloads that look like text.
#[derive(Default)]
pub(crate) struct TrimsPayloads;

#[async_trait]
impl Sabotage for TrimsPayloads {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let changed = with_events(&append, |event| NewEvent {
            payload: event.payload.trim_ascii().to_vec().into(),
            ..event
        });
        door.store.append(changed).await
    }
}

/// Changes the kind of every actor to a person.
#[derive(Default)]
pub(crate) struct ForgetsTheKindsOfActors;

#[async_trait]
impl Sabotage for ForgetsTheKindsOfActors {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let changed = with_events(&append, |mut event| {
            event.metadata.actor = event.metadata.actor.map(|actor| Actor {
                kind: ActorKind::Person,
                ..actor
            });
            event
        });
        door.store.append(changed).await
    }
}

/// Keeps schema versions in 16 bits.
#[derive(Default)]
pub(crate) struct CutsSchemaVersionsTo16Bits;

#[async_trait]
impl Sabotage for CutsSchemaVersionsTo16Bits {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let changed = with_events(&append, |event| {
            let cut = SchemaVersion::new(event.schema_version.get() & 0xffff);
            event.with_schema_version(cut.unwrap_or(SchemaVersion::FIRST))
        });
        door.store.append(changed).await
    }
}

/// Returns the events of a stream without their metadata.
#[derive(Default)]
pub(crate) struct ReadsStreamsWithoutMetadata;

#[async_trait]
impl Sabotage for ReadsStreamsWithoutMetadata {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let mut page = door.store.read_stream_page(query).await?;
        for event in &mut page.items {
            event.metadata = Metadata::new();
        }
        Ok(page)
    }
}

/// Finds only the last event by its id.
#[derive(Default)]
pub(crate) struct FindsOnlyTheLastEvent;

#[async_trait]
impl Sabotage for FindsOnlyTheLastEvent {
    async fn find_event(
        &self,
        door: &Door,
        id: EventId,
    ) -> Result<Option<RecordedEvent>, StoreError> {
        let head = door.store.head().await?;
        let found = door.store.find_event(id).await?;
        Ok(found.filter(|event| Some(event.position) == head))
    }
}

/// Truncates times to milliseconds.
#[derive(Default)]
pub(crate) struct LosesMicroseconds;

#[async_trait]
impl Sabotage for LosesMicroseconds {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = door.store.read_log_page(query).await?;
        page.items.iter_mut().for_each(cut_to_the_millisecond);
        Ok(page)
    }

    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let mut page = door.store.read_stream_page(query).await?;
        page.items.iter_mut().for_each(cut_to_the_millisecond);
        Ok(page)
    }

    async fn find_event(
        &self,
        door: &Door,
        id: EventId,
    ) -> Result<Option<RecordedEvent>, StoreError> {
        let mut found = door.store.find_event(id).await?;
        found.iter_mut().for_each(cut_to_the_millisecond);
        Ok(found)
    }
}

/// Truncates times to milliseconds in reads of streams.
#[derive(Default)]
pub(crate) struct LosesMicrosecondsInStreams;

#[async_trait]
impl Sabotage for LosesMicrosecondsInStreams {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let mut page = door.store.read_stream_page(query).await?;
        page.items.iter_mut().for_each(cut_to_the_millisecond);
        Ok(page)
    }
}

fn cut_to_the_millisecond(event: &mut RecordedEvent) {
    let cut = Timestamp::from_millisecond(event.recorded_at.as_millisecond());
    event.recorded_at = cut.expect("it is in range");
}

/// Records decreasing times if the clock goes backwards.
#[derive(Default)]
pub(crate) struct StepsBackWithTheClock {
    only_after_reopening: bool,
    times: Mutex<HashMap<EventId, Timestamp>>,
}

/// The same, only after a reopening.
pub(crate) struct StepsBackAfterReopening(StepsBackWithTheClock);

impl Default for StepsBackAfterReopening {
    fn default() -> Self {
        Self(StepsBackWithTheClock {
            only_after_reopening: true,
            ..StepsBackWithTheClock::default()
        })
    }
}

#[async_trait]
impl Sabotage for StepsBackWithTheClock {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        if self.only_after_reopening == door.reopened {
            let time = Timestamp::from_microsecond(door.clock.now().as_microsecond());
            let time = time.expect("it is in range");
            let ids = append.events().map(|(_, event)| (event.id, time));
            self.times.lock().unwrap().extend(ids);
        }
        door.store.append(append).await
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = door.store.read_log_page(query).await?;
        let times = self.times.lock().unwrap();
        for event in &mut page.items {
            event.recorded_at = *times.get(&event.id).unwrap_or(&event.recorded_at);
        }
        Ok(page)
    }
}

#[async_trait]
impl Sabotage for StepsBackAfterReopening {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        self.0.append(door, append).await
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.0.log_page(door, query).await
    }
}
