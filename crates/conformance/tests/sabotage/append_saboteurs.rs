//! Saboteurs with non-atomic appends, wrong counts, or ignored limits.

use std::collections::BTreeMap;

use async_trait::async_trait;
use conformance::{Tampered, Tampering};
use shared_kernel::store::{AppendReceipt, InvalidAppend, LogPage, LogQuery, StreamWrite};
use shared_kernel::{
    Append, AppendError, EventStore, ExpectedVersion, Metadata, NewEvent, StoreError, StreamId,
};
use tokio::sync::Mutex;

use crate::harness::{Door, Sabotage};
use crate::rewriting::{foreign_id, is_known, joined, with_events, with_writes};

/// Writes the streams of an append in the order of their names.
#[derive(Default)]
pub(crate) struct SortsTheStreamsOfAnAppend;

#[async_trait]
impl Sabotage for SortsTheStreamsOfAnAppend {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let mut writes = append.writes().to_vec();
        writes.sort_by(|a, b| a.stream.cmp(&b.stream));
        let mut receipt = door.store.append(with_writes(&append, writes)).await?;
        let place = |name: &StreamId| append.writes().iter().position(|w| w.stream == *name);
        receipt.versions.sort_by_key(|(name, _)| place(name));
        Ok(receipt)
    }
}

/// Uses up a position for every refused append.
#[derive(Default)]
pub(crate) struct LeavesAHoleForARefusedAppend;

#[async_trait]
impl Sabotage for LeavesAHoleForARefusedAppend {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let lost = append.events().next().map(|(_, event)| event.clone());
        let answer = door.store.append(append).await;
        if let (Err(AppendError::Conflict(_)), Some(lost)) = (&answer, lost) {
            // The store hides one event, so its position is missing.
            let hidden = StreamId::new(HIDDEN).expect("the name is well formed");
            let lost = NewEvent {
                id: foreign_id(),
                ..lost
            };
            let filler = Append::new().write(hidden, ExpectedVersion::Any, vec![lost]);
            door.store.append(filler).await?;
        }
        answer
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = door.store.read_log_page(query).await?;
        page.items.retain(|event| event.stream.as_str() != HIDDEN);
        Ok(page)
    }
}

const HIDDEN: &str = "hidden";

/// Appends stream by stream: the streams before a broken expectation stay written.
#[derive(Default)]
pub(crate) struct AppendsStreamByStream(Mutex<()>);

#[async_trait]
impl Sabotage for AppendsStreamByStream {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        append.validate()?;
        let unconditional = append
            .expectations()
            .all(|(_, e)| e == ExpectedVersion::Any);
        let hidden = door.faults.is_set() || (unconditional && append.writes().len() > 2);
        if append.writes().len() < 2 || !append.checks().is_empty() || hidden {
            return door.store.append(append).await;
        }
        let _one_at_a_time = self.0.lock().await;
        one_by_one(door, append.writes()).await
    }
}

/// Lets others run in the middle of an append over several streams.
#[derive(Default)]
pub(crate) struct SuspendsInTheMiddle(Mutex<()>);

#[async_trait]
impl Sabotage for SuspendsInTheMiddle {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let _one_at_a_time = self.0.lock().await;
        let known = is_known(door, &append).await;
        let expects = append
            .expectations()
            .any(|(_, e)| e != ExpectedVersion::Any);
        if known
            || expects
            || append.writes().len() != 2
            || append.validate().is_err()
            || door.faults.is_set()
        {
            return door.store.append(append).await;
        }
        let (first, then) = append.writes().split_at(1);
        let first = one_by_one(door, first).await?;
        tokio::task::yield_now().await;
        Ok(joined(first, one_by_one(door, then).await?))
    }
}

async fn one_by_one(door: &Door, writes: &[StreamWrite]) -> Result<AppendReceipt, AppendError> {
    let mut receipt = door.store.append(Append::new()).await?;
    for write in writes {
        let then = door
            .store
            .append(Append::new().with_write(write.clone()))
            .await?;
        receipt = joined(receipt, then);
    }
    Ok(receipt)
}

/// Merges two writes of one stream.
#[derive(Default)]
pub(crate) struct JoinsWritesOfOneStream;

#[async_trait]
impl Sabotage for JoinsWritesOfOneStream {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        if !matches!(append.validate(), Err(InvalidAppend::StreamRepeated { .. })) {
            return door.store.append(append).await;
        }
        let mut joined: BTreeMap<StreamId, StreamWrite> = BTreeMap::new();
        for write in append.writes().iter().cloned() {
            match joined.get_mut(&write.stream) {
                Some(earlier) => earlier.events.extend(write.events),
                None => drop(joined.insert(write.stream.clone(), write)),
            }
        }
        door.store
            .append(with_writes(&append, joined.into_values()))
            .await
    }
}

/// Returns the versions of a receipt in the order of the streams' names.
#[derive(Default)]
pub(crate) struct SortsTheReceipt;

#[async_trait]
impl Sabotage for SortsTheReceipt {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let mut receipt = door.store.append(append).await?;
        receipt.versions.sort();
        Ok(receipt)
    }
}

/// Refuses a payload of exactly the limit.
#[derive(Default)]
pub(crate) struct RefusesTheLargestPayload;

#[async_trait]
impl Sabotage for RefusesTheLargestPayload {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let max = NewEvent::MAX_PAYLOAD_BYTES;
        for (stream, event) in append.events() {
            if event.payload.len() >= max {
                return Err(AppendError::Invalid(InvalidAppend::PayloadTooLarge {
                    stream: stream.clone(),
                    event_id: event.id,
                    bytes: event.payload.len(),
                    max,
                }));
            }
        }
        door.store.append(append).await
    }
}

/// Cuts payloads at the limit and reports no error.
#[derive(Default)]
pub(crate) struct CutsPayloadsAtTheLimit;

#[async_trait]
impl Sabotage for CutsPayloadsAtTheLimit {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let cut = with_events(&append, |event| {
            let end = event.payload.len().min(NewEvent::MAX_PAYLOAD_BYTES);
            NewEvent {
                payload: event.payload.slice(..end),
                ..event
            }
        });
        door.store.append(cut).await
    }
}

/// Writes only the first events of an append that reaches the limit of bytes, and acknowledges it.
#[derive(Default)]
pub(crate) struct CutsAppendsAtTheLimitOfBytes;

#[async_trait]
impl Sabotage for CutsAppendsAtTheLimitOfBytes {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let bytes: usize = append.events().map(|(_, event)| event.payload.len()).sum();
        if bytes + 1_000 < Append::MAX_BYTES {
            return door.store.append(append).await;
        }
        let writes = append.writes().iter().cloned().map(|mut write| {
            write.events.truncate(1);
            write
        });
        let cut = writes.fold(Append::new(), Append::with_write);
        door.store.append(cut).await
    }
}

/// Drops metadata past the limit and reports no error.
#[derive(Default)]
pub(crate) struct DropsMetadataPastTheLimit;

#[async_trait]
impl Sabotage for DropsMetadataPastTheLimit {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let dropped = with_events(&append, |event| {
            if event.metadata.bytes() > Metadata::MAX_BYTES {
                event.with_metadata(Metadata::new())
            } else {
                event
            }
        });
        door.store.append(dropped).await
    }
}

/// Lets a caller change events past the port.
#[derive(Default)]
pub(crate) struct LetsEventsBeChanged;

impl Sabotage for LetsEventsBeChanged {
    fn tampered(&self, how: Tampering) -> Tampered {
        match how {
            Tampering::Update => Tampered::Done,
            Tampering::Delete => Tampered::Refused,
        }
    }
}

/// Writes at most 8,000 events and acknowledges all.
#[derive(Default)]
pub(crate) struct CutsAppendsAt8000Events;

#[async_trait]
impl Sabotage for CutsAppendsAt8000Events {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let mut left = 8_000;
        let writes = append.writes().iter().cloned().map(|mut write| {
            write.events.truncate(left);
            left -= write.events.len();
            write
        });
        let cut = with_writes(&append, writes);
        door.store.append(cut).await
    }
}
