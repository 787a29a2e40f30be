//! Saboteurs that return records with changes.

use std::sync::Mutex;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use shared_kernel::event::{ActorKind, SchemaVersion};
use shared_kernel::store::{AppendReceipt, LogPage, LogQuery, StreamPage, StreamQuery};
use shared_kernel::{
    Actor, Append, AppendError, EventId, EventStore, EventStoreExt, GlobalPosition, Metadata,
    NewEvent, RecordedEvent, StoreError,
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

/// Changes the times of the log.
#[derive(Default)]
struct OwnTimes {
    log: Mutex<Vec<(EventId, Timestamp)>>,
}

impl OwnTimes {
    /// Records the events of an append at the time that `time` makes of the clock and of the times
    /// before it.
    async fn append(
        &self,
        door: &Door,
        append: Append,
        time: impl FnOnce(Timestamp, &[(EventId, Timestamp)]) -> Timestamp,
    ) -> Result<AppendReceipt, AppendError> {
        let clock = Timestamp::from_microsecond(door.clock.now().as_microsecond());
        let clock = clock.expect("it is in range");
        let ids: Vec<_> = append.events().map(|(_, event)| event.id).collect();
        let receipt = door.store.append(append).await?;
        let mut log = self.log.lock().unwrap();
        let time = time(clock, &log);
        log.extend(ids.into_iter().map(|id| (id, time)));
        Ok(receipt)
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = door.store.read_log_page(query).await?;
        let log = self.log.lock().unwrap();
        for event in &mut page.items {
            let own = log.iter().find(|(id, _)| *id == event.id);
            event.recorded_at = own.map_or(event.recorded_at, |(_, time)| *time);
        }
        Ok(page)
    }
}

/// Records the time of each clock.
#[derive(Default)]
pub(crate) struct StepsBackWithTheClock(OwnTimes);

#[async_trait]
impl Sabotage for StepsBackWithTheClock {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        self.0.append(door, append, |clock, _| clock).await
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.0.log_page(door, query).await
    }
}

/// Never goes back, so one clock far ahead dates all later events.
#[derive(Default)]
pub(crate) struct NeverStepsBack(OwnTimes);

#[async_trait]
impl Sabotage for NeverStepsBack {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let later = |clock: Timestamp, log: &[(EventId, Timestamp)]| {
            log.last().map_or(clock, |(_, last)| clock.max(*last))
        };
        self.0.append(door, append, later).await
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.0.log_page(door, query).await
    }
}

/// Records the time of each clock after a reopening.
#[derive(Default)]
pub(crate) struct ForgetsTimesAtReopening(OwnTimes);

#[async_trait]
impl Sabotage for ForgetsTimesAtReopening {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        if door.reopened {
            return self.0.append(door, append, |clock, _| clock).await;
        }
        door.store.append(append).await
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.0.log_page(door, query).await
    }
}

/// Records the time of each clock as soon as there is another handle.
#[derive(Default)]
pub(crate) struct ForgetsTimesBesideAnotherHandle(OwnTimes);

#[async_trait]
impl Sabotage for ForgetsTimesBesideAnotherHandle {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        if door.has_company() {
            return self.0.append(door, append, |clock, _| clock).await;
        }
        door.store.append(append).await
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.0.log_page(door, query).await
    }
}

/// Leaves out the events that were recorded at the very time.
#[derive(Default)]
pub(crate) struct FindsOnlyEarlierTimes;

#[async_trait]
impl Sabotage for FindsOnlyEarlierTimes {
    async fn position_at(
        &self,
        door: &Door,
        time: Timestamp,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        let before = time.checked_sub(SignedDuration::from_micros(1));
        door.store.position_at(before.unwrap_or(time)).await
    }
}

/// Stops at the first event that was recorded later.
#[derive(Default)]
pub(crate) struct StopsAtTheFirstLaterTime;

#[async_trait]
impl Sabotage for StopsAtTheFirstLaterTime {
    async fn position_at(
        &self,
        door: &Door,
        time: Timestamp,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        let log: Vec<_> = door.store.read_log(LogQuery::new()).try_collect().await?;
        let earlier = log.iter().take_while(|event| event.recorded_at <= time);
        Ok(earlier.last().map(|event| event.position))
    }
}
